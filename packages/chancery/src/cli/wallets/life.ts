/** `chancery wallets list | show | verify | freeze | delete …`. */
import type { Wallet, WalletFilter } from '@chancery/client'
import { UsageError, type Command, type Flags, type Given } from '../command.ts'
import { connect } from '../connection.ts'
import { printRows } from '../output.ts'
import { everyPage } from '../paging.ts'
import { wholeNumber } from '../reading.ts'
import { printWallet, rowOf } from './show.ts'

const filters: Flags = {
  user: { type: 'string', value: '<user>', about: 'Of one user' },
  asset: { type: 'string', value: '<asset>', about: 'Of one asset' },
  network: { type: 'string', value: '<network>', about: 'On one network' },
  status: { type: 'string', value: '<status>', about: 'CREATING, CREATED, FROZEN, PENDING_DELETION or DELETED' },
  tier: { type: 'string', value: '<tier>', about: 'Of one tier' },
  address: { type: 'string', value: '<address>', about: 'With this address' },
}

const list: Command = {
  name: 'wallets list',
  about: 'List wallets',
  takes: [],
  flags: filters,
  examples: ['chancery wallets list --user 123', 'chancery wallets list --status FROZEN --json'],
  run: async (given, terminal) => {
    const { wallets } = connect(given, terminal)
    const filter = filterOf(given)
    const found = await everyPage(
      (page) => wallets.list({ ...filter, ...page }),
      (page) => page.wallets,
    )
    printRows(given, terminal, found, found.map(rowOf), 'No wallet')
    return 0
  },
}

function filterOf(given: Given): WalletFilter {
  const named = Object.keys(filters).flatMap((name) => {
    const text = given.text(name)
    return text === undefined ? [] : [[name === 'user' ? 'userId' : name, text] as const]
  })
  // The service judges what is a status or a tier.
  return Object.fromEntries(named)
}

type Step = (wallets: ReturnType<typeof connect>['wallets'], wallet: string, given: Given) => Promise<Wallet>

function step(name: string, about: string, flags: Flags, example: string, take: Step): Command {
  return {
    name: `wallets ${name}`,
    about,
    takes: ['<wallet>'],
    flags,
    examples: [example],
    run: async (given, terminal) => {
      const [wallet = ''] = given.words
      printWallet(given, terminal, await take(connect(given, terminal).wallets, wallet, given))
      return 0
    },
  }
}

const freeze: Command = {
  name: 'wallets freeze',
  about: 'Let a wallet, named by its id or one of its addresses, pay nothing, at once; chancery thaw --wallet ends it',
  takes: ['<wallet>'],
  flags: {},
  examples: ['chancery wallets freeze wal_01jd5w8x6vq3k7r0m2n4p5s6tc'],
  run: async (given, terminal) => {
    const [name = ''] = given.words
    const { wallets, freeze: stop } = connect(given, terminal)
    const wallet = name.startsWith('wal_') ? name : (await wallets.get(name)).id
    await stop({ wallet })
    const words = `Frozen; chancery thaw --wallet ${wallet} ends it`
    terminal.out(given.has('json') ? JSON.stringify({ ok: true, wallet }) : words)
    return 0
  },
}

const deletion: Flags = {
  days: { type: 'string', value: '<days>', about: 'The window, 7 to 30 days (default: 7)' },
  empty: { type: 'boolean', about: 'You say that nothing is left in it' },
}

const example = (name: string, more = '') => `chancery wallets ${name} wal_01jd5w8x6vq3k7r0m2n4p5s6tc${more}`

export const walletLifeCommands: readonly Command[] = [
  list,
  step('show', 'Show one wallet, by its id or one of its addresses', {}, example('show'), (wallets, name) =>
    wallets.get(name),
  ),
  step('verify', 'Derive its address from its key again, and have the key sign', {}, example('verify'), (wallets, id) =>
    wallets.verify(id),
  ),
  freeze,
  step('delete', 'End it after a window; purge destroys its key', deletion, example('delete', ' --empty'), remove),
  step('cancel-deletion', 'Take its end back', {}, example('cancel-deletion'), (wallets, id) =>
    wallets.cancelDeletion(id),
  ),
  step('purge', 'Destroy its key for good, after the window', {}, example('purge'), (wallets, id) => wallets.purge(id)),
]

function remove(wallets: ReturnType<typeof connect>['wallets'], wallet: string, given: Given): Promise<Wallet> {
  if (!given.has('empty')) throw new UsageError('Say --empty once nothing is left in it: nobody restores a key')
  return wallets.scheduleDeletion(wallet, wholeNumber(given, 'days', 7, 7, 30), true)
}
