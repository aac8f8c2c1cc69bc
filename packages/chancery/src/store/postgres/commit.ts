/**
 * One round: one transaction in three round trips (fence and position; everything written; COMMIT), and one more where it
 * counts in windows, READ COMMITTED, with every verdict resting on the row its statement writes or on rows locked before it.
 */
import { fromHex, sameHex, type Hex } from '../../base/bytes.ts'
import { Failed } from '../../core/errors.ts'
import type { Fence, ItemFault, Position, Round, RoundResult } from '../../core/store.ts'
import { changeOf, entryCount, isStale, owned, type Owned } from '../round.ts'
import { hex, integer, type Row } from '../rows.ts'
import { takeGuards } from './guards.ts'
import { keepIdempotency, keepSignatures, standing } from './kept.ts'
import type { Session } from './pool.ts'
import { takeProtection } from './protection.ts'
import { applyChange, claimFence, shareFence } from './state.ts'
import { keepSigned, putTransactions } from './transactions.ts'
import { takeWallets } from './wallets.ts'
import { takeWindows } from './windows.ts'

export interface Settled {
  readonly result: RoundResult
  /** Whether this transaction is the one that makes the round durable. */
  readonly keep: boolean
}

export async function commit(session: Session, round: Round): Promise<Settled> {
  const lock = changeOf(round) === undefined ? shareFence : claimFence
  const [fence, position] = await Promise.all([lock(session), around(session, round)])
  const known = await judge(session, round, fence, position)
  if (known !== undefined) return { result: known, keep: false }
  const [written, taken, windows] = await Promise.all([
    writeSegment(session, round),
    takeAll(session, round),
    takeWindows(session, round),
  ])
  if (!written) return { result: await afterLoss(session, round), keep: false }
  const faults = [...taken, ...windows.faults]
  if (faults.length > 0) return { result: refused(faults), keep: false }
  if (windows.crowded.length > 0) return { result: { status: 'crowded', items: windows.crowded }, keep: false }
  return { result: await committed(session, round), keep: true }
}

export async function segmentHash(session: Session, { stream, seq }: Position): Promise<Hex | undefined> {
  const [row] = await session.query('SELECT hash FROM segment WHERE stream = $1 AND seq = $2', [stream, seq])
  return row && hex(row, 'hash')
}

/** The segment at the round's position and the one before it, as far as they are there. */
function around(session: Session, { stream, seq }: Position): Promise<readonly Row[]> {
  const sql = 'SELECT seq, hash FROM segment WHERE stream = $1 AND seq BETWEEN $2 AND $3'
  return session.query(sql, [stream, seq - 1, seq])
}

/** The answer, where what stands already gives one. */
async function judge(
  session: Session,
  round: Round,
  fence: Fence | undefined,
  position: readonly Row[],
): Promise<RoundResult | undefined> {
  const at = (seq: number) => position.filter((row) => integer(row, 'seq') === seq).map((row) => hex(row, 'hash'))[0]
  const found = at(round.seq)
  if (found !== undefined) return sameHex(found, round.hash) ? committed(session, round) : { status: 'collision' }
  if (round.seq > 1 && !sameHex(at(round.seq - 1), round.prev)) return { status: 'collision' }
  return isStale(round, fence) ? { status: 'stale', fence } : undefined
}

async function committed(session: Session, round: Round): Promise<RoundResult> {
  const signatures = await standing(session, round)
  return { status: 'committed', items: signatures.map((found) => ({ signatures: found })) }
}

function refused(faults: readonly Owned<ItemFault>[]): RoundResult {
  const inOrder = faults.toSorted((a, b) => a.item - b.item)
  return { status: 'refused', faults: inOrder.map(({ item, value }) => ({ item, fault: value })) }
}

/** Another sender took the position between our look and our insert; with an equal hash it was this same round. */
async function afterLoss(session: Session, round: Round): Promise<RoundResult> {
  const found = await segmentHash(session, round)
  if (found === undefined) throw new Failed('store-corrupt', 'a segment that stood in the way is not there')
  return sameHex(found, round.hash) ? committed(session, round) : { status: 'collision' }
}

async function writeSegment(session: Session, round: Round): Promise<boolean> {
  const { stream, seq, epoch, time } = round
  const entries = owned(round, (item) => item.entries).map(({ value }) => value)
  const [segment] = await Promise.all([
    session.query(
      `INSERT INTO segment (stream, seq, prev, hash, mac, epoch, time, n) VALUES ($1, $2, $3, $4, $5, $6, $7, $8)
       ON CONFLICT DO NOTHING RETURNING seq`,
      [stream, seq, fromHex(round.prev), fromHex(round.hash), fromHex(round.mac), epoch, time, entryCount(round)],
    ),
    session.query(
      `INSERT INTO entry (stream, seq, i, leaf, body)
       SELECT $1, $2, n - 1, leaf, body FROM unnest($3::bytea[], $4::text[]) WITH ORDINALITY AS new (leaf, body, n)
       ON CONFLICT DO NOTHING`,
      [stream, seq, entries.map(({ leaf }) => fromHex(leaf)), entries.map(({ body }) => body)],
    ),
  ])
  return segment.length === 1
}

/** In the same order of tables in every process, and within a table in the order of its key. */
async function takeAll(session: Session, round: Round): Promise<readonly Owned<ItemFault>[]> {
  const faults = await Promise.all([
    keepSignatures(session, round),
    takeGuards(session, round),
    takeProtection(session, round),
    keepIdempotency(session, round),
    putTransactions(session, round),
    keepSigned(session, round),
    takeWallets(session, round),
    applyChange(session, round),
  ])
  return faults.flat()
}
