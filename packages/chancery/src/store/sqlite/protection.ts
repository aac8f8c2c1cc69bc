/** The gate of slashing protection: one row a scope, and one statement that judges and writes it. */
import { fromHex, uint64 } from '../../base/bytes.ts'
import type { DutyClaim } from '../../core/claim.ts'
import type { ProtectionRaise, ProtectionRow } from '../../core/protection.ts'
import type { ItemFault, Round } from '../../core/store.ts'
import { fromCursor, nextAfter, textPart, toCursor } from '../cursor.ts'
import {
  attestationIsAbove,
  blockIsAbove,
  dutyFaults,
  movesInOrder,
  protectionOf,
  raisedRoots,
  validatorId,
  type Past,
} from '../protection.ts'
import type { Owned } from '../round.ts'
import type { Database } from './database.ts'
import { writeHistory } from './history.ts'

/** What was signed for the first time, and what raises bring, joins the history, behind the rows. */
export function takeProtection(db: Database, round: Round): readonly Owned<ItemFault>[] {
  const moves = movesInOrder(round)
  if (moves.length === 0) return []
  const faults: Owned<ItemFault>[] = []
  const history: Past[] = []
  for (const { item, value } of moves) {
    if (value.raise) {
      raise(db, value.raise)
      if (value.raise.history) history.push({ scope: value.scope, duties: value.raise.history })
    } else if (take(db, value.duty)) history.push({ scope: value.scope, duties: [value.duty] })
    else faults.push(...dutyFaults(value.duty, row(db, value.scope)).map((fault) => ({ item, value: fault })))
  }
  if (faults.length === 0) writeHistory(db, round, history)
  return faults
}

// Made once: a statement is looked up by its text for every duty.
const takeBlockRow = `INSERT INTO protection AS held (scope, validator, slot, block_root) VALUES (?, ?, ?, ?)
   ON CONFLICT (scope) DO UPDATE SET slot = excluded.slot, block_root = excluded.block_root
   WHERE ${blockIsAbove}`

const takeAttestationRow = `INSERT INTO protection AS held (scope, validator, source, target, attestation_root)
   SELECT ?1, ?2, ?3, ?4, ?5 WHERE ?3 < ?4 OR (?3 = ?4 AND ?4 = zeroblob(8))
   ON CONFLICT (scope) DO UPDATE SET source = excluded.source, target = excluded.target,
     attestation_root = excluded.attestation_root
   WHERE ${attestationIsAbove}`

const raiseRow = `INSERT INTO protection AS held (scope, validator, slot, block_root, source, target, attestation_root)
   VALUES (?, ?, ?, ?, ?, ?, ?)
   ON CONFLICT (scope) DO UPDATE SET ${raisedRoots},
     slot = coalesce(max(held.slot, excluded.slot), held.slot, excluded.slot),
     source = coalesce(max(held.source, excluded.source), held.source, excluded.source),
     target = coalesce(max(held.target, excluded.target), held.target, excluded.target)`

/** Whether it went beyond the row. */
function take(db: Database, duty: DutyClaim): boolean {
  return (duty.kind === 'block' ? takeBlock(db, duty) : takeAttestation(db, duty)) === 1
}

function takeBlock(db: Database, { scope, slot, root }: Extract<DutyClaim, { kind: 'block' }>): number {
  return db.run(takeBlockRow, scope, validatorId(scope), uint64(slot), fromHex(root))
}

function takeAttestation(db: Database, duty: Extract<DutyClaim, { kind: 'attestation' }>): number {
  const { scope, source, target, root } = duty
  return db.run(takeAttestationRow, scope, validatorId(scope), uint64(source), uint64(target), fromHex(root))
}

function raise(db: Database, { scope, block, attestation }: ProtectionRaise): void {
  db.run(
    raiseRow,
    scope,
    validatorId(scope),
    block ? uint64(block.slot) : null,
    block?.root ? fromHex(block.root) : null,
    attestation ? uint64(attestation.source) : null,
    attestation ? uint64(attestation.target) : null,
    attestation?.root ? fromHex(attestation.root) : null,
  )
}

function row(db: Database, scope: string): ProtectionRow | undefined {
  const found = db.get('SELECT * FROM protection WHERE scope = ?', scope)
  return found && protectionOf(found)
}

export function protection(db: Database, scopes: readonly string[]): readonly ProtectionRow[] {
  return [...new Set(scopes)].flatMap((scope) => row(db, scope) ?? [])
}

export function protections(db: Database, after: string | undefined, limit: number) {
  const from = after === undefined ? '' : textPart(fromCursor(after, ['string']), 0)
  const sql = 'SELECT * FROM protection WHERE scope > ? ORDER BY scope LIMIT ?'
  const rows = db.all(sql, from, limit).map(protectionOf)
  return { rows, ...nextAfter(rows, limit, (last: ProtectionRow) => toCursor([last.scope])) }
}
