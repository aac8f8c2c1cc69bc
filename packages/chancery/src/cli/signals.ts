/** Being told to stop: once to do it in order, twice to do it at once. */
import type { Clock } from '../base/clock.ts'

/** The process, or what stands for it. */
export interface SignalSource {
  on(signal: NodeJS.Signals, listener: (signal: NodeJS.Signals) => void): unknown
}

/**
 * Milliseconds in which another signal is still the first one: a terminal or a supervisor sends it to the whole process
 * group, and npm or the launcher, which is in that group, passes on the one it got, or ends its children with another.
 */
const echo = 500

/**
 * Aborted by the first signal, which is its reason; `again` is called for every one that comes after its echoes. A hang-up
 * ends the service too, unless it has another meaning there.
 */
export function firstSignal(
  source: SignalSource,
  clock: Clock,
  again: (signal: NodeJS.Signals) => void,
  hangUp?: () => void,
): AbortSignal {
  const first = new AbortController()
  let at = 0
  const heard = (signal: NodeJS.Signals): void => {
    const now = clock.monotonic()
    if (!first.signal.aborted) {
      at = now
      first.abort(signal)
    } else if (now - at >= echo) again(signal)
  }
  for (const signal of ['SIGTERM', 'SIGINT'] as const) source.on(signal, heard)
  source.on('SIGHUP', hangUp ?? heard)
  return first.signal
}
