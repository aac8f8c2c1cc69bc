/** Reading what other processes changed, before something is decided. */
import type { Clock } from '../base/clock.ts'
import { deadlineIn } from '../base/deadline.ts'
import type { State } from '../core/state.ts'

/** Milliseconds: one read under way and one's own stay within a second together. */
const readLimit = 500

/**
 * Resolves when the current snapshot holds every change made before the call. One small read at a time, however many ask:
 * who comes while one is under way shares the next, for that one may have begun too early for him.
 * @throws Failed as `refresh` does
 */
export function createCatchUp(state: Pick<State, 'refreshIfMoved'>, clock: Clock): () => Promise<void> {
  let last: Promise<unknown> = Promise.resolve()
  let next: Promise<void> | undefined
  const begin = (): Promise<void> => {
    const read = last.then(async () => {
      next = undefined
      await state.refreshIfMoved(deadlineIn(readLimit, clock))
    })
    last = read.catch(() => {})
    return read
  }
  return () => (next ??= begin())
}
