/** `chancery freeze` and `thaw`: stop signing and paying, on every process at once. */
import type { FreezeTarget } from '@chancery/client'
import { UsageError, type Command, type Flags, type Given } from './command.ts'
import { connect } from './connection.ts'
import { done } from './output.ts'

const flags: Flags = {
  key: { type: 'string', value: '<key>', about: 'One key' },
  client: { type: 'string', value: '<client>', about: 'One client' },
  wallet: { type: 'string', value: '<wallet>', about: 'One wallet, by its id' },
  user: { type: 'string', value: '<user>', about: 'All wallets of one user' },
  asset: {
    type: 'string',
    value: '<asset>',
    about: 'All payments in one asset: a symbol such as USDT, or a CAIP-19 id',
  },
  everything: { type: 'boolean', about: 'All signing' },
}

const targets: Readonly<Record<string, (name: string) => FreezeTarget>> = {
  key: (key) => ({ key }),
  client: (client) => ({ client }),
  wallet: (wallet) => ({ wallet }),
  user: (user) => ({ user }),
  asset: (asset) => ({ asset }),
}

function target(given: Given): FreezeTarget {
  const named = Object.entries(targets).flatMap(([flag, of]) => {
    const name = given.text(flag)
    return name ? [of(name)] : []
  })
  const all: readonly FreezeTarget[] = given.has('everything') ? [...named, { everything: true }] : named
  const [only] = all
  if (only && all.length === 1) return only
  throw new UsageError('Name one of --key, --client, --wallet, --user, --asset and --everything')
}

export const freezeCommands: readonly Command[] = [
  {
    name: 'freeze',
    about: 'Stop a key, a client, a wallet, a user, an asset or all signing, at once and everywhere',
    takes: [],
    flags,
    examples: ['chancery freeze --key treasury', 'chancery freeze --user 123', 'chancery freeze --everything'],
    run: async (given, terminal) => {
      await connect(given, terminal).freeze(target(given))
      return done(given, terminal, 'Frozen')
    },
  },
  {
    name: 'thaw',
    about: 'Let what was frozen sign and pay again',
    takes: [],
    flags,
    examples: ['chancery thaw --key treasury', 'chancery thaw --everything'],
    run: async (given, terminal) => {
      const what = target(given)
      await connect(given, terminal).thaw(what)
      if ('key' in what || 'everything' in what)
        terminal.note('Validator keys among them vote again from the epoch after the next')
      return done(given, terminal, 'Thawed')
    },
  },
]
