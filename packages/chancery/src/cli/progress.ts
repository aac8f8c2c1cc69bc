/** How far something long is, for people. */
import { systemClock } from '../base/clock.ts'

/** Milliseconds between two words, and before the first: what is quick needs none. */
const pause = 1_000

/** Lets through what is said now and then. */
export function nowAndThen<T extends readonly unknown[]>(say: (...words: T) => void): (...words: T) => void {
  let said = systemClock.monotonic()
  return (...words) => {
    const now = systemClock.monotonic()
    if (now - said < pause) return
    said = now
    say(...words)
  }
}
