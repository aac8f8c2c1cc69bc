/** From an accepted row to bytes that a node knows: prepare, claim and sign, then send what is already durable. */
import { deadlineIn } from '../base/deadline.ts'
import type { Call } from '../core/call.ts'
import { Failed, Refused } from '../core/errors.ts'
import type { TransactionRow } from '../core/store.ts'
import { networkOf } from './accept.ts'
import { refusalOf } from './payment.ts'
import type { RelayRooms } from './rooms.ts'
import { errorMember, hashOf, nextRow } from './row.ts'
import { callOf, clientGone, signRow, unsigned } from './sign-row.ts'
import { current, fail, note, noteWaiting, stepLimit, update } from './write.ts'

/** Times a node may answer that it cannot execute a transaction before the transaction has failed. */
const patience = 3
/** A node's pending nonce further ahead than this is not believed: it would strand everything behind it. */
const believable = 64n

/** Gives an accepted row its nonce and its signature. Returns the row as it now stands. */
export async function assign(rooms: RelayRooms, row: TransactionRow): Promise<TransactionRow> {
  const refusal = refusalOf(rooms, row, rooms.state.current())
  if (refusal !== undefined) return noteWaiting(rooms, row, refusal)
  const call = callOf(rooms, row)
  if (call === undefined) return fail(rooms, row, clientGone)
  const prepared = await prepare(rooms, row, call)
  if (prepared === undefined) return current(rooms, row)
  const nonce = await nextNonce(rooms, row, call).catch(async (error: unknown) => {
    await note(rooms, row, { error: errorMember(error) })
    throw error
  })
  const { node } = networkOf(rooms, row.network)
  const body = { prepared: node.withNonce(prepared, nonce), error: undefined }
  const assigned = nextRow(row, rooms.clock.now(), { state: 'assigned', nonce, body })
  return sign(rooms, assigned, [assigned], call)
}

/** After a crash between claim and signature: the same transaction, the same claim. */
export async function signAgain(rooms: RelayRooms, row: TransactionRow): Promise<TransactionRow> {
  const refusal = refusalOf(rooms, row, rooms.state.current())
  if (refusal !== undefined) return noteWaiting(rooms, row, refusal)
  const call = callOf(rooms, row)
  return call === undefined ? row : sign(rooms, row, [], call)
}

async function prepare(
  rooms: RelayRooms,
  row: TransactionRow,
  call: Call,
): Promise<TransactionRow['body'] | undefined> {
  try {
    const value = row.body['value'] as TransactionRow['body']
    return await networkOf(rooms, row.network).node.prepare(value, row.sender, call.deadline)
  } catch (error) {
    await rejected(rooms, row, error)
    return undefined
  }
}

/**
 * A node's "cannot execute" may pass (a lagging state): only a repeated one fails the transaction. What says nothing about
 * the transaction never does: no answer, an error to another question, a node that serves another chain.
 */
async function rejected(rooms: RelayRooms, row: TransactionRow, error: unknown): Promise<void> {
  const cannot = error instanceof Failed && error.code === 'not-executable'
  const tries = Number(row.body['tries'] ?? 0) + (cannot ? 1 : 0)
  if ((error instanceof Refused && error.code !== 'wrong-network') || tries >= patience)
    return void (await fail(rooms, row, error))
  await note(rooms, row, { tries, error: errorMember(error) })
  throw error
}

export const frozen = new Refused('frozen', 'Everything is frozen: it waits for the thaw')

/** The relay's own count, or the node's where that is ahead and believable (the key is used elsewhere too). */
async function nextNonce(rooms: RelayRooms, row: TransactionRow, call: Call): Promise<bigint> {
  const { node } = networkOf(rooms, row.network)
  const [pending, mined, highest] = await Promise.all([
    node.pendingNonce(row.sender, call.deadline),
    node.minedNonce(row.sender, call.deadline),
    rooms.store.highestNonce(row.network, row.sender, call.deadline),
  ])
  const ours = highest === undefined ? 0n : highest + 1n
  const known = ours > mined ? ours : mined
  if (pending <= known) return known
  if (pending <= known + believable) return pending
  const particulars = { got: pending.toString(), wanted: `at most ${known + believable}` }
  throw new Failed('node-refused', "The node's pending nonce is too far ahead to be believed", { particulars })
}

async function sign(
  rooms: RelayRooms,
  row: TransactionRow,
  rows: readonly TransactionRow[],
  call: Call,
): Promise<TransactionRow> {
  try {
    return await signRow(rooms, row, rows, call)
  } catch (error) {
    return unsigned(rooms, row, error)
  }
}

/** What no longer holds of a transaction that is in no block. */
export const unplaced = { block: undefined, receipt: undefined, missing: undefined } as const

/** Sends the stored bytes. Whatever the node answers, where the transaction is found decides. */
export async function broadcast(rooms: RelayRooms, row: TransactionRow): Promise<TransactionRow> {
  const { node } = networkOf(rooms, row.network)
  const deadline = deadlineIn(stepLimit, rooms.clock)
  const hash = hashOf(row)
  const signed = (await rooms.store.signedTransactions(row.id, deadline)).find((one) => one.hash === hash)
  if (signed === undefined) throw new Failed('store-corrupt', `The signed bytes of ${row.id} are missing`)
  const sent = await node.send(signed.raw, deadline).catch((error: unknown) => error)
  const { seen } = await node.sighting(signed.hash, deadline)
  const words = sent instanceof Error ? sent.message : wordsOf(sent)
  if (seen !== 'nowhere') return update(rooms, row, { state: 'broadcast', body: { ...unplaced, error: undefined } })
  const refused = new Failed('node-refused', 'The node does not know the transaction after it was sent', {
    particulars: { got: words },
  })
  const error = errorMember(refused)
  if (row.state === 'mined') return update(rooms, row, { state: 'signed', body: { ...unplaced, error } })
  await note(rooms, row, { error })
  return current(rooms, row)
}

function wordsOf(sent: unknown): string {
  return typeof sent === 'object' && sent !== null && 'words' in sent ? String(sent.words) : 'accepted'
}
