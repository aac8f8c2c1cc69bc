/** `chancery wallets create`: one wallet, or one for each user of a list. */
import type { CreateWallet, Wallet } from '@chancery/client'
import { tiers } from '../../core/wallets.ts'
import { UsageError, type Command, type Flags, type Given, type Terminal } from '../command.ts'
import { connect } from '../connection.ts'
import { readText } from '../reading.ts'
import { printWallet } from './show.ts'
import { startTally } from './tally.ts'

const flags: Flags = {
  user: { type: 'string', value: '<user>', about: 'Whose wallet' },
  users: { type: 'string', value: '<file>', about: 'A wallet for each line of a file; - reads standard input' },
  asset: { type: 'string', value: '<asset>', about: 'A symbol such as BTC, or a CAIP-19 id' },
  network: { type: 'string', value: '<network>', about: 'mainnet, testnet, … (default: as configured)' },
  tier: { type: 'string', value: '<tier>', about: `${tiers.join(', ')} (default: as configured)` },
  'address-type': { type: 'string', value: '<type>', about: "Such as p2tr (default: the network's usual one)" },
}

export const createCommand: Command = {
  name: 'wallets create',
  about: 'Make a wallet for a user, or for each user of a list; what is there already is found again',
  takes: [],
  flags,
  examples: [
    'chancery wallets create --user 123 --asset BTC --network testnet --tier sealed',
    'chancery wallets create --users users.txt --asset ETH --network sepolia --tier hd',
  ],
  run: (given, terminal) =>
    given.text('users') === undefined ? createOne(given, terminal) : createAll(given, terminal),
}

async function createOne(given: Given, terminal: Terminal): Promise<number> {
  const user = given.text('user')
  if (user === undefined) throw new UsageError('Name whose wallet: --user <user>, or --users <file>')
  const wallet = await connect(given, terminal).wallets.create(requestFor(given, user))
  printWallet(given, terminal, wallet)
  if (isFirstOfSeed(wallet)) terminal.note(firstOfSeed)
  return 0
}

const firstOfSeed =
  'The first wallet of its seed. Unless chancery wallets seed create or import was run before it, nobody has the words of that ' +
  'seed: before money comes, see docs/wallets-recovery.md'

/** Accounts are counted from 0 in each seed, whatever the asset. */
function isFirstOfSeed({ tier, derivationPath }: Wallet): boolean {
  return tier === 'hd' && /^m\/\d+'\/\d+'\/0'/.test(derivationPath ?? '')
}

function requestFor(given: Given, userId: string): CreateWallet {
  const [asset, network, tier, addressType] = ['asset', 'network', 'tier', 'address-type'].map((name) =>
    given.text(name),
  )
  if (asset === undefined) throw new UsageError('Name the asset: --asset BTC')
  // The service judges whether the tier is one, and names those there are.
  const where = tier === undefined ? {} : { tier: tier as NonNullable<CreateWallet['tier']> }
  return {
    userId,
    asset,
    ...(network === undefined ? {} : { network }),
    ...where,
    ...(addressType === undefined ? {} : { addressType }),
  }
}

/** Interrupted, the same list again goes on where it stopped: what is there is found again. */
async function createAll(given: Given, terminal: Terminal): Promise<number> {
  const users = await usersIn(given, terminal)
  const { wallets } = connect(given, terminal)
  let warned = false
  using tally = startTally(terminal, users.length)
  for await (const { request, wallet, problem } of wallets.createAll(users.map((user) => requestFor(given, user)))) {
    if (wallet === undefined) {
      tally.leftOut(`NOT MADE  ${request.userId}  ${problem?.detail ?? 'no answer'}`)
      continue
    }
    tell(given, terminal, wallet)
    if (!warned && isFirstOfSeed(wallet)) {
      warned = true
      terminal.note(firstOfSeed)
    }
    tally.made()
  }
  return tally.end()
}

/** A line each, as they come: ten thousand are not kept in memory to be printed at the end. */
function tell(given: Given, terminal: Terminal, wallet: Wallet): void {
  terminal.out(given.has('json') ? JSON.stringify(wallet) : `${wallet.userId}\t${wallet.address ?? ''}\t${wallet.id}`)
}

async function usersIn(given: Given, terminal: Terminal): Promise<readonly string[]> {
  const file = given.text('users') ?? '-'
  const text = file === '-' ? await terminal.stdin() : await readText(file, terminal)
  const users = text.split(/\r?\n/).filter((line) => line.trim() !== '')
  if (users.length === 0) throw new UsageError(`${file} names no user: one on each line`)
  return [...new Set(users)]
}
