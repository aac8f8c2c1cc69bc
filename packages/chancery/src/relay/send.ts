/** From an accepted row to bytes that a node knows: prepare, claim and sign, then send what is already durable. */
import { deadlineIn } from '../base/deadline.ts'
import type { Call } from '../core/call.ts'
import type { Signed } from '../core/chain.ts'
import { Failed, Refused } from '../core/errors.ts'
import type { Joined } from '../core/services.ts'
import type { SignedTransaction, TransactionRow } from '../core/store.ts'
import { isHex } from '../base/bytes.ts'
import { canonical, type JsonObject } from '../base/json.ts'
import { networkOf } from './accept.ts'
import type { RelayRooms } from './rooms.ts'
import { onlyOnce, sealRow } from './genuine.ts'
import { errorMember, failedItem, hashOf, nextRow, preparedOf, rowItem, sourceOf } from './row.ts'

/** The longest one step of one transaction may take, in milliseconds. */
const stepLimit = 10_000
/** Times a node may answer that it cannot execute a transaction before the transaction has failed. */
const patience = 3
/** A node's pending nonce further ahead than this is not believed: it would strand everything behind it. */
const believable = 64n

/** Gives an accepted row its nonce and its signature. Returns the row as it now stands. */
export async function assign(rooms: RelayRooms, row: TransactionRow): Promise<TransactionRow> {
  const call = callOf(rooms, row)
  if (call === undefined) return fail(rooms, row, new Refused('unauthenticated', 'The client is no longer registered'))
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

/** Writes down why a row waits, once: the same reason every second would only fill the register. */
async function note(rooms: RelayRooms, row: TransactionRow, body: JsonObject): Promise<void> {
  const next = nextRow(row, rooms.clock.now(), { body })
  if (canonical(next.body) !== canonical(row.body)) await write(rooms, next)
}

const frozen = new Refused('frozen', 'Everything is frozen: it waits for the thaw')

/** Instead of signing it. */
export async function noteFrozen(rooms: RelayRooms, row: TransactionRow): Promise<TransactionRow> {
  await note(rooms, row, { error: errorMember(frozen) })
  return row
}

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
  const { key, network } = row
  const request = { key, network, operation: 'sign:transaction', value: preparedOf(row) } as const
  try {
    await rooms.signing.signJoined(request, call, joinedTo(rooms, row, rows))
  } catch (error) {
    return unsigned(rooms, row, error)
  }
  return current(rooms, row)
}

function joinedTo(rooms: RelayRooms, row: TransactionRow, rows: readonly TransactionRow[]): Joined {
  const { clock, stateKey } = rooms
  return {
    rows: rows.map((one) => sealRow(one, stateKey)),
    once: onlyOnce(row.id),
    finish: (signed) => {
      const bytes = signedTransaction(rooms, row, signed)
      const next = nextRow(row, clock.now(), { state: 'signed', body: { hash: bytes.hash } })
      return { rows: [sealRow(next, stateKey)], signed: [bytes] }
    },
  }
}

function signedTransaction(rooms: RelayRooms, row: TransactionRow, { hash, raw }: Signed): SignedTransaction {
  if (!isHex(hash, 32) || raw === undefined)
    throw new Failed('internal', 'The chain assembled a transaction without bytes')
  return { hash, raw, transaction: row.id, createdAt: rooms.clock.now() }
}

/**
 * Refused before its nonce was claimed, the transaction has failed and holds nothing, unless it may pass later. Once the
 * nonce is claimed it is never given back (safety rule 5): the lane waits with it, the reason on the row, until it can be
 * signed.
 */
async function unsigned(rooms: RelayRooms, row: TransactionRow, error: unknown): Promise<TransactionRow> {
  const standing = await current(rooms, row)
  if (standing.state === 'accepted' && error instanceof Refused && !(await mayPass(rooms, standing, error))) {
    return fail(rooms, standing, error)
  }
  await note(rooms, standing, { error: errorMember(error) })
  throw error
}

/** A freeze of everything passes. One of the key or the client alone is about these transactions. */
async function mayPass({ state, clock }: RelayRooms, row: TransactionRow, { code }: Refused): Promise<boolean> {
  if (code !== 'frozen') return code === 'conflicts-with-earlier' || code === 'version-conflict'
  const { halted, keys, clients } = await state.refresh(deadlineIn(stepLimit, clock))
  return halted || !(keys.get(row.key)?.value.frozen || clients.get(row.client)?.value.frozen)
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

export async function update(
  rooms: RelayRooms,
  row: TransactionRow,
  change: Parameters<typeof nextRow>[2],
): Promise<TransactionRow> {
  const next = nextRow(row, rooms.clock.now(), change)
  await write(rooms, next)
  return next
}

async function fail(rooms: RelayRooms, row: TransactionRow, error: unknown): Promise<TransactionRow> {
  const next = nextRow(row, rooms.clock.now(), { state: 'failed', body: { error: errorMember(error) } })
  await write(rooms, next, failedItem)
  return next
}

async function write(rooms: RelayRooms, row: TransactionRow, itemOf = rowItem): Promise<void> {
  const recorded = await rooms.recorder.record(itemOf(rooms, row), deadlineIn(stepLimit, rooms.clock))
  if (recorded.status !== 'recorded')
    throw new Failed('internal', `${row.id} was changed by another process in the meantime`)
}

async function current(rooms: RelayRooms, row: TransactionRow): Promise<TransactionRow> {
  const found = await rooms.store.transaction(row.id, deadlineIn(stepLimit, rooms.clock))
  if (found === undefined) throw new Failed('store-corrupt', `The row of ${row.id} is missing`)
  return found
}

/** On behalf of the client as it stands now, from where it asked: a grant taken away in the meantime is gone. */
function callOf(rooms: RelayRooms, row: TransactionRow): Call | undefined {
  const principal = rooms.principalOf(row.client)
  return principal && { principal: { ...principal, ...sourceOf(row) }, deadline: deadlineIn(stepLimit, rooms.clock) }
}
