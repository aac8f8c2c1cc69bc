/** Signatures and idempotency keys: rows that are written once and never changed. */
import { fromHex, type Hex } from '../../base/bytes.ts'
import type { ClientId } from '../../core/names.ts'
import type { StoredSignature } from '../../core/payload.ts'
import type { Idempotency, ItemFault, Round } from '../../core/store.ts'
import { owned, type Owned } from '../round.ts'
import { idempotencyOf, signatureOf } from '../rows.ts'
import type { Session } from './pool.ts'

interface SignatureKey {
  readonly publicKey: Hex
  readonly payload: Hex
}

function keyOf({ publicKey, payload }: SignatureKey): string {
  return `${publicKey} ${payload}`.toLowerCase()
}

export async function storedSignature(
  session: Session,
  publicKey: Hex,
  payload: Hex,
): Promise<StoredSignature | undefined> {
  return (await find(session, [{ publicKey, payload }])).get(keyOf({ publicKey, payload }))
}

async function find(session: Session, keys: readonly SignatureKey[]): Promise<ReadonlyMap<string, StoredSignature>> {
  if (keys.length === 0) return new Map()
  const rows = await session.query(
    `SELECT s.* FROM (SELECT DISTINCT * FROM unnest($1::bytea[], $2::bytea[]) AS one (public_key, payload)) AS wanted
     JOIN signature s USING (public_key, payload)`,
    [keys.map(({ publicKey }) => fromHex(publicKey)), keys.map(({ payload }) => fromHex(payload))],
  )
  return new Map(rows.map(signatureOf).map((found) => [keyOf(found), found]))
}

/** The first one stays: the statement after this one reads which that is. */
export async function keepSignatures(session: Session, round: Round): Promise<readonly never[]> {
  const all = owned(round, (item) => item.signatures).map(({ value }) => value)
  const rows = all.toSorted((a, b) => (keyOf(a) < keyOf(b) ? -1 : 1))
  if (rows.length === 0) return []
  await session.query(
    `INSERT INTO signature (public_key, payload, algorithm, bytes, y_parity)
     SELECT public_key, payload, algorithm, bytes, y_parity
     FROM unnest($1::bytea[], $2::bytea[], $3::text[], $4::bytea[], $5::integer[])
       WITH ORDINALITY AS new (public_key, payload, algorithm, bytes, y_parity, n)
     ORDER BY n ON CONFLICT DO NOTHING`,
    [
      rows.map(({ publicKey }) => fromHex(publicKey)),
      rows.map(({ payload }) => fromHex(payload)),
      rows.map(({ signature }) => signature.algorithm),
      rows.map(({ signature }) => signature.bytes),
      rows.map(({ signature }) => signature.yParity ?? null),
    ],
  )
  return []
}

/** For each item those that stand for what it keeps, then those that stand for what it is about to sign. */
export async function standing(session: Session, round: Round): Promise<readonly (readonly StoredSignature[])[]> {
  const wanted = round.items.map(({ signatures = [], signing = [] }) => [...signatures, ...signing].map(keyed))
  const found = await find(session, wanted.flat())
  return wanted.map((keys) => keys.flatMap((key) => found.get(keyOf(key)) ?? []))
}

function keyed({ publicKey, payload }: SignatureKey): SignatureKey {
  return { publicKey, payload }
}

export async function idempotency(
  session: Session,
  client: ClientId,
  route: string,
  key: string,
): Promise<Idempotency | undefined> {
  const sql = 'SELECT * FROM idempotency WHERE client = $1 AND route = $2 AND key = $3'
  const [row] = await session.query(sql, [client, route, key])
  return row && idempotencyOf(row)
}

export async function keepIdempotency(session: Session, round: Round): Promise<readonly Owned<ItemFault>[]> {
  const wanted = owned(round, (item) => item.idempotency && [item.idempotency])
  if (wanted.length === 0) return []
  const rows = wanted.map(({ value }) => value).toSorted((a, b) => (rowKey(a) < rowKey(b) ? -1 : 1))
  const written = await session.query(
    `INSERT INTO idempotency (client, route, key, body_hash, made)
     SELECT client, route, key, body_hash, made
     FROM unnest($1::text[], $2::text[], $3::text[], $4::bytea[], $5::text[])
       WITH ORDINALITY AS new (client, route, key, body_hash, made, n)
     ORDER BY n ON CONFLICT DO NOTHING RETURNING client, route, key`,
    [...columns(rows), rows.map(({ bodyHash }) => fromHex(bodyHash)), rows.map(({ made }) => made)],
  )
  return written.length === rows.length ? [] : faultsOf(session, wanted)
}

/** Those that stand for another attempt. What this round wrote itself stands for its own. */
async function faultsOf(session: Session, wanted: readonly Owned<Idempotency>[]): Promise<readonly Owned<ItemFault>[]> {
  const found = await session.query(
    `SELECT i.* FROM unnest($1::text[], $2::text[], $3::text[]) AS wanted (client, route, key)
     JOIN idempotency i USING (client, route, key)`,
    columns(wanted.map(({ value }) => value)),
  )
  const standing = new Map(found.map(idempotencyOf).map((row) => [rowKey(row), row]))
  return wanted.flatMap(({ item, value }) => {
    const earlier = standing.get(rowKey(value))
    return earlier === undefined || earlier.made === value.made
      ? []
      : [{ item, value: { reason: 'idempotency', earlier } }]
  })
}

function columns(rows: readonly Idempotency[]): readonly unknown[] {
  return [rows.map(({ client }) => client), rows.map(({ route }) => route), rows.map(({ key }) => key)]
}

function rowKey({ client, route, key }: Idempotency): string {
  return `${client}\0${route}\0${key}`
}
