/** The fence and what decisions are made of. */
import { fromHex } from '../../base/bytes.ts'
import { canonical } from '../../base/json.ts'
import type { Fence, ItemFault, StateChange, StateRecord } from '../../core/store.ts'
import { fenceOf, integer, type Row } from '../rows.ts'
import type { Database } from './database.ts'
import type { Place } from './state-pieces.ts'

export function fence(db: Database): Fence | undefined {
  const row = db.get('SELECT * FROM fence WHERE id = 1')
  return row && fenceOf(row)
}

/** As rows: what is read into objects here would be written for the way, and read again on the other side. */
export function statePiece(
  db: Database,
  after: Place | undefined,
  limit: number,
): { fence: Fence | undefined; rows: readonly Row[] } {
  const { kind, id } = after ?? { kind: '', id: '' }
  const sql = 'SELECT * FROM state_record WHERE (kind, id) > (?, ?) ORDER BY kind, id LIMIT ?'
  // The thread does one thing at a time: two reads in a row are of one moment.
  const piece = { fence: fence(db), rows: db.all(sql, kind, id, limit) }
  // What many pages were read for once has no place in the cache: of 10,000 keys these are 10 MB.
  if (after !== undefined && piece.rows.length < limit) db.exec('PRAGMA shrink_memory')
  return piece
}

export function highestEpoch(db: Database): number {
  const row = db.get('SELECT coalesce(max(epoch), 0) AS epoch FROM segment')
  return row ? integer(row, 'epoch') : 0
}

/** Writes the change; the caller has checked its epoch against the fence in this transaction. */
export function applyChange(db: Database, change: StateChange): readonly ItemFault[] {
  writeFence(db, change.fence)
  return change.records.filter((record) => !putRecord(db, record)).map(versionFault)
}

function versionFault(record: StateRecord): ItemFault {
  return { reason: 'version', what: `${record.kind} ${record.id}` }
}

function writeFence(db: Database, next: Fence): void {
  const change = [next.change?.stream ?? null, next.change?.seq ?? null, next.change?.index ?? null]
  db.run(
    `INSERT INTO fence (id, epoch, halted, root, mac, change_stream, change_seq, change_index)
     VALUES (1, ?, ?, ?, ?, ?, ?, ?)
     ON CONFLICT (id) DO UPDATE SET epoch = excluded.epoch, halted = excluded.halted, root = excluded.root,
       mac = excluded.mac, change_stream = excluded.change_stream, change_seq = excluded.change_seq,
       change_index = excluded.change_index`,
    next.epoch,
    Number(next.halted),
    fromHex(next.root),
    fromHex(next.mac),
    ...change,
  )
}

function putRecord(db: Database, record: StateRecord): boolean {
  const body = canonical(record.body)
  const mac = fromHex(record.mac)
  const changed =
    record.version === 1
      ? db.run(
          'INSERT INTO state_record (kind, id, version, body, mac) VALUES (?, ?, 1, ?, ?) ON CONFLICT DO NOTHING',
          record.kind,
          record.id,
          body,
          mac,
        )
      : db.run(
          'UPDATE state_record SET version = ?, body = ?, mac = ? WHERE kind = ? AND id = ? AND version = ?',
          record.version,
          body,
          mac,
          record.kind,
          record.id,
          record.version - 1,
        )
  return changed === 1
}
