/** One measured figure beside the physical limit measured in the same run. */

export interface Row {
  readonly name: string
  readonly unit: string
  readonly measured: number
  /** What the machine could do at best, measured in the same run; what that is stands in `against`. */
  readonly limit?: number
  readonly against?: string
  readonly ratio?: number
  /** What is aimed at: a ratio, or a figure in `unit`. */
  readonly goal?: string
  /** For what is counted rather than timed: whether it is as it must be. */
  readonly passed?: boolean
  /** Anything a reader needs to weigh the figure. */
  readonly note?: string
}

export interface Suite {
  readonly name: string
  readonly about: string
  run(progress: (words: string) => void): Promise<readonly Row[]>
}

export function withRatio(row: Row): Row {
  if (row.limit === undefined || row.limit === 0) return row
  return { ...row, ratio: Math.round((row.measured / row.limit) * 1_000) / 1_000 }
}

/** The middle one. */
export function median(values: readonly number[]): number {
  return values.toSorted((a, b) => a - b)[Math.floor(values.length / 2)] ?? Number.NaN
}

export function table(rows: readonly Row[]): string {
  const head = ['name', 'measured', 'limit', 'ratio', 'goal', 'against']
  const lines = rows.map(({ name, measured, unit, limit, ratio, goal, against }) => [
    name,
    `${figure(measured)} ${unit}`,
    limit === undefined ? '' : `${figure(limit)} ${unit}`,
    ratio === undefined ? '' : ratio.toFixed(2),
    goal ?? '',
    against ?? '',
  ])
  const all = [head, ...lines]
  const widths = head.map((_, column) => Math.max(...all.map((line) => line[column]?.length ?? 0)))
  return all
    .map((line) =>
      line
        .map((cell, column) => cell.padEnd(widths[column] ?? 0))
        .join('  ')
        .trimEnd(),
    )
    .join('\n')
}

function figure(value: number): string {
  return value >= 100 ? Math.round(value).toLocaleString('en') : value.toFixed(2)
}
