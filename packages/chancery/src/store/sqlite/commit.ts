/** One round: one transaction, all or nothing, under the fence. */
import { fromHex, sameHex, type Hex } from '../../base/bytes.ts'
import type { GuardRow } from '../../core/claim.ts'
import { Failed } from '../../core/errors.ts'
import type { ItemFault, Position, Round, RoundResult } from '../../core/store.ts'
import { changeOf, entryCount, guardsInOrder, isStale, owned, type Owned } from '../round.ts'
import { hex } from '../rows.ts'
import type { Database } from './database.ts'
import { inTransaction } from './in-transaction.ts'
import { keepIdempotency, keepSignature, standing } from './signatures.ts'
import { applyChange, fence } from './state.ts'
import { keepSigned, putTransaction } from './transactions.ts'
import { takeProtection } from './protection.ts'
import { takeWallets } from './wallets.ts'
import { takeWindows } from './windows.ts'

/** `now` is the store's clock, which here is the service's. */
export function commit(db: Database, round: Round, now: number): RoundResult {
  return inTransaction(
    db,
    (result) => result.status === 'committed',
    () => settle(db, round, now),
  )
}

export function segmentHash(db: Database, { stream, seq }: Position): Hex | undefined {
  const row = db.get('SELECT hash FROM segment WHERE stream = ? AND seq = ?', stream, seq)
  return row && hex(row, 'hash')
}

function settle(db: Database, round: Round, now: number): RoundResult {
  const found = segmentHash(db, round)
  if (found !== undefined) return sameHex(found, round.hash) ? committed(db, round) : { status: 'collision' }
  if (!follows(db, round)) return { status: 'collision' }
  const current = fence(db)
  if (isStale(round, current)) return { status: 'stale', fence: current }
  writeSegment(db, round)
  const windows = takeWindows(db, round, now)
  const faults = [...takeAll(db, round, now), ...windows.faults]
  if (faults.length > 0) return refused(faults)
  return windows.crowded.length > 0 ? { status: 'crowded', items: windows.crowded } : committed(db, round)
}

/** The first segment of a stream follows a checkpoint, which is the register's to verify. */
function follows(db: Database, round: Round): boolean {
  return round.seq === 1 || sameHex(segmentHash(db, { stream: round.stream, seq: round.seq - 1 }), round.prev)
}

function committed(db: Database, round: Round): RoundResult {
  return { status: 'committed', items: round.items.map((item) => ({ signatures: standing(db, item) })) }
}

function refused(faults: readonly Owned<ItemFault>[]): RoundResult {
  const inOrder = faults.toSorted((a, b) => a.item - b.item)
  return { status: 'refused', faults: inOrder.map(({ item, value }) => ({ item, fault: value })) }
}

function writeSegment(db: Database, round: Round): void {
  db.run(
    'INSERT INTO segment (stream, seq, prev, hash, mac, epoch, time, n) VALUES (?, ?, ?, ?, ?, ?, ?, ?)',
    round.stream,
    round.seq,
    fromHex(round.prev),
    fromHex(round.hash),
    fromHex(round.mac),
    round.epoch,
    round.time,
    entryCount(round),
  )
  owned(round, (item) => item.entries).forEach(({ value }, i) => {
    const sql = 'INSERT INTO entry (stream, seq, i, leaf, body) VALUES (?, ?, ?, ?, ?)'
    db.run(sql, round.stream, round.seq, i, fromHex(value.leaf), value.body)
  })
}

/** Takes everything the items want and says what could not be had: then all of it is rolled back. */
function takeAll(db: Database, round: Round, now: number): readonly Owned<ItemFault>[] {
  for (const { value } of owned(round, (item) => item.signatures)) keepSignature(db, value)
  return [
    ...each(guardsInOrder(round), (row) => takeGuard(db, round, row)),
    ...takeProtection(db, round),
    ...each(
      owned(round, (item) => item.idempotency && [item.idempotency]),
      (row) => keepIdempotency(db, row),
    ),
    ...each(
      owned(round, (item) => item.transactions),
      (row) => putTransaction(db, row),
    ),
    ...each(
      owned(round, (item) => item.signed),
      (signed) => keepSigned(db, signed),
    ),
    ...takeWallets(db, round, now),
    ...each(
      owned(round, () => changesOf(round)),
      (change) => applyChange(db, change),
    ),
  ]
}

function changesOf(round: Round) {
  const change = changeOf(round)
  return change && [change]
}

function each<T>(all: readonly Owned<T>[], take: (value: T) => readonly ItemFault[]): readonly Owned<ItemFault>[] {
  return all.flatMap(({ item, value }) => take(value).map((fault) => ({ item, value: fault })))
}

/**
 * The guard. Whether the row is taken depends on nothing but that row, in the statement that writes it (safety rule 2).
 * The same root again keeps the position of the entry that took it first.
 */
function takeGuard(db: Database, { stream, seq }: Position, guard: GuardRow): readonly ItemFault[] {
  const taken = db.get(
    `INSERT INTO guard (kind, scope, item, root, stream, seq) VALUES (?, ?, ?, ?, ?, ?)
     ON CONFLICT (kind, scope, item) DO UPDATE SET
       stream = CASE WHEN guard.root = excluded.root THEN guard.stream ELSE excluded.stream END,
       seq = CASE WHEN guard.root = excluded.root THEN guard.seq ELSE excluded.seq END,
       root = excluded.root
     WHERE guard.root = excluded.root OR guard.root = ?
     RETURNING root`,
    guard.kind,
    guard.scope,
    fromHex(guard.item),
    fromHex(guard.root),
    stream,
    seq,
    guard.replaces === undefined ? null : fromHex(guard.replaces),
  )
  return taken === undefined ? [{ reason: 'guard', row: guard, held: held(db, guard) }] : []
}

function held(db: Database, { kind, scope, item }: GuardRow): Hex {
  const row = db.get('SELECT root FROM guard WHERE kind = ? AND scope = ? AND item = ?', kind, scope, fromHex(item))
  if (row === undefined) throw new Failed('store-corrupt', 'a guard row that refused is not there')
  return hex(row, 'root')
}
