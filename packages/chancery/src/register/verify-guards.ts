/** Guard rows, kept signatures, outcomes: whether each fits the entries that account for it. */
import { sha256, toHex } from '../base/bytes.ts'
import type { Position } from '../core/store.ts'
import { guardName, pairName, type Place, type Scan, type Taking } from './scan.ts'
import { placeName } from './segment.ts'
import type { KeptSignature } from './source.ts'

/** A guard row holds the root of the entry that took it last, and every earlier root was replaced by name. */
export function judgeGuards(
  rows: ReadonlyMap<string, Taking>,
  scan: Scan,
  asOf: readonly Position[],
): readonly string[] {
  const reach = new Map(asOf.map(({ stream, seq }) => [stream, seq]))
  const unaccounted = [...rows].flatMap(([name, row]) => {
    const taken = scan.takings.get(name)?.some((taking) => samePlace(taking, row) && taking.root === row.root)
    return taken ? [] : [`guard ${name}: ${placeName(row)} holds no entry that took it for ${row.root}`]
  })
  const contradicted = [...scan.takings].flatMap(([name, takings]) =>
    takings
      // Rows taken after the tables were read cannot be among them.
      .filter(({ stream, seq }) => seq <= (reach.get(stream) ?? 0))
      .flatMap((taking) => objection(name, taking, takings, rows.get(name))),
  )
  return [...unaccounted, ...contradicted]
}

function samePlace(a: Position, b: Position): boolean {
  return a.stream === b.stream && a.seq === b.seq
}

function objection(
  name: string,
  taking: Taking,
  takings: readonly Taking[],
  row: Taking | undefined,
): readonly string[] {
  if (row === undefined) return [`guard ${name}: ${placeName(taking)} took it, and the row is gone`]
  if (leadsTo(taking.root, row.root, takings)) return []
  return [`guard ${name}: ${placeName(taking)} took it for ${taking.root}, the row holds ${row.root}`]
}

/** Whether named replacements lead from one root to another. */
function leadsTo(from: string, to: string, takings: readonly Taking[]): boolean {
  const seen = new Set<string>()
  const open = [from]
  for (let root = open.pop(); root !== undefined; root = open.pop()) {
    if (root === to) return true
    if (seen.has(root)) continue
    seen.add(root)
    for (const next of takings) if (next.replaces === root) open.push(next.root)
  }
  return false
}

/** Every outcome has an earlier attempt that names each (public key, payload) it signed. */
export function judgeOutcomes(scan: Scan): readonly string[] {
  return scan.outcomes.flatMap((outcome) => {
    const attempt = scan.attempts.get(outcome.attempt)
    const name = `${placeName(outcome)}: the outcome of ${outcome.attempt}`
    if (!attempt?.places.some((place) => isEarlier(place, outcome))) return [`${name} has no earlier attempt`]
    const strange = outcome.signatures.filter(({ pair }) => !attempt.pairs.has(pair))
    return strange.map(({ pair }) => `${name} signed ${pair}, which its attempt does not name`)
  })
}

/** Between streams nothing but the tree orders segments: an attempt of a process that stopped may be ended by another. */
function isEarlier(attempt: Place, outcome: Place): boolean {
  if (attempt.stream !== outcome.stream) return true
  return attempt.seq < outcome.seq || (attempt.seq === outcome.seq && attempt.index < outcome.index)
}

/** Every kept signature belongs to an attempt, and is the one some outcome names. */
export function judgeSignatures(kept: readonly KeptSignature[], scan: Scan): readonly string[] {
  const attempted = new Set([...scan.attempts.values()].flatMap(({ pairs }) => [...pairs]))
  const made = new Set(scan.outcomes.flatMap(({ signatures }) => signatures.map(({ pair, hash }) => `${pair} ${hash}`)))
  return kept.flatMap(({ publicKey, payload, signature }) => {
    const pair = pairName(publicKey, payload)
    if (!attempted.has(pair)) return [`signature ${pair}: no attempt names it`]
    if (signature === undefined || made.has(`${pair} ${toHex(sha256(signature.bytes))}`)) return []
    return [`signature ${pair}: no outcome names these bytes`]
  })
}

export function rowsByName(rows: readonly Taking[]): ReadonlyMap<string, Taking> {
  return new Map(rows.map((row) => [guardName(row), row]))
}
