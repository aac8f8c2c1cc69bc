/**
 * Windows: how far amounts of a round fit. Both databases hand over what stands, in rows that the transaction holds locked,
 * and write what comes out: the totals only ever where they are still what was handed over (safety rule 2).
 */
import type { Hex } from '../base/bytes.ts'
import type { WindowRow } from '../core/claim.ts'
import { periodOf } from '../core/period.ts'
import type { ItemFault, Round } from '../core/store.ts'
import { owned, type Owned } from './round.ts'

/** What stands before the round, for every window and use it names. */
export interface Standing {
  /** By `windowName`; absent is zero. */
  readonly totals: ReadonlyMap<string, bigint>
  /** Amounts that count, by `useName`. */
  readonly uses: ReadonlyMap<string, bigint>
  /** The store's clock, milliseconds since 1970. */
  readonly now: number
  /** When the newest gap was accepted, by the same clock. */
  readonly gap: number | undefined
}

export interface NewTotal {
  readonly scope: string
  readonly period: string
  readonly before: bigint
  readonly total: bigint
}

export interface WindowVerdict {
  readonly faults: readonly Owned<ItemFault>[]
  /** Items that fit, and not together with those before them. */
  readonly crowded: readonly number[]
  /** What to write when there are neither: in order of their keys. */
  readonly uses: readonly WindowRow[]
  readonly totals: readonly NewTotal[]
}

type Name = { readonly scope: string; readonly period: string }

/** Unique, and sorts as scope and period do: NUL is refused inside text. */
export function windowName({ scope, period }: Name): string {
  return `${scope}\0${period}`
}

export function useName(row: Name & { readonly root: Hex }): string {
  return `${windowName(row)}\0${row.root.toLowerCase()}`
}

/** Each window once, in order of key: writers that lock in one order cannot deadlock. */
export function windowsOf(rows: readonly WindowRow[]): readonly Name[] {
  const windows = new Map(rows.map(({ scope, period }) => [windowName({ scope, period }), { scope, period }]))
  return [...windows].toSorted(([a], [b]) => (a < b ? -1 : 1)).map(([, window]) => window)
}

/** Items are judged in their order; one that is refused counts nothing for those behind it. */
export function judgeWindows(round: Round, standing: Standing): WindowVerdict {
  const taken = new Map(standing.totals)
  const faults: Owned<ItemFault>[] = []
  const crowded: number[] = []
  const uses: WindowRow[] = []
  for (const [item, { windows = [] }] of round.items.entries()) {
    const found = faultsOf(windows, standing)
    faults.push(...found.map((value) => ({ item, value })))
    if (found.length > 0) continue
    const fresh = windows.filter((row) => !standing.uses.has(useName(row)))
    const after = added(taken, fresh)
    if (fresh.some((row) => (after.get(windowName(row)) ?? 0n) > row.limit)) crowded.push(item)
    else keep(uses, fresh, taken, after)
  }
  uses.sort((a, b) => (useName(a) < useName(b) ? -1 : 1))
  return { faults, crowded, uses, totals: newTotals(uses, standing, taken) }
}

function keep(uses: WindowRow[], fresh: readonly WindowRow[], taken: Map<string, bigint>, after: typeof taken): void {
  uses.push(...fresh)
  for (const [name, total] of after) taken.set(name, total)
}

/** What windows would hold with some rows more, for the windows of these rows. */
function added(totals: ReadonlyMap<string, bigint>, rows: readonly WindowRow[]): Map<string, bigint> {
  const sums = new Map<string, bigint>()
  for (const row of rows) {
    const name = windowName(row)
    sums.set(name, (sums.get(name) ?? totals.get(name) ?? 0n) + row.amount)
  }
  return sums
}

/** What cannot be, were the item alone in its round. What counts already is free, at any time. */
function faultsOf(rows: readonly WindowRow[], standing: Standing): readonly ItemFault[] {
  const fresh = rows.filter((row) => !standing.uses.has(useName(row)))
  const sums = added(standing.totals, fresh)
  return rows.flatMap((row) => {
    const held = standing.uses.get(useName(row))
    if (held !== undefined) return held === row.amount ? [] : [{ reason: 'counted', row, held } as const]
    return freshFault(row, (sums.get(windowName(row)) ?? 0n) - row.amount, standing) ?? []
  })
}

function freshFault(row: WindowRow, used: bigint, { now, gap }: Standing): ItemFault | undefined {
  const { limit } = row
  const period = periodOf(row.period)
  if (period === undefined || now < period.start || now >= period.end) return { reason: 'period', row, now }
  // A clock that was set back since must not make the window look younger than the gap.
  if (gap !== undefined && gap >= period.start) return { reason: 'window', row, used: limit, limit, gap }
  return used + row.amount > limit ? { reason: 'window', row, used, limit } : undefined
}

function newTotals(
  uses: readonly WindowRow[],
  { totals }: Standing,
  taken: ReadonlyMap<string, bigint>,
): readonly NewTotal[] {
  return windowsOf(uses).map((window) => {
    const name = windowName(window)
    return { ...window, before: totals.get(name) ?? 0n, total: taken.get(name) ?? 0n }
  })
}

export function windowsIn(round: Round): readonly WindowRow[] {
  return owned(round, (item) => item.windows).map(({ value }) => value)
}
