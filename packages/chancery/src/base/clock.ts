/** Time, as something handed in, so that tests move it. */

export interface Clock {
  /** Milliseconds since 1970, as the machine's clock says; it may jump. */
  now(): number
  /** Milliseconds that never go back; only differences mean anything. */
  monotonic(): number
}

export const systemClock: Clock = {
  now: () => Date.now(),
  monotonic: () => performance.now(),
}

export function isoTime(milliseconds: number): string {
  return new Date(milliseconds).toISOString()
}
