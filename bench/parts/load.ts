/** Closed-loop load: so many callers, each asking again as soon as it is answered. */

/** Milliseconds. */
export interface Quantiles {
  readonly p50: number
  readonly p99: number
}

export interface Load extends Quantiles {
  readonly perSecond: number
  readonly count: number
}

/** Runs `call` for `seconds` after a warm-up of a fifth of that. What `call` throws ends the run. */
export async function load(callers: number, seconds: number, call: () => Promise<void>): Promise<Load> {
  await during(callers, seconds / 5, call)
  const times = await during(callers, seconds, call)
  const count = times.milliseconds.length
  return { perSecond: count / times.seconds, count, ...quantiles(times.milliseconds) }
}

export function quantiles(milliseconds: readonly number[]): Quantiles {
  const sorted = milliseconds.toSorted((a, b) => a - b)
  const at = (share: number) => sorted[Math.min(sorted.length - 1, Math.floor(sorted.length * share))] ?? 0
  return { p50: at(0.5), p99: at(0.99) }
}

async function during(callers: number, seconds: number, call: () => Promise<void>) {
  const began = performance.now()
  const end = began + seconds * 1_000
  const milliseconds: number[] = []
  const loop = async () => {
    while (performance.now() < end) {
      const asked = performance.now()
      await call()
      milliseconds.push(performance.now() - asked)
    }
  }
  await Promise.all(Array.from({ length: callers }, loop))
  return { milliseconds, seconds: (performance.now() - began) / 1_000 }
}

/** The middle of three: one process on a shared machine now and then runs slow. */
export async function medianOfThree(measure: () => Promise<Load>): Promise<Load> {
  const [one, two, three] = [await measure(), await measure(), await measure()]
  const [slow, fast] = one.perSecond < two.perSecond ? [one, two] : [two, one]
  if (three.perSecond < slow.perSecond) return slow
  return three.perSecond > fast.perSecond ? fast : three
}
