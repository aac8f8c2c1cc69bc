/** What validators signed, for people and for exports: it never decides. */
import { fromHex, toHex, uint64, type Hex } from '../../base/bytes.ts'
import type { ProtectionRaise, ProtectionStore } from '../../core/protection.ts'
import type { Position } from '../../core/store.ts'
import { leaving, look, named, placeAfter, rowsAtOnce, type Found } from '../history.ts'
import { idSize, networkId, networkOf, validatorId } from '../protection.ts'
import { hex, integer, positionOf, text, type Row } from '../rows.ts'
import type { Session } from './pool.ts'

/** Only ever written: nobody looks for what stands there already. */
const join = `
  INSERT INTO signed_duty (stream, seq, n, network, slot, source, target, root, validators)
  SELECT $1, $2, $9::integer + min(n) - 1, network, slot, source, target, root,
    string_agg(validator, ''::bytea ORDER BY n)
  FROM unnest($3::bytea[], $4::bytea[], $5::bytea[], $6::bytea[], $7::bytea[], $8::bytea[])
    WITH ORDINALITY AS one (validator, network, slot, source, target, root, n)
  GROUP BY network, slot, source, target, root
  ON CONFLICT DO NOTHING`

export async function joinHistory(
  session: Session,
  { stream, seq }: Position,
  raises: readonly ProtectionRaise[],
  from: number,
): Promise<void> {
  const duties = raises.flatMap(({ history = [] }) => history)
  if (duties.length === 0) return
  const each = <T>(of: (scope: string) => T) =>
    raises.flatMap(({ scope, history = [] }) => Array<T>(history.length).fill(of(scope)))
  const attestations = duties.map((duty) => (duty.kind === 'attestation' ? duty : undefined))
  await session.query(join, [
    stream,
    seq,
    each(validatorId),
    each((scope) => networkId(networkOf(scope))),
    duties.map((duty) => (duty.kind === 'block' ? uint64(duty.slot) : null)),
    attestations.map((duty) => duty && uint64(duty.source)),
    attestations.map((duty) => duty && uint64(duty.target)),
    duties.map(({ root }) => root && fromHex(root)),
    from,
  ])
}

export async function signedDuties(
  session: Session,
  scopes: readonly string[] | undefined,
  after: string | undefined,
  limit: number,
) {
  const place = placeAfter(after)
  const rows = await session.query(
    `SELECT *, octet_length(validators) / ${idSize} AS count FROM signed_duty WHERE (stream, seq, n) >= ($1, $2, $3)
     ORDER BY stream, seq, n LIMIT ${rowsAtOnce}`,
    [place.stream, place.seq, place.n],
  )
  const known = scopes && new Map(scopes.map((scope) => [toHex(validatorId(scope)), scope]))
  const { found, next } = look(rows, place, limit, (validator) => known === undefined || known.has(validator))
  return { rows: named(found, known ?? (await scopesOf(session, found))), ...(next !== undefined && { next }) }
}

async function scopesOf(session: Session, found: readonly Found[]): Promise<ReadonlyMap<Hex, string>> {
  const wanted = [...new Set(found.map(({ validator }) => validator))].map((validator) => fromHex(validator))
  const sql = 'SELECT scope, validator FROM protection WHERE validator = ANY ($1::bytea[])'
  return new Map((await session.query(sql, [wanted])).map((row) => [hex(row, 'validator'), text(row, 'scope')]))
}

type Before = Parameters<ProtectionStore['forgetDuties']>[0]

/** Two who forget at once do not wait for each other: a row that one has in hand the other leaves alone. */
export async function forgetDuties(
  session: Session,
  { genesisValidatorsRoot, slot, epoch }: Before,
  limit: number,
): Promise<number> {
  const network = networkId(genesisValidatorsRoot.toLowerCase())
  const find = (column: 'slot' | 'target') =>
    `SELECT stream, seq, n, octet_length(validators) / ${idSize} AS count FROM signed_duty
     WHERE network = $1 AND ${column} < $2 LIMIT $3 FOR UPDATE SKIP LOCKED`
  const found = await Promise.all([
    session.query(find('slot'), [network, uint64(slot), limit]),
    session.query(find('target'), [network, uint64(epoch), limit]),
  ])
  const going = leaving(found.flat(), limit)
  const [part, whole] = [going.filter(isPart), going.filter((one) => !isPart(one))]
  const gone = [...keys(part), part.map((one) => one.gone * idSize + 1)]
  if (whole.length > 0) await session.query(`DELETE FROM signed_duty d USING ${these} WHERE ${isThis}`, keys(whole))
  if (part.length > 0) {
    const cut = `UPDATE signed_duty d SET validators = substring(d.validators FROM gone)
      FROM unnest($1::text[], $2::bigint[], $3::integer[], $4::integer[]) AS this (stream, seq, n, gone) WHERE ${isThis}`
    await session.query(cut, gone)
  }
  return going.reduce((sum, one) => sum + one.gone, 0)
}

const these = 'unnest($1::text[], $2::bigint[], $3::integer[]) AS this (stream, seq, n)'
const isThis = 'd.stream = this.stream AND d.seq = this.seq AND d.n = this.n'

interface Going {
  readonly row: Row
  readonly gone: number
}

function isPart({ row, gone }: Going): boolean {
  return gone < integer(row, 'count')
}

function keys(going: readonly Going[]): readonly unknown[] {
  const places = going.map(({ row }) => ({ ...positionOf(row), n: integer(row, 'n') }))
  return [places.map(({ stream }) => stream), places.map(({ seq }) => seq), places.map(({ n }) => n)]
}
