/** The fence and what decisions are made of. */
import { fromHex } from '../../base/bytes.ts'
import { canonical } from '../../base/json.ts'
import { Failed } from '../../core/errors.ts'
import type { Fence, ItemFault, Round, StateRecord } from '../../core/store.ts'
import { owned, type Owned } from '../round.ts'
import { fenceOf, integer, recordOf } from '../rows.ts'
import type { Session } from './pool.ts'

/**
 * Row locks are not granted in turn: with several busy processes there is always some round that shares the fence, and a
 * halt would wait for ever. This lock is granted in turn and ends with the transaction.
 */
const turnLock = 7_163_790_022

/** For a round: the fence stays as it is until the round is committed. FOR KEY SHARE would let a change through. */
export async function shareFence(session: Session): Promise<Fence | undefined> {
  const [, [row]] = await Promise.all([
    session.query(`SELECT pg_advisory_xact_lock_shared(${turnLock})`),
    session.query('SELECT * FROM fence WHERE id = 1 FOR SHARE'),
  ])
  return row && fenceOf(row)
}

/** For a change: no other round is under way. */
export async function claimFence(session: Session): Promise<Fence | undefined> {
  const [, [row]] = await Promise.all([
    session.query(`SELECT pg_advisory_xact_lock(${turnLock})`),
    session.query('SELECT * FROM fence WHERE id = 1 FOR UPDATE'),
  ])
  return row && fenceOf(row)
}

export async function fence(session: Session): Promise<Fence | undefined> {
  const [row] = await session.query('SELECT * FROM fence WHERE id = 1')
  return row && fenceOf(row)
}

export async function state(session: Session): Promise<{ fence: Fence | undefined; records: readonly StateRecord[] }> {
  const records = session.query('SELECT * FROM state_record ORDER BY kind, id')
  const [current, rows] = await Promise.all([fence(session), records])
  return { fence: current, records: rows.map(recordOf) }
}

export async function highestEpoch(session: Session): Promise<number> {
  const [row] = await session.query('SELECT coalesce(max(epoch), 0) AS epoch FROM segment')
  return row ? integer(row, 'epoch') : 0
}

/** The round holds the fence; its epoch was checked against it. */
export async function applyChange(session: Session, round: Round): Promise<readonly Owned<ItemFault>[]> {
  const changes = owned(round, (item) => item.change && [item.change])
  const faults = changes.map(async ({ item, value }) => {
    const [, ...puts] = await Promise.all([writeFence(session, value.fence), ...value.records.map(putter(session))])
    const late = value.records.filter((_, i) => puts[i] !== true)
    return late.map((record): Owned<ItemFault> => ({ item, value: versionFault(record) }))
  })
  return (await Promise.all(faults)).flat()
}

function versionFault(record: StateRecord): ItemFault {
  return { reason: 'version', what: `${record.kind} ${record.id}` }
}

async function writeFence(session: Session, next: Fence): Promise<void> {
  const { epoch, halted, root, mac, change } = next
  const written = await session.query(
    `INSERT INTO fence AS f (id, epoch, halted, root, mac, change_stream, change_seq, change_index)
     VALUES (1, $1, $2, $3, $4, $5, $6, $7)
     ON CONFLICT (id) DO UPDATE SET epoch = excluded.epoch, halted = excluded.halted, root = excluded.root,
       mac = excluded.mac, change_stream = excluded.change_stream, change_seq = excluded.change_seq,
       change_index = excluded.change_index
     WHERE f.epoch = excluded.epoch - 1
     RETURNING epoch`,
    [epoch, Number(halted), fromHex(root), fromHex(mac), change?.stream, change?.seq, change?.index],
  )
  if (written.length !== 1) throw new Failed('store-corrupt', 'the fence moved while it was locked')
}

function putter(session: Session) {
  return async (record: StateRecord): Promise<boolean> => {
    const { kind, id, version, body, mac } = record
    const sql =
      version === 1
        ? `INSERT INTO state_record (kind, id, version, body, mac) VALUES ($1, $2, $3, $4, $5)
           ON CONFLICT DO NOTHING RETURNING id`
        : `UPDATE state_record SET version = $3, body = $4, mac = $5
           WHERE kind = $1 AND id = $2 AND version = $3::bigint - 1 RETURNING id`
    return (await session.query(sql, [kind, id, version, canonical(body), fromHex(mac)])).length === 1
  }
}
