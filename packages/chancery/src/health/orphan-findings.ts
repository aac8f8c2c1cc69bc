/** What is said of a look for keys that no record names, while it goes on and when it has ended. */
import type { Orphan } from '../core/backend.ts'
import type { KeyRecord } from '../core/key.ts'
import type { Finding, OrphanKeys } from '../core/services.ts'
import { problemFrom, wellOf } from './finding.ts'

/** `partly`: not all was looked at; `failed`: nothing was. */
export type LookEnd = 'done' | 'partly' | 'failed'

/** What is known of a look at one back-end. */
export interface Progress {
  readonly backend: string
  readonly found: Orphan[]
  looked: number
  of: number
  end?: LookEnd
  why?: unknown
}

/** All that is known by now. */
export interface Looked {
  /** It goes on, and more may be found. */
  readonly looking: boolean
  /** Keys looked at, of those that are. */
  readonly looked: number
  readonly of: number
  /** Keys that no record names. */
  readonly found: number
  /** A finding for each of them, and for what could not be looked at. */
  readonly findings: readonly Finding[]
}

/** `keys` by now: one that was taken in since the look began is none. Two back-ends may see the same one. */
export function foundIn(parts: readonly Progress[], keys: () => readonly KeyRecord[]): readonly Orphan[] {
  const found = new Map(parts.flatMap((one) => one.found).map((one) => [one.finding, one]))
  if (found.size === 0) return []
  const isOnRecord = recorded(keys())
  return [...found.values()].filter((one) => !isOnRecord(one))
}

function recorded(keys: readonly KeyRecord[]): (orphan: Orphan) => boolean {
  const ids = new Set<string>(keys.map(({ id }) => id))
  const named = ([name, value]: readonly [string, unknown]) => (typeof value === 'string' ? `${name} ${value}` : name)
  const data = new Set(keys.flatMap(({ ref }) => Object.entries(ref).map(named)))
  return (orphan) => ids.has(orphan.id) || Object.entries(orphan.data).some((one) => data.has(named(one)))
}

const subject = 'orphan keys'

export function shown(parts: readonly Progress[], keys: () => readonly KeyRecord[]): Looked {
  const looking = parts.some(({ end }) => end === undefined)
  const [looked, of] = [sum(parts.map((one) => one.looked)), sum(parts.map((one) => one.of))]
  const found = foundIn(parts, keys).map(({ finding: got, remedy: advice }) => warning(got, advice))
  const gaps = parts.flatMap((one) => gapOf(one, foundIn([one], keys).length))
  const well = parts.length > 0 && found.length + gaps.length === 0 ? [wellOf(subject, 'none')] : []
  return { looking, looked, of, found: found.length, findings: [...well, ...gaps, ...found] }
}

const mostFindings = 1_000

/** For whoever asks again until it has ended, and then wants to know: `doctor` tells all of it. */
export function briefly({ findings, ...counts }: Looked): OrphanKeys {
  const told = counts.looking ? [] : findings.slice(0, mostFindings)
  return { ...counts, findings: told, more: counts.looking ? 0 : findings.length - told.length }
}

function gapOf({ backend, looked, of, end, why }: Progress, found: number): readonly Finding[] {
  if (end === 'done') return []
  const far = of === 0 ? 'none looked at so far' : `${looked} of ${of} keys looked at so far, ${found} found`
  if (end === undefined)
    return [warning(`${backend}: still looking, ${far}`, 'chancery doctor --wait waits until the look has ended')]
  const { got, advice } = problemFrom(subject, why)
  const most = end === 'failed' ? 'could not look' : `not all looked at (${looked} of ${of} keys)`
  return [warning(`${backend}: ${most}: ${got}`, advice)]
}

function warning(got: string, advice?: string): Finding {
  return { subject, level: 'warning', got, ...(advice !== undefined && { advice }) }
}

function sum(counts: readonly number[]): number {
  return counts.reduce((all, one) => all + one, 0)
}
