/** The moment after which an answer is no longer wanted. Every call to a store, a back-end or a node carries one. */
import { clearAlarm, setAlarm } from './alarm.ts'
import type { Clock } from './clock.ts'

export interface Deadline {
  /** On the clock's monotonic scale, in milliseconds. */
  readonly at: number
  readonly clock: Clock
}

export class DeadlineExceeded extends Error {
  override readonly name = 'DeadlineExceeded'

  constructor(what: string) {
    super(`${what} did not answer in time`)
  }
}

export function deadlineIn(milliseconds: number, clock: Clock): Deadline {
  return { at: clock.monotonic() + milliseconds, clock }
}

/** Milliseconds left, never below zero. */
export function left(deadline: Deadline): number {
  return Math.max(0, deadline.at - deadline.clock.monotonic())
}

/** The earlier of two: a step never outlives the whole. */
export function atMost(deadline: Deadline, milliseconds: number): Deadline {
  return { at: Math.min(deadline.at, deadline.clock.monotonic() + milliseconds), clock: deadline.clock }
}

/**
 * Waits for `work`, but not past the deadline. What arrives later is dropped; the work itself is not stopped, so this
 * says "in doubt", never "did not happen". It may be told 20 ms late: whoever must not act on what came late asks `left`.
 * @throws DeadlineExceeded
 */
export function within<T>(deadline: Deadline, what: string, work: Promise<T>): Promise<T> {
  // By hand: a race and a `finally` are a third of what a fast piece of work costs.
  return new Promise((resolve, reject) => {
    const late = () => reject(new DeadlineExceeded(what))
    const alarm = setAlarm(left(deadline), late)
    work.then(
      (value) => {
        clearAlarm(alarm)
        resolve(value)
      },
      (error: unknown) => {
        clearAlarm(alarm)
        reject(error)
      },
    )
  })
}
