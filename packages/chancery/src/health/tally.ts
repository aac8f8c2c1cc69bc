/**
 * Counts and times for what happens thousands of times a second: numbers in arrays that are there from the start, so that
 * counting allocates nothing (10 to 30 ns each). The text is made when somebody asks for it.
 */

/** A line of a family: its labels as Prometheus writes them, such as `route="POST /v1"`, and empty for none. */
export interface Labels {
  readonly labels: string
}

/** Upper ends in milliseconds: 15 and 75 are what a block and a burst of attestations are promised. */
const ends = [
  0.5, 1, 2, 3, 5, 7.5, 10, 15, 25, 50, 75, 100, 250, 500, 1_000, 2_500, 5_000, 10_000, 30_000, 60_000,
] as const

/** Cells behind those of the buckets: what was longer than all of them, and the sum. */
const over = ends.length
const sum = over + 1

/** A histogram of times. */
export class Times {
  readonly #cells = new Float64Array(sum + 1)

  observe(milliseconds: number): void {
    let at = 0
    while (at < over && milliseconds > (ends[at] ?? Infinity)) at += 1
    this.#add(at, 1)
    this.#add(sum, milliseconds)
  }

  total(): Total {
    const count = this.#cells.subarray(0, sum).reduce((all, one) => all + one, 0)
    return { seconds: (this.#cells[sum] ?? 0) / 1_000, count }
  }

  /** Cumulated, by their upper ends in seconds. */
  buckets(): readonly (readonly [end: number, count: number])[] {
    let total = 0
    return ends.map((end, at) => [end / 1_000, (total += this.#cells[at] ?? 0)])
  }

  #add(at: number, by: number): void {
    this.#cells[at] = (this.#cells[at] ?? 0) + by
  }
}

/** Counters in a row, by number. */
export class Counts {
  readonly #cells: Float64Array

  constructor(length: number) {
    this.#cells = new Float64Array(length)
  }

  add(at: number, by = 1): void {
    this.#cells[at] = (this.#cells[at] ?? 0) + by
  }

  at(at: number): number {
    return this.#cells[at] ?? 0
  }
}

export function counterText(
  name: string,
  help: string,
  rows: readonly (Labels & { readonly count: number })[],
): string {
  return family(
    name,
    help,
    'counter',
    rows.map(({ labels, count }) => `${name}${braced(labels)} ${count}`),
  )
}

/** A counter without labels. */
export function totalText(name: string, help: string, count: number): string {
  return counterText(name, help, [{ labels: '', count }])
}

/** A number that goes both ways, without labels. */
export function gaugeText(name: string, help: string, value: number): string {
  return family(name, help, 'gauge', [`${name} ${value}`])
}

export function histogramText(
  name: string,
  help: string,
  rows: readonly (Labels & { readonly times: Times })[],
): string {
  const lines = rows.flatMap(({ labels, times }) => {
    const more = labels === '' ? '' : `${labels},`
    const buckets = times.buckets().map(([end, count]) => `${name}_bucket{${more}le="${end}"} ${count}`)
    const total = times.total()
    return [...buckets, `${name}_bucket{${more}le="+Inf"} ${total.count}`, ...totals(name, { labels, ...total })]
  })
  return family(name, help, 'histogram', lines)
}

/** Sum and count alone, as Web3Signer's timers have them beside their quantiles. */
export function summaryText(name: string, help: string, rows: readonly (Labels & Total)[]): string {
  return family(
    name,
    help,
    'summary',
    rows.flatMap((row) => totals(name, row)),
  )
}

export interface Total {
  readonly seconds: number
  readonly count: number
}

function totals(name: string, { labels, seconds, count }: Labels & Total): readonly string[] {
  return [`${name}_sum${braced(labels)} ${seconds}`, `${name}_count${braced(labels)} ${count}`]
}

function family(name: string, help: string, type: string, lines: readonly string[]): string {
  return [`# HELP ${name} ${help}`, `# TYPE ${name} ${type}`, ...lines, ''].join('\n')
}

function braced(labels: string): string {
  return labels === '' ? '' : `{${labels}}`
}
