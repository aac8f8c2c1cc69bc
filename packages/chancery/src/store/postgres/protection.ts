/** The gate of slashing protection: one row a scope, and one statement that judges and writes all rows of a round. */
import { fromHex, uint64, type Hex } from '../../base/bytes.ts'
import type { DutyClaim } from '../../core/claim.ts'
import type { ProtectionRaise, ProtectionRow } from '../../core/protection.ts'
import type { ItemFault, Position, Round } from '../../core/store.ts'
import { fromCursor, nextAfter, textPart, toCursor } from '../cursor.ts'
import {
  attestationIsAbove,
  blockIsAbove,
  dutyFaults,
  movesInOrder,
  networkId,
  networkOf,
  protectionOf,
  raisedRoots,
  validatorId,
  type Move,
} from '../protection.ts'
import type { Owned } from '../round.ts'
import { text } from '../rows.ts'
import { joinHistory } from './history.ts'
import type { Session } from './pool.ts'

/** Neighbours in the order of scopes that one statement can take: of one sort, and each scope once. */
type Run = readonly Owned<Move>[]

/**
 * Nearly always one statement. A round that raises some rows and takes others, or takes both duties of a scope, needs more,
 * which lock on in the order of scopes, and travel together.
 */
export async function takeProtection(session: Session, round: Round): Promise<readonly Owned<ItemFault>[]> {
  let before = 0
  const faults = runsOf(movesInOrder(round)).map((run) => {
    const from = before
    before += run.reduce((sum, { value }) => sum + (value.raise?.history?.length ?? 1), 0)
    return run[0]?.value.raise ? raise(session, round, run, from) : take(session, round, run, from)
  })
  return (await Promise.all(faults)).flat()
}

function runsOf(moves: readonly Owned<Move>[]): readonly Run[] {
  const runs: Owned<Move>[][] = []
  let last: Move | undefined
  for (const move of moves) {
    const { value } = move
    const goesOn =
      last !== undefined && last.scope !== value.scope && (last.raise === undefined) === (value.raise === undefined)
    if (goesOn) runs.at(-1)?.push(move)
    else runs.push([move])
    last = value
  }
  return runs
}

/**
 * The rows are locked in the order of their keys, those too that are not taken. The history is of those that were: its rows
 * count on from `$10`.
 */
const takeRows = `
  WITH new AS MATERIALIZED (
    SELECT * FROM unnest($3::text[], $4::bytea[], $5::bytea[], $6::bytea[], $7::bytea[], $8::bytea[], $9::bytea[])
      WITH ORDINALITY AS one (scope, validator, network, slot, source, target, root, n)
    WHERE slot IS NOT NULL OR source < target OR (source = target AND target = '\\x0000000000000000'::bytea)
  ), taken AS (
    INSERT INTO protection AS held (scope, validator, slot, block_root, source, target, attestation_root)
    SELECT scope, validator, slot, CASE WHEN slot IS NOT NULL THEN root END,
      source, target, CASE WHEN slot IS NULL THEN root END
    FROM new ORDER BY n
    ON CONFLICT (scope) DO UPDATE SET
      slot = coalesce(excluded.slot, held.slot),
      block_root = CASE WHEN excluded.slot IS NULL THEN held.block_root ELSE excluded.block_root END,
      source = coalesce(excluded.source, held.source),
      target = coalesce(excluded.target, held.target),
      attestation_root = CASE WHEN excluded.target IS NULL THEN held.attestation_root
        ELSE excluded.attestation_root END
    WHERE CASE WHEN excluded.slot IS NULL THEN ${attestationIsAbove} ELSE ${blockIsAbove} END
    RETURNING scope
  ), kept AS (
    INSERT INTO signed_duty (stream, seq, n, network, slot, source, target, root, validators)
    SELECT $1, $2, $10::integer + min(n) - 1, network, slot, source, target, root,
      string_agg(validator, ''::bytea ORDER BY n)
    FROM new JOIN taken USING (scope) GROUP BY network, slot, source, target, root
    ON CONFLICT DO NOTHING
  )
  SELECT scope FROM taken`

async function take(session: Session, at: Position, run: Run, from: number): Promise<readonly Owned<ItemFault>[]> {
  const wanted = run.flatMap(({ item, value: { duty } }) => (duty ? [{ item, duty }] : []))
  const duties = wanted.map(({ duty }) => duty)
  const rows = await session.query(takeRows, [at.stream, at.seq, ...columns(duties), from])
  if (rows.length === duties.length) return []
  const taken = new Set(rows.map((row) => text(row, 'scope')))
  const missed = wanted.filter(({ duty }) => !taken.has(duty.scope))
  const held = await locked(
    session,
    missed.map(({ duty }) => duty.scope),
  )
  return missed.flatMap(({ item, duty }) => dutyFaults(duty, held.get(duty.scope)).map((value) => ({ item, value })))
}

function columns(duties: readonly DutyClaim[]): readonly unknown[] {
  const attestations = duties.map((duty) => (duty.kind === 'attestation' ? duty : undefined))
  return [
    duties.map(({ scope }) => scope),
    duties.map(({ scope }) => validatorId(scope)),
    duties.map(({ scope }) => networkId(networkOf(scope))),
    duties.map((duty) => (duty.kind === 'block' ? uint64(duty.slot) : null)),
    attestations.map((duty) => number(duty?.source)),
    attestations.map((duty) => number(duty?.target)),
    duties.map(({ root }) => fromHex(root)),
  ]
}

function number(value: bigint | undefined): Uint8Array | null {
  return value === undefined ? null : uint64(value)
}

function bytes(value: Hex | undefined): Uint8Array | null {
  return value === undefined ? null : fromHex(value)
}

/** What was not taken was locked all the same, but for an attestation that no row could allow. */
async function locked(session: Session, scopes: readonly string[]): Promise<ReadonlyMap<string, ProtectionRow>> {
  const sql = 'SELECT * FROM protection WHERE scope = ANY ($1::text[]) ORDER BY scope FOR UPDATE'
  return new Map((await session.query(sql, [scopes])).map(protectionOf).map((row) => [row.scope, row]))
}

const raiseRows = `
  INSERT INTO protection AS held (scope, validator, slot, block_root, source, target, attestation_root)
  SELECT scope, validator, slot, block_root, source, target, root
  FROM unnest($1::text[], $2::bytea[], $3::bytea[], $4::bytea[], $5::bytea[], $6::bytea[], $7::bytea[])
    WITH ORDINALITY AS new (scope, validator, slot, block_root, source, target, root, n)
  ORDER BY n
  ON CONFLICT (scope) DO UPDATE SET ${raisedRoots},
    slot = greatest(held.slot, excluded.slot),
    source = greatest(held.source, excluded.source),
    target = greatest(held.target, excluded.target)`

async function raise(session: Session, at: Position, run: Run, from: number): Promise<readonly never[]> {
  const raises: readonly ProtectionRaise[] = run.flatMap(({ value }) => value.raise ?? [])
  await Promise.all([
    session.query(raiseRows, [
      raises.map(({ scope }) => scope),
      raises.map(({ scope }) => validatorId(scope)),
      raises.map(({ block }) => number(block?.slot)),
      raises.map(({ block }) => bytes(block?.root)),
      raises.map(({ attestation }) => number(attestation?.source)),
      raises.map(({ attestation }) => number(attestation?.target)),
      raises.map(({ attestation }) => bytes(attestation?.root)),
    ]),
    joinHistory(session, at, raises, from),
  ])
  return []
}

export async function protection(session: Session, scopes: readonly string[]): Promise<readonly ProtectionRow[]> {
  const sql = 'SELECT * FROM protection WHERE scope = ANY ($1::text[])'
  return (await session.query(sql, [scopes])).map(protectionOf)
}

export async function protections(session: Session, after: string | undefined, limit: number) {
  const from = after === undefined ? '' : textPart(fromCursor(after, ['string']), 0)
  const found = await session.query('SELECT * FROM protection WHERE scope > $1 ORDER BY scope LIMIT $2', [from, limit])
  const rows = found.map(protectionOf)
  return { rows, ...nextAfter(rows, limit, (last: ProtectionRow) => toCursor([last.scope])) }
}
