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

/** Milliseconds after which it is said again that nothing is new: by then people wonder whether it still goes on. */
const silence = 5_000

export interface Progress extends Disposable {
  /** There is news, which is said now and then. */
  tell(): void
}

/** Says how far something is, of which nothing may be heard for a while. To be disposed of when it is over. */
export function keepTelling(say: () => void): Progress {
  let said = systemClock.monotonic()
  const after = (milliseconds: number) => () => {
    const now = systemClock.monotonic()
    if (now - said < milliseconds) return
    said = now
    say()
  }
  const timer = setInterval(after(silence), pause).unref()
  return { tell: after(pause), [Symbol.dispose]: () => clearInterval(timer) }
}
