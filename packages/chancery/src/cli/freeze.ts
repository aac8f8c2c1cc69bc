/** `chancery freeze` and `thaw`: stop signing, on every process at once. */
import type { FreezeTarget } from '@chancery/client'
import { UsageError, type Command, type Flags, type Given } from './command.ts'
import { connect } from './connection.ts'
import { done } from './output.ts'

const flags: Flags = {
  key: { type: 'string', value: '<key>', about: 'One key' },
  client: { type: 'string', value: '<client>', about: 'One client' },
  everything: { type: 'boolean', about: 'All signing' },
}

function target(given: Given): FreezeTarget {
  const [key, client] = [given.text('key'), given.text('client')]
  const targets = [
    key && { key },
    client && { client },
    given.has('everything') && { everything: true as const },
  ].filter((one) => typeof one === 'object')
  const [only] = targets
  if (only && targets.length === 1) return only
  throw new UsageError('Name one of --key, --client and --everything')
}

export const freezeCommands: readonly Command[] = [
  {
    name: 'freeze',
    about: 'Stop signing by a key, by a client, or altogether, at once and everywhere',
    takes: [],
    flags,
    examples: ['chancery freeze --key treasury', 'chancery freeze --everything'],
    run: async (given, terminal) => {
      await connect(given, terminal).freeze(target(given))
      return done(given, terminal, 'Frozen')
    },
  },
  {
    name: 'thaw',
    about: 'Let what was frozen sign again',
    takes: [],
    flags,
    examples: ['chancery thaw --key treasury', 'chancery thaw --everything'],
    run: async (given, terminal) => {
      const what = target(given)
      await connect(given, terminal).thaw(what)
      if (!('client' in what)) terminal.note('Validator keys among them vote again from the epoch after the next')
      return done(given, terminal, 'Thawed')
    },
  },
]
