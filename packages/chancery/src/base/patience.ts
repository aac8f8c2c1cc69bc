/** Deadlines of thousands of waits at once, kept by one timer. */
import type { Clock } from './clock.ts'
import { DeadlineExceeded } from './deadline.ts'

export interface Patience {
  /**
   * Waits for `work`, but not much longer than `milliseconds`: what arrives later is dropped, as with `within`.
   * @throws DeadlineExceeded
   */
  wait<T>(milliseconds: number, what: string, work: Promise<T>): Promise<T>
}

interface Waiting {
  readonly at: number
  readonly what: string
  give(error: Error): void
}

/** How much later than it should a wait may end: a timer for each took a twentieth of the edge's time. */
const step = 100

export function createPatience(clock: Clock): Patience {
  const all = new Set<Waiting>()
  let timer: NodeJS.Timeout | undefined
  const look = (): void => {
    const now = clock.monotonic()
    for (const one of all) if (one.at <= now) giveUp(one)
    if (all.size > 0) return
    clearInterval(timer)
    timer = undefined
  }
  const giveUp = (one: Waiting): void => {
    all.delete(one)
    one.give(new DeadlineExceeded(one.what))
  }
  return {
    wait: (milliseconds, what, work) =>
      new Promise((resolve, give) => {
        const one = { at: clock.monotonic() + milliseconds, what, give }
        all.add(one)
        timer ??= setInterval(look, step)
        const forgotten = (): boolean => all.delete(one)
        work.then(
          (value) => {
            if (forgotten()) resolve(value)
          },
          (error: unknown) => {
            if (forgotten()) give(error)
          },
        )
      }),
  }
}
