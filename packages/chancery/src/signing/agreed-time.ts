/** Whether our clock and the store's agree, asked of the store once in a while and kept up to date in between. */
import type { Clock } from '../base/clock.ts'
import { deadlineIn, within, type Deadline } from '../base/deadline.ts'
import { Failed } from '../core/errors.ts'
import { commitLimit } from '../core/recorder.ts'
import type { Store } from '../core/store.ts'

/** Milliseconds (safety rule 8). */
const tolerance = 2_000
/** How long an answer holds: a clock does not drift by a second in that time, and one that jumps is seen at once. */
const askedEvery = 5_000

interface Answer {
  /** The store's clock, when ours was `monotonic`. */
  readonly time: number
  readonly monotonic: number
}

/**
 * Answers with our time, and throws Failed `clock-in-doubt` when the store's is further away than two seconds. Callers that
 * come while the store is asked share the question.
 */
export function createAgreedTime(parts: {
  readonly clock: Clock
  readonly store: Pick<Store, 'time'>
}): (deadline: Deadline) => Promise<number> {
  const { clock, store } = parts
  let asking: Promise<Answer> | undefined
  let last: Answer | undefined
  const question = async (): Promise<Answer> => {
    const monotonic = clock.monotonic()
    last = { time: await store.time(deadlineIn(commitLimit, clock)), monotonic }
    return last
  }
  const ask = (): Promise<Answer> =>
    (asking ??= question().finally(() => {
      asking = undefined
    }))
  return async (deadline) => {
    const known = last !== undefined && clock.monotonic() - last.monotonic < askedEvery ? last : undefined
    const { time, monotonic } = known ?? (await within(deadline, 'the store', ask()))
    return agreed(clock.now(), time + clock.monotonic() - monotonic)
  }
}

function agreed(ours: number, theirs: number): number {
  const apart = Math.round(Math.abs(ours - theirs))
  if (apart <= tolerance) return ours
  throw new Failed('clock-in-doubt', `The clock is ${apart} ms apart from the store's`)
}
