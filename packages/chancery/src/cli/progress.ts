/** How far something long is, for people. */
import { systemClock } from '../base/clock.ts'

/** Milliseconds between two words, and before the first: what is quick needs none. */
const pause = 1_000

/** Milliseconds after which it is said again that nothing is new: by then people wonder whether it still goes on. */
const silence = 5_000

/** @returns whether so many milliseconds have passed since it last said that they had, or since the beginning */
function throttle(): (milliseconds: number) => boolean {
  let said = systemClock.monotonic()
  return (milliseconds) => {
    const now = systemClock.monotonic()
    if (now - said < milliseconds) return false
    said = now
    return true
  }
}

/** Lets through what is said now and then. For work that tells of itself all the time, such as row by row. */
export function nowAndThen<T extends readonly unknown[]>(say: (...words: T) => void): (...words: T) => void {
  const isTime = throttle()
  return (...words) => {
    if (isTime(pause)) say(...words)
  }
}

export interface Progress extends Disposable {
  /** There is news, which is said now and then. */
  tell(): void
}

/**
 * Says how far something is, also while nothing is heard of it. To be disposed of when it is over. For work that waits for a
 * service's answers, of which one may take long.
 */
export function keepTelling(say: () => void): Progress {
  const isTime = throttle()
  const after = (milliseconds: number) => () => {
    if (isTime(milliseconds)) say()
  }
  const timer = setInterval(after(silence), pause).unref()
  return { tell: after(pause), [Symbol.dispose]: () => clearInterval(timer) }
}
