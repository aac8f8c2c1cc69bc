/** Long work in short pieces, so that duties are signed in between. */
import { setImmediate as nextTurn } from 'node:timers/promises'
import type { Clock } from './clock.ts'

/** Milliseconds of work between two turns of the event loop. */
const turn = 5

/** To be awaited often: mostly it does nothing. */
export type Pause = () => Promise<void> | undefined

export function createPause(clock: Clock): Pause {
  let since = clock.monotonic()
  return () => {
    if (clock.monotonic() - since < turn) return undefined
    return nextTurn().then(() => {
      since = clock.monotonic()
    })
  }
}
