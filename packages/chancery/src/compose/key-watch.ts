/** A look at every key in its back-end: what changed there outside the service. */
import type { Clock } from '../base/clock.ts'
import { deadlineIn } from '../base/deadline.ts'
import { canWatch, type KeyBackend } from '../core/backend.ts'
import { refOf, type KeyRecord } from '../core/key.ts'

export interface KeyWatchParts {
  readonly backends: readonly KeyBackend[]
  readonly clock: Clock
  keys(): readonly KeyRecord[]
  /** One sentence. */
  alarm(key: string, finding: string): void
  onError(error: unknown, about: string): void
}

/** Milliseconds one key may take. */
const patience = 5_000

/**
 * Alarms once for each finding, until it has gone away, and only when two looks in a row found it: while the service itself
 * changes a key, record and back-end differ for a moment. A key that cannot be looked at hides no other one.
 */
export function createKeyWatch(parts: KeyWatchParts): (signal: AbortSignal) => Promise<void> {
  let before: ReadonlyMap<string, 'seen' | 'alarmed'> = new Map()
  return async (signal) => {
    const found = new Map<string, 'seen' | 'alarmed'>()
    for (const key of parts.keys().filter(({ state }) => state !== 'purged')) {
      if (signal.aborted) return
      for (const finding of await findingsOf(parts, key)) {
        const name = `${key.id} ${finding}`
        if (before.get(name) === 'seen') parts.alarm(key.id, finding)
        found.set(name, before.has(name) ? 'alarmed' : 'seen')
      }
    }
    before = found
  }
}

async function findingsOf({ backends, clock, onError }: KeyWatchParts, key: KeyRecord): Promise<readonly string[]> {
  const backend = backends.find(({ name }) => name === key.backend)
  if (backend === undefined || !canWatch(backend)) return []
  try {
    const found = await backend.inspect(refOf(key), key.state, deadlineIn(patience, clock))
    return found.filter(({ unwatched }) => unwatched === undefined).map(({ finding }) => finding)
  } catch (error) {
    onError(error, `key watch ${key.id}`)
    return []
  }
}
