import { fromHex, type Hex } from '../../base/bytes.ts'
import type { GuardRow } from '../../core/claim.ts'
import { Failed } from '../../core/errors.ts'
import type { ItemFault, Round } from '../../core/store.ts'
import { guardKey, guardsInOrder, type Owned } from '../round.ts'
import { hex, text, type Row } from '../rows.ts'
import type { Session } from './pool.ts'

/**
 * The guard. Whether a row is taken depends on nothing but that row, in the statement that writes it (safety rule 2); the
 * rows are locked in the order of their keys. The same root again keeps the position of the entry that took it first.
 */
const take = `
  INSERT INTO guard AS held (kind, scope, item, root, replaces, stream, seq)
  SELECT kind, scope, item, root, replaces, $1, $2
  FROM unnest($3::text[], $4::text[], $5::bytea[], $6::bytea[], $7::bytea[])
    WITH ORDINALITY AS new (kind, scope, item, root, replaces, n)
  ORDER BY n
  ON CONFLICT (kind, scope, item) DO UPDATE SET
    stream = CASE WHEN held.root = excluded.root THEN held.stream ELSE excluded.stream END,
    seq = CASE WHEN held.root = excluded.root THEN held.seq ELSE excluded.seq END,
    replaces = CASE WHEN held.root = excluded.root THEN held.replaces ELSE excluded.replaces END,
    root = excluded.root
  WHERE held.root = excluded.root OR held.root = excluded.replaces
  RETURNING kind, scope, item`

const look = `
  SELECT g.kind, g.scope, g.item, g.root
  FROM unnest($1::text[], $2::text[], $3::bytea[]) AS wanted (kind, scope, item) JOIN guard g USING (kind, scope, item)`

export async function takeGuards(session: Session, round: Round): Promise<readonly Owned<ItemFault>[]> {
  const wanted = guardsInOrder(round)
  if (wanted.length === 0) return []
  const rows = wanted.map(({ value }) => value)
  const roots = [rows.map(({ root }) => fromHex(root)), rows.map(({ replaces }) => replaces && fromHex(replaces))]
  const taken = keysOf(await session.query(take, [round.stream, round.seq, ...columns(rows), ...roots]))
  const missed = wanted.filter(({ value }) => !taken.has(guardKey(value)))
  return missed.length === 0 ? [] : faultsOf(session, missed)
}

async function faultsOf(session: Session, missed: readonly Owned<GuardRow>[]): Promise<readonly Owned<ItemFault>[]> {
  const found = await session.query(look, columns(missed.map(({ value }) => value)))
  const held = new Map(found.map((row) => [keyOf(row), hex(row, 'root')]))
  return missed.map(({ item, value: row }) => ({ item, value: { reason: 'guard', row, held: heldBy(held, row) } }))
}

function heldBy(held: ReadonlyMap<string, Hex>, row: GuardRow): Hex {
  const root = held.get(guardKey(row))
  if (root === undefined) throw new Failed('store-corrupt', 'a guard row that refused is not there')
  return root
}

function columns(rows: readonly GuardRow[]): readonly unknown[] {
  return [rows.map(({ kind }) => kind), rows.map(({ scope }) => scope), rows.map(({ item }) => fromHex(item))]
}

function keysOf(rows: readonly Row[]): ReadonlySet<string> {
  return new Set(rows.map(keyOf))
}

function keyOf(row: Row): string {
  return guardKey({ kind: text(row, 'kind'), scope: text(row, 'scope'), item: hex(row, 'item') })
}
