/** The tree over all streams: which segments are in it, in what order, and its checkpoints. */
import { fromHex, type Hex } from '../../base/bytes.ts'
import { Failed } from '../../core/errors.ts'
import type { Checkpoint, Lease, Position } from '../../core/store.ts'
import { checkpointOf, hex, integer, positionOf } from '../rows.ts'
import { holds } from './leases.ts'
import type { Session } from './pool.ts'

export async function leaves(session: Session, from: number, to: number): Promise<readonly Hex[]> {
  const rows = await session.query(
    `SELECT e.leaf FROM integrated t JOIN entry e ON e.stream = t.stream AND e.seq = t.seq
     WHERE t.start >= coalesce((SELECT max(start) FROM integrated WHERE start <= $1), 0) AND t.start < $2
       AND t.start + e.i >= $1 AND t.start + e.i < $2
     ORDER BY t.idx, e.i`,
    [from, to],
  )
  return rows.map((row) => hex(row, 'leaf'))
}

export async function integrated(session: Session, from: number, limit: number): Promise<readonly Position[]> {
  const rows = await session.query('SELECT * FROM integrated WHERE idx >= $1 ORDER BY idx LIMIT $2', [from, limit])
  return rows.map(positionOf)
}

/** The lease row is locked first: only its holder writes to the tree, so what is read after it stays true. */
export async function integrate(
  session: Session,
  size: number,
  segments: readonly Position[],
  checkpoint: Checkpoint,
  lease: Lease,
): Promise<boolean> {
  const [held, tail] = await Promise.all([holds(session, lease), treeTail(session)])
  if (!held || tail.size !== size) return false
  let start = size
  for (const [i, position] of segments.entries()) {
    const count = await append(session, tail.idx + i, start, position)
    if (count === undefined) return false
    start += count
  }
  return start === checkpoint.size && writeCheckpoint(session, checkpoint)
}

/** The next free index and the number of leaves. */
async function treeTail(session: Session): Promise<{ idx: number; size: number }> {
  const [row] = await session.query('SELECT idx, start, n FROM integrated ORDER BY idx DESC LIMIT 1')
  return row ? { idx: integer(row, 'idx') + 1, size: integer(row, 'start') + integer(row, 'n') } : { idx: 0, size: 0 }
}

/** Writes nothing, and answers undefined, for a segment that is missing or does not follow its stream's last one. */
async function append(
  session: Session,
  idx: number,
  start: number,
  { stream, seq }: Position,
): Promise<number | undefined> {
  const [row] = await session.query(
    `INSERT INTO integrated (idx, start, n, stream, seq)
     SELECT $1, $2, n, stream, seq FROM segment WHERE stream = $3 AND seq = $4
       AND seq = 1 + coalesce((SELECT max(seq) FROM integrated i WHERE i.stream = segment.stream), 0)
     RETURNING n`,
    [idx, start, stream, seq],
  )
  return row && integer(row, 'n')
}

async function writeCheckpoint(session: Session, { size, root }: Checkpoint): Promise<boolean> {
  const sql = 'INSERT INTO checkpoint (size, root) VALUES ($1, $2) ON CONFLICT DO NOTHING RETURNING size'
  return (await session.query(sql, [size, fromHex(root)])).length === 1
}

/** The first note stays: the log key does not speak twice of one size. */
export async function signCheckpoint(session: Session, { size, root, note }: Checkpoint): Promise<void> {
  const known = await session.query('SELECT size FROM checkpoint WHERE size = $1 AND root = $2', [size, fromHex(root)])
  if (known.length === 0) throw new Failed('store-corrupt', `no checkpoint of size ${size} has this root`)
  await session.query('INSERT INTO checkpoint_note (size, note) VALUES ($1, $2) ON CONFLICT DO NOTHING', [size, note])
}

const withNote = 'SELECT c.size, c.root, n.note FROM checkpoint c LEFT JOIN checkpoint_note n ON n.size = c.size'

export async function latestCheckpoint(session: Session): Promise<Checkpoint | undefined> {
  const [row] = await session.query(`${withNote} ORDER BY c.size DESC LIMIT 1`)
  return row && checkpointOf(row)
}

export async function checkpoints(session: Session, afterSize: number, limit: number): Promise<readonly Checkpoint[]> {
  const rows = await session.query(`${withNote} WHERE c.size > $1 ORDER BY c.size LIMIT $2`, [afterSize, limit])
  return rows.map(checkpointOf)
}
