/** Coins found by looking through all unspent outputs, as `scantxoutset` does: no wallet, no index, a minute on a large chain. */
import type { Clock } from '../../base/clock.ts'
import { deadlineIn, DeadlineExceeded, within, type Deadline } from '../../base/deadline.ts'
import { Failed } from '../../core/errors.ts'
import type { FoundCoin } from '../../core/node.ts'
import { Busy } from '../../endpoints/http.ts'
import type { EndpointOptions } from './http.ts'
import { resultOf, rpcAt, rpcCodes, type Rpc } from './rpc.ts'
import { depthOf } from './source.ts'
import { list, member, outPoint, unbelievable, whole, type Wire } from './wire.ts'

/** What a look through all outputs found. @throws Busy when it is not finished by the deadline: it goes on */
export type Scan = (addresses: readonly string[], deadline: Deadline) => Promise<Wire>

/** In milliseconds: a minute or two on the largest chains. The deadline of a request is usually shorter. */
export const longest = 10 * 60_000

/** What was found for somebody who stopped waiting is of use so long, in milliseconds. */
const fresh = 5 * 60_000

interface Look {
  /** Of a finished one: those it was not yet handed out for. */
  readonly addresses: Set<string>
  readonly found: Promise<Wire>
  /** Whether somebody stopped waiting for it. */
  missed: boolean
  /** By the monotonic clock; absent while it is under way. */
  finished?: number
}

/** Those of one node. */
interface Looks {
  readonly options: EndpointOptions
  running?: Look | undefined
  next?: Look | undefined
  /** The last one that somebody stopped waiting for. */
  kept?: Look | undefined
}

/**
 * bitcoind does one look at a time, and it takes as long for one address as for a thousand: whoever comes during one shares
 * the next. One that took longer than its request waited is there for the same request made again.
 */
export function createScan(options: EndpointOptions): Scan {
  const looks: Looks = { options }
  return async (asked, deadline) => {
    const look = lookFor(asked, looks, deadline.clock)
    const found = await waitFor(look, deadline)
    for (const address of asked) look.addresses.delete(address)
    return found
  }
}

function lookFor(asked: readonly string[], looks: Looks, clock: Clock): Look {
  const { kept, running } = looks
  if (kept && covers(kept, asked) && clock.monotonic() - (kept.finished ?? 0) < fresh) return kept
  if (running?.missed === true && covers(running, asked)) return running
  looks.next ??= nextLook(looks, clock)
  for (const address of asked) looks.next.addresses.add(address)
  return looks.next
}

function nextLook(looks: Looks, clock: Clock): Look {
  const addresses = new Set<string>()
  return { addresses, found: lookAfter(looks.running, addresses, looks, clock), missed: false }
}

/** `addresses` grows until the look before has ended. */
async function lookAfter(
  before: Look | undefined,
  addresses: ReadonlySet<string>,
  looks: Looks,
  clock: Clock,
): Promise<Wire> {
  await before?.found.catch(() => {})
  const mine = looks.next
  looks.running = mine
  looks.next = undefined
  try {
    const rpc = rpcAt(looks.options, deadlineIn(longest, clock))
    return await rpc.call('scantxoutset', ['start', [...addresses].map((one) => `addr(${one})`)], longest)
  } finally {
    looks.running = undefined
    if (mine) mine.finished = clock.monotonic()
    if (mine?.missed === true) looks.kept = mine
  }
}

/** @throws Busy */
async function waitFor(look: Look, deadline: Deadline): Promise<Wire> {
  try {
    return await within(deadline, 'scantxoutset', look.found)
  } catch (error) {
    if (!(error instanceof DeadlineExceeded)) throw error
    look.missed = true
    look.found.catch(() => {})
    throw new Busy('it is still looking through all outputs')
  }
}

function covers({ addresses }: Look, asked: readonly string[]): boolean {
  return asked.every((address) => addresses.has(address))
}

interface ScannedCoin extends FoundCoin {
  /** Of its block. */
  readonly height: bigint
}

export interface Scanned {
  readonly coins: readonly FoundCoin[]
  /** Heights by txid, of coins that wait to be spent as well: a replacement needs their transactions. */
  readonly blocks: ReadonlyMap<string, bigint>
}

/** Undefined where the node has no `scantxoutset`: it came with Bitcoin Core 0.17, and Dogecoin Core is older. */
export async function scannedCoins(
  addresses: readonly string[],
  scan: Scan,
  rpc: Rpc,
  deadline: Deadline,
): Promise<Scanned | undefined> {
  const status = await rpc.ask('scantxoutset', ['status'])
  if (!status.ok && status.code === rpcCodes.methodNotFound) return undefined
  const owners = await scriptsOf(addresses, rpc)
  const found = await scan(addresses, deadline)
  const head = whole(member(found, 'height'), 'height')
  const coins = list(member(found, 'unspents'), 'list of coins').flatMap((one) => coinIn(one, owners, head))
  return { blocks: new Map(coins.map(({ txid, height }) => [txid, height])), coins: await withoutSpent(coins, rpc) }
}

/** By script: newer nodes describe an output by its key, not by its address. */
async function scriptsOf(addresses: readonly string[], rpc: Rpc): Promise<ReadonlyMap<string, string>> {
  const answers = await rpc.askEach(
    'validateaddress',
    addresses.map((address) => [address]),
  )
  return new Map(
    answers.map((answer, i) => {
      const script = member(resultOf('validateaddress', answer), 'scriptPubKey')
      const address = addresses[i] ?? ''
      if (typeof script === 'string') return [script, address]
      throw new Failed('node-refused', 'The node does not know such an address', { particulars: { got: address } })
    }),
  )
}

function coinIn(value: Wire, owners: ReadonlyMap<string, string>, head: bigint): readonly ScannedCoin[] {
  const script = member(value, 'scriptPubKey')
  const address = typeof script === 'string' ? owners.get(script) : undefined
  // Another's, who shares the scan.
  if (address === undefined) return []
  const height = whole(member(value, 'height'), 'height')
  const confirmations = Number(depthOf(height, head))
  return [{ ...outPoint(value), address, confirmations, height }]
}

/** What is spent by a transaction that waits for a block is still among the unspent outputs. */
async function withoutSpent(coins: readonly ScannedCoin[], rpc: Rpc): Promise<readonly ScannedCoin[]> {
  const answers = await rpc.askEach(
    'gettxout',
    coins.map(({ txid, index: at }) => [txid, at, true]),
  )
  return coins.filter((_, i) => {
    const answer = answers[i]
    if (answer === undefined) throw unbelievable('answer', undefined, 'one for each coin')
    return resultOf('gettxout', answer) !== null
  })
}
