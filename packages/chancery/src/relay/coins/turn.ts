/** One look at a wallet of coins: its open payments, and what was read for them, so that nothing is asked twice. */
import { deadlineIn, type Deadline } from '../../base/deadline.ts'
import type { Hex } from '../../base/bytes.ts'
import type { OutPoint } from '../../core/coins.ts'
import { Failed } from '../../core/errors.ts'
import type { Sighting } from '../../core/node.ts'
import type { SignedTransaction, TransactionRow } from '../../core/store.ts'
import type { CoinNetwork, RelayRooms } from '../rooms.ts'
import { openStates, versionsOf } from '../row.ts'
import { stepLimit } from '../write.ts'

export interface Turn {
  readonly rooms: RelayRooms
  readonly coin: CoinNetwork
  /** Of a request that waits for it; a lane has a time for each step. */
  readonly deadline?: Deadline
  /** In order of acceptance. */
  rows: readonly TransactionRow[]
  /** Whole transactions by txid. */
  readonly transactions: Map<string, Promise<Uint8Array | undefined>>
  readonly signed: Map<string, Promise<readonly SignedTransaction[]>>
  /** What was looked up ahead, by hash: each is for one settling, which takes it out. */
  readonly sightings: Map<Hex, Promise<Sighting>>
  /** Coins that something else claimed: listed by a node that lags or lies. */
  readonly claimed: Set<Hex>
}

/** Coins that are read at a time: as many as fit into one transaction that nodes relay. */
export const batch = 500

const pageSize = 200
/** A wallet with more open payments than this is read no further: guards keep what is not seen here apart. */
const mostPages = 50

export async function openTurn(
  rooms: RelayRooms,
  coin: CoinNetwork,
  { network, sender }: Pick<TransactionRow, 'network' | 'sender'>,
  deadline?: Deadline,
): Promise<Turn> {
  const rows: TransactionRow[] = []
  const reading = deadline ?? deadlineIn(stepLimit, rooms.clock)
  for (let page = 0; page < mostPages; page++) {
    const after = rows.at(-1)?.id
    const filter = { network, sender, states: openStates }
    const more = await rooms.store.transactions(filter, { limit: pageSize, ...(after && { after }) }, reading)
    rows.push(...more)
    if (more.length < pageSize) break
  }
  const read = { transactions: new Map(), signed: new Map(), sightings: new Map(), claimed: new Set<Hex>() }
  return { rooms, coin, rows, ...read, ...(deadline && { deadline }) }
}

/** How a row stands now, for whatever comes after it in this turn. */
export function keep(turn: Turn, row: TransactionRow): TransactionRow {
  turn.rows = turn.rows.map((one) => (one.id === row.id ? row : one))
  return row
}

export function limit({ rooms, deadline }: Turn): Deadline {
  return deadline ?? deadlineIn(stepLimit, rooms.clock)
}

/** An outpoint as its claim names it: the txid as on the wire, and the index in four bytes. */
export function itemOf({ txid, index }: OutPoint): Hex {
  const wire = Buffer.from(txid, 'hex').reverse().toString('hex')
  return `0x${wire}${index.toString(16).padStart(8, '0')}`
}

/** The transaction of an item. */
export function txidIn(item: string): string {
  return Buffer.from(item.slice(2, 66), 'hex').reverse().toString('hex')
}

/** The items that no new payment may spend. */
export function takenIn({ claimed, rows }: Turn): ReadonlySet<string> {
  return new Set([...claimed, ...rows.flatMap(spendsOf)])
}

/** What all versions of a payment spend, as items. */
export function spendsOf(row: TransactionRow): readonly string[] {
  const spends = row.body['spends']
  return Array.isArray(spends) ? spends.filter((one) => typeof one === 'string') : []
}

/** Addresses of the wallet that the newest version spends coins of. */
export function fromOf({ from }: TransactionRow['body']): readonly string[] {
  return Array.isArray(from) ? from.filter((one) => typeof one === 'string') : []
}

export function txidOf(hash: Hex): string {
  return hash.slice(2)
}

/** Everything that was signed for a payment, oldest first. */
export async function versionsIn(turn: Turn, row: TransactionRow): Promise<readonly SignedTransaction[]> {
  const hashes = versionsOf(row)
  const name = `${row.id} ${hashes.length}`
  const reading = turn.signed.get(name) ?? turn.rooms.store.signedTransactions(row.id, limit(turn))
  turn.signed.set(name, reading)
  const signed = await reading
  return hashes.map((hash) => {
    const found = signed.find((one) => one.hash === hash)
    if (found === undefined) throw new Failed('store-corrupt', `The signed bytes of ${row.id} are missing`)
    return found
  })
}

/** From the node, or from what was signed here. */
export function wholeTransaction(turn: Turn, txid: string): Promise<Uint8Array | undefined> {
  const reading = turn.transactions.get(txid) ?? turn.coin.node.transaction(txid, limit(turn))
  turn.transactions.set(txid, reading)
  return reading
}
