/** Slashing protection: whether each row is what the entries make of it, and whether the history is of what they name. */
import { hash } from 'node:crypto'
import type { Hex } from '../base/bytes.ts'
import type { EntryDuty } from '../core/claim.ts'
import type { ProtectionRow, SignedDuty } from '../core/protection.ts'
import { folded, mayLackRoot, type Fold, type Step } from './protection-fold.ts'

/** What entries did to one row. */
export interface Steps {
  /** What was in the register before the rows were read. */
  settled?: Fold
  /** What came since: the row may have it or not. */
  readonly late: Step[]
}

export function addStep(steps: Map<string, Steps>, step: Step, settled: boolean): void {
  const all = steps.get(step.scope) ?? { late: [] }
  if (settled) all.settled = folded(all.settled ?? {}, step)
  else all.late.push(step)
  steps.set(step.scope, all)
}

/** At rest a row is exactly what the entries make of it. While it moves, it lies between what it was and what it became. */
export function judgeProtection(rows: readonly ProtectionRow[], steps: ReadonlyMap<string, Steps>): readonly string[] {
  const held = new Map(rows.map((row) => [row.scope, row]))
  const unknown = rows
    .filter(({ scope }) => !steps.has(scope))
    .map(({ scope }) => named(scope, 'no entry made the row'))
  return [...unknown, ...[...steps].flatMap(([scope, one]) => judgeRow(scope, held.get(scope), one))]
}

function named(scope: string, what: string): string {
  return `protection ${scope}: ${what}`
}

function judgeRow(scope: string, row: ProtectionRow | undefined, { settled, late }: Steps): readonly string[] {
  if (row === undefined) return settled === undefined ? [] : [named(scope, 'entries made the row, and it is gone')]
  const least = settled ?? {}
  const most = late.reduce(folded, least)
  const roots = late.flatMap(({ block, attestation }) => [block?.root, attestation?.root])
  return [...judgeBlock(row, least, most, roots), ...judgeAttestation(row, least, most, roots)].map((what) =>
    named(scope, what),
  )
}

type Roots = readonly (Hex | undefined)[]

function judgeBlock({ block }: ProtectionRow, least: Fold, most: Fold, late: Roots): readonly string[] {
  if (!isBetween(block?.slot, least.block?.slot, most.block?.slot)) {
    return [`the row holds slot ${block?.slot}, the entries make it ${most.block?.slot}`]
  }
  const moves = most !== least
  const roots = moves ? [least.block?.root, most.block?.root, ...late, undefined] : [least.block?.root]
  return judgeRoot('block', block?.root, roots)
}

function judgeAttestation({ attestation }: ProtectionRow, least: Fold, most: Fold, late: Roots): readonly string[] {
  const [low, high] = [least.votes, most.votes]
  const between =
    isBetween(attestation?.source, low?.source, high?.source) &&
    isBetween(attestation?.target, low?.target, high?.target)
  if (!between) {
    const got = attestation && `${attestation.source} to ${attestation.target}`
    return [`the row holds ${got}, the entries make it ${high && `${high.source} to ${high.target}`}`]
  }
  if (most !== least) return judgeRoot('attestation', attestation?.root, [low?.root, high?.root, ...late, undefined])
  const roots = low && mayLackRoot(low) ? [low.root, undefined] : [low?.root]
  return judgeRoot('attestation', attestation?.root, roots)
}

/** Absent is less than everything. */
function isBetween(value: bigint | undefined, low: bigint | undefined, high: bigint | undefined): boolean {
  const at = value ?? -1n
  return at >= (low ?? -1n) && at <= (high ?? -1n)
}

function judgeRoot(what: string, root: Hex | undefined, allowed: Roots): readonly string[] {
  const names = allowed.map((one) => one?.toLowerCase())
  if (names.includes(root?.toLowerCase())) return []
  return [`the row holds the ${what} root ${root ?? 'of nobody'}, the entries make it ${allowed[0] ?? 'unknown'}`]
}

export interface Unaccounted {
  /** Duties of the history that no attempt was found for yet, by a short hash, with their scopes. */
  readonly duties: Map<string, string>
  /** How often duties of a scope stand there once more: a signature writes its duty once, so only imports bring that. */
  readonly again: Map<string, number>
}

export function addDuty({ duties, again }: Unaccounted, duty: SignedDuty): void {
  const name = historyName(duty)
  if (duties.has(name)) again.set(duty.scope, (again.get(duty.scope) ?? 0) + 1)
  else duties.set(name, duty.scope)
}

export function historyName(duty: EntryDuty | SignedDuty): string {
  const numbers = duty.kind === 'block' ? `${duty.slot}` : `${duty.source} ${duty.target}`
  const text = `${duty.kind} ${duty.scope} ${numbers} ${duty.root?.toLowerCase()}`
  return hash('sha256', text, 'base64url').slice(0, 16)
}

/** What imports brought stands in the register by count alone: so many duties may be of no attempt, and no more. */
export function judgeHistory({ duties, again }: Unaccounted, brought: number): readonly string[] {
  const size = [...again.values()].reduce((sum, times) => sum + times, duties.size)
  if (size <= brought) return []
  const scopes = [...new Set([...duties.values(), ...again.keys()])]
  const shown = scopes.slice(0, 3).join(', ')
  return [
    `history: ${size} duties stand in no attempt, imports brought ${brought}; they are of ${shown}` +
      (scopes.length > 3 ? ` and ${scopes.length - 3} more` : ''),
  ]
}
