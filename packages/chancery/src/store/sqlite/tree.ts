/** The tree over all streams: which segments are in it, in what order, and its checkpoints. */
import { fromHex, type Hex } from '../../base/bytes.ts'
import { Failed } from '../../core/errors.ts'
import type { Checkpoint, Lease, Position } from '../../core/store.ts'
import { checkpointOf, hex, integer, positionOf } from '../rows.ts'
import type { Database } from './database.ts'
import { inTransaction } from './in-transaction.ts'
import { holds } from './leases.ts'

export function leaves(db: Database, from: number, to: number): readonly Hex[] {
  const rows = db.all(
    `SELECT e.leaf FROM integrated t CROSS JOIN entry e ON e.stream = t.stream AND e.seq = t.seq
     WHERE t.start >= coalesce((SELECT max(start) FROM integrated WHERE start <= ?1), 0) AND t.start < ?2
       AND t.start + e.i >= ?1 AND t.start + e.i < ?2
     ORDER BY t.idx, e.i`,
    from,
    to,
  )
  return rows.map((row) => hex(row, 'leaf'))
}

export function integrated(db: Database, from: number, limit: number): readonly Position[] {
  return db.all('SELECT * FROM integrated WHERE idx >= ? ORDER BY idx LIMIT ?', from, limit).map(positionOf)
}

export function integrate(
  db: Database,
  size: number,
  segments: readonly Position[],
  checkpoint: Checkpoint,
  lease: Lease,
): boolean {
  return inTransaction(db, Boolean, () => {
    const tail = treeTail(db)
    if (!holds(db, lease) || tail.size !== size) return false
    const end = segments.reduce<number | undefined>(
      (start, position, i) => append(db, tail.idx + i, start, position),
      size,
    )
    return end === checkpoint.size && writeCheckpoint(db, checkpoint)
  })
}

/** The next free index and the number of leaves. */
function treeTail(db: Database): { idx: number; size: number } {
  const row = db.get('SELECT idx, start, n FROM integrated ORDER BY idx DESC LIMIT 1')
  return row ? { idx: integer(row, 'idx') + 1, size: integer(row, 'start') + integer(row, 'n') } : { idx: 0, size: 0 }
}

/** Writes nothing, and answers undefined, for a segment that is missing or does not follow its stream's last one. */
function append(db: Database, idx: number, start: number | undefined, { stream, seq }: Position): number | undefined {
  if (start === undefined) return undefined
  const row = db.get(
    `INSERT INTO integrated (idx, start, n, stream, seq)
     SELECT ?, ?, n, stream, seq FROM segment WHERE stream = ? AND seq = ?
       AND seq = 1 + coalesce((SELECT max(seq) FROM integrated i WHERE i.stream = segment.stream), 0)
     RETURNING n`,
    idx,
    start,
    stream,
    seq,
  )
  return row && start + integer(row, 'n')
}

function writeCheckpoint(db: Database, { size, root }: Checkpoint): boolean {
  return db.run('INSERT INTO checkpoint (size, root) VALUES (?, ?) ON CONFLICT DO NOTHING', size, fromHex(root)) === 1
}

/** The first note stays: the log key does not speak twice of one size. */
export function signCheckpoint(db: Database, { size, root, note }: Checkpoint): void {
  inTransaction(
    db,
    () => true,
    () => {
      const known = db.get('SELECT size FROM checkpoint WHERE size = ? AND root = ?', size, fromHex(root))
      if (known === undefined) throw new Failed('store-corrupt', `no checkpoint of size ${size} has this root`)
      db.run('INSERT INTO checkpoint_note (size, note) VALUES (?, ?) ON CONFLICT DO NOTHING', size, note)
    },
  )
}

const withNote = 'SELECT c.size, c.root, n.note FROM checkpoint c LEFT JOIN checkpoint_note n ON n.size = c.size'

export function latestCheckpoint(db: Database): Checkpoint | undefined {
  const row = db.get(`${withNote} ORDER BY c.size DESC LIMIT 1`)
  return row && checkpointOf(row)
}

export function checkpoints(db: Database, afterSize: number, limit: number): readonly Checkpoint[] {
  return db.all(`${withNote} WHERE c.size > ? ORDER BY c.size LIMIT ?`, afterSize, limit).map(checkpointOf)
}
