/** A token bucket: at most `rate` a second on average, `burst` at once, in the order of asking. */
import type { Clock } from './clock.ts'

export interface Bucket {
  /**
   * Takes one token and answers how many milliseconds to wait before using it. `undefined` when that would be longer
   * than `limit` milliseconds: then nothing was taken.
   */
  take(limit: number): number | undefined
  /** Milliseconds until a token would be free, 0 when one is. */
  wait(): number
  /** Tokens a second from now on; those taken keep their moments. @throws RangeError when it is not a positive number */
  setRate(rate: number): void
}

export interface BucketOptions {
  /** Tokens a second. */
  readonly rate: number
  readonly burst: number
  readonly clock: Clock
}

/**
 * Kept as the one moment at which the bucket would be full again (the "virtual scheduling" form of the generic cell rate
 * algorithm, ITU-T I.371), so nothing has to be refilled by a timer and a reservation is one addition.
 * @throws RangeError when `rate` or `burst` is not a positive number.
 */
export function createBucket({ rate, burst, clock }: BucketOptions): Bucket {
  if (!(rate > 0) || !(burst >= 1)) throw new RangeError('a bucket needs a rate above 0 and a burst of at least 1')
  let interval = 1000 / rate
  let full = clock.monotonic()
  const wait = (): number => Math.max(0, full - clock.monotonic() - (burst - 1) * interval)
  return {
    wait,
    take(limit) {
      const delay = wait()
      if (delay > limit) return undefined
      full = Math.max(full, clock.monotonic()) + interval
      return delay
    },
    setRate(next) {
      if (!(next > 0)) throw new RangeError('a bucket needs a rate above 0')
      const now = clock.monotonic()
      // As many tokens are missing as before, and each takes as long as it takes now.
      full = now + Math.max(0, full - now) * (1000 / next / interval)
      interval = 1000 / next
    },
  }
}
