/** Following payments in coins: any version that was signed settles its row, and the newest is kept in the nodes' pools. */
import type { Hex } from '../../base/bytes.ts'
import { chunksOf } from '../../base/chunks.ts'
import { sideBySide } from '../../base/side-by-side.ts'
import { Failed } from '../../core/errors.ts'
import type { Sighting } from '../../core/node.ts'
import type { SignedTransaction, TransactionRow } from '../../core/store.ts'
import { inBlock } from '../follow.ts'
import { errorMember, hashOf, versionsOf } from '../row.ts'
import { unplaced } from '../send.ts'
import { note, update } from '../write.ts'
import { knownStates } from './spent-from.ts'
import { fromOf, limit, txidOf, versionsIn, type Turn } from './turn.ts'

/** Payments that a node is asked about at once. */
const atOnce = 8

/**
 * `settleRow` for one of these after the other. A node far away is asked about some of them at a time, right before the first
 * of them is settled: about the newest version, which is where most are found. What it says of a payment is used for that
 * payment once; whatever is sent is looked for anew.
 */
export function settleLookingAhead(rows: readonly TransactionRow[]): typeof settleRow {
  const some = new Map(Array.from(chunksOf(rows, atOnce), (chunk) => [chunk[0]?.id, chunk]))
  return async (turn, row) => {
    await lookAhead(turn, some.get(row.id) ?? [])
    return settleRow(turn, row)
  }
}

/** What fails is told whoever settles that payment. */
async function lookAhead(turn: Turn, rows: readonly TransactionRow[]): Promise<void> {
  await sideBySide(rows, atOnce, async (row) => {
    const newest = versionsOf(row).at(-1)
    if (newest === undefined) return
    const looking = turn.coin.node.sighting(txidOf(newest), limit(turn))
    turn.sightings.set(newest, looking)
    await looking.catch(() => {})
  })
}

function sightingOf(turn: Turn, hash: Hex): Promise<Sighting> {
  const looked = turn.sightings.get(hash) ?? turn.coin.node.sighting(txidOf(hash), limit(turn))
  turn.sightings.delete(hash)
  return looked
}

/** Returns the row as it now stands. */
export async function settleRow(turn: Turn, row: TransactionRow): Promise<TransactionRow> {
  const settled = await settle(turn, row)
  if (settled.state !== row.state) await notePaid(turn, settled)
  return settled
}

async function settle(turn: Turn, row: TransactionRow): Promise<TransactionRow> {
  const newestFirst = (await versionsIn(turn, row)).toReversed()
  const [newest] = newestFirst
  if (newest === undefined) return row
  const pooled: SignedTransaction[] = []
  for (const version of newestFirst) {
    const sighting = await sightingOf(turn, version.hash)
    if (sighting.seen === 'block') {
      return inBlock(turn.rooms, row, sighting, turn.coin.confirmations, version.hash)
    }
    if (sighting.seen === 'pool') pooled.push(version)
  }
  if (pooled[0] === newest) return inPool(turn, row, newest.hash)
  return sendVersions(turn, row, newestFirst, pooled.length > 0)
}

/** No block holds any of them. */
async function inPool(turn: Turn, row: TransactionRow, hash: Hex): Promise<TransactionRow> {
  const same = row.state === 'broadcast' && hashOf(row) === hash && row.body['error'] === undefined
  if (same) return row
  return update(turn.rooms, row, { state: 'broadcast', body: { ...unplaced, hash, error: undefined } })
}

/**
 * Coins that are spent show no more that they were there. The row stands already, so no payment waits for this to be seen; what
 * fails is tried again in a block, and once it is final. What was never noted its row still tells (`spentFrom`).
 */
async function notePaid(turn: Turn, { id, wallet, state, body }: TransactionRow): Promise<void> {
  const { rooms } = turn
  const from = fromOf(body)
  if (wallet === undefined || from.length === 0 || !knownStates.includes(state)) return
  await rooms.wallets.notePaid(wallet, from, limit(turn)).catch((error: unknown) => rooms.onError(error, id))
}

/**
 * Sends the newest version, and where no node takes it and none knows another, those before it: each was signed, and one of
 * them must stay where miners find it.
 */
async function sendVersions(
  turn: Turn,
  row: TransactionRow,
  newestFirst: readonly SignedTransaction[],
  known: boolean,
): Promise<TransactionRow> {
  const { rooms } = turn
  let words: string | undefined
  let pooled = known
  for (const [at, version] of newestFirst.entries()) {
    const answer = await sendOne(turn, version)
    if (answer === undefined && at === 0) return inPool(turn, row, version.hash)
    words ??= answer
    pooled ||= answer === undefined
    if (pooled) break
  }
  const detail = 'The node does not know the transaction after it was sent'
  const error = errorMember(new Failed('node-refused', detail, { particulars: { got: words ?? '' } }))
  const hash = newestFirst[0]?.hash
  const state = pooled ? 'broadcast' : 'signed'
  if (row.state === 'mined' || (pooled && row.state === 'signed')) {
    return update(rooms, row, { state, body: { ...unplaced, ...(hash && { hash }), error } })
  }
  return note(rooms, row, { error })
}

/** The node's words where it does not know it afterwards. */
async function sendOne(turn: Turn, { hash, raw }: SignedTransaction): Promise<string | undefined> {
  const { node } = turn.coin
  const deadline = limit(turn)
  const sent = await node.send(raw, deadline).catch((error: unknown) => error)
  const { seen } = await node.sighting(txidOf(hash), deadline)
  if (seen !== 'nowhere') return undefined
  if (sent instanceof Error) return sent.message
  return typeof sent === 'object' && sent !== null && 'words' in sent ? String(sent.words) : 'accepted'
}
