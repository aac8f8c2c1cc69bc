/** Windows and accepted gaps: whether what counts is what entries counted, and totals are the sums of it. */
import type { WindowRow } from '../core/claim.ts'
import type { AcceptedGap, Position, WindowTotal } from '../core/store.ts'
import type { Counting, Scan } from './scan.ts'
import { placeName } from './segment.ts'
import type { WindowTables } from './source.ts'

/** Every use stands in the entry at its position; every entry's stands among the uses; totals are sums, within the limit. */
export function judgeWindows(tables: WindowTables, scan: Scan, asOf: readonly Position[]): readonly string[] {
  const { uses } = tables
  const counted = new Set(scan.countings.map((row) => `${useName(row)} ${row.amount} ${placeName(row)}`))
  const amounts = new Map(uses.map((row) => [useName(row), row.amount]))
  const strange = uses.filter((row) => !counted.has(`${useName(row)} ${row.amount} ${placeName(row)}`))
  return [
    ...strange.map((row) => `window ${useName(row)}: ${placeName(row)} holds no entry that counted ${row.amount}`),
    ...withinReach(scan.countings, asOf).flatMap((row) => objection(row, amounts.get(useName(row)))),
    ...judgeTotals(tables, scan),
  ]
}

/** Rows written after the tables were read cannot be among them. */
function withinReach<T extends Position>(rows: readonly T[], asOf: readonly Position[]): readonly T[] {
  const reach = new Map(asOf.map(({ stream, seq }) => [stream, seq]))
  return rows.filter(({ stream, seq }) => seq <= (reach.get(stream) ?? 0))
}

function objection(row: Counting, amount: bigint | undefined): readonly string[] {
  if (amount === row.amount) return []
  const found = amount === undefined ? 'the row is gone' : `the row holds ${amount}`
  return [`window ${useName(row)}: ${placeName(row)} counted ${row.amount}, ${found}`]
}

function judgeTotals({ before, uses, after }: WindowTables, scan: Scan): readonly string[] {
  const sums = new Map<string, bigint>()
  for (const row of uses) sums.set(windowName(row), (sums.get(windowName(row)) ?? 0n) + row.amount)
  const limits = highestLimits(scan.countings)
  const [least, most] = [totalsByName(before), totalsByName(after)]
  const names = new Set([...sums.keys(), ...least.keys(), ...most.keys()])
  return [...names].flatMap((name) => {
    const [sum, limit] = [sums.get(name) ?? 0n, limits.get(name) ?? 0n]
    const [low, high] = [least.get(name) ?? 0n, most.get(name)]
    if (high === undefined) return [`window ${name}: ${sum} counts, and the total is gone`]
    if (sum < low || sum > high) return [`window ${name}: ${sum} counts, the total is ${high}`]
    return sum > limit ? [`window ${name}: ${sum} counts, the limit was ${limit}`] : []
  })
}

/** Limits change: what counts was within the one of the entry that came last, so it is within the highest. */
function highestLimits(countings: readonly Counting[]): ReadonlyMap<string, bigint> {
  const limits = new Map<string, bigint>()
  for (const row of countings) {
    const name = windowName(row)
    if (row.limit >= (limits.get(name) ?? 0n)) limits.set(name, row.limit)
  }
  return limits
}

function totalsByName(rows: readonly WindowTotal[]): ReadonlyMap<string, bigint> {
  return new Map(rows.map((row) => [windowName(row), row.total]))
}

function windowName({ scope, period }: Pick<WindowRow, 'scope' | 'period'>): string {
  return `${scope} ${period}`
}

function useName(row: Pick<WindowRow, 'scope' | 'period' | 'root'>): string {
  return `${windowName(row)} ${row.root.toLowerCase()}`
}

/** Each moment at which windows were filled stands in the register, and none that stands there was taken away. */
export function judgeGaps(
  gaps: readonly AcceptedGap[],
  { fillings }: Pick<Scan, 'fillings'>,
  asOf: readonly Position[],
): readonly string[] {
  const [noted, said] = [new Set(gaps.map(placeName)), new Set(fillings.map(placeName))]
  const lost = withinReach(fillings, asOf).filter((place) => !noted.has(placeName(place)))
  return [
    ...gaps
      .filter((gap) => !said.has(placeName(gap)))
      .map((gap) => `gap of ${placeName(gap)}: nobody accepted it there`),
    ...lost.map((place) => `gap of ${placeName(place)}: it was accepted, and its moment is gone`),
  ]
}
