/** After the start: keys are made ready before somebody waits for their first signature. */
import { canOpenAhead, type KeyBackend } from '../core/backend.ts'
import { refOf, type KeyRef } from '../core/key.ts'
import type { State } from '../core/state.ts'

export interface Opening {
  /** Resolves when all are ready, or it was stopped. Never rejects. */
  readonly done: Promise<void>
  /** Lets those at work end, and begins no other. */
  stop(): Promise<void>
}

export interface OpeningParts {
  readonly backends: readonly KeyBackend[]
  readonly state: Pick<State, 'current'>
}

/** Begins in the background. */
export function openAhead({ backends, state }: OpeningParts): Opening {
  const stopping = new AbortController()
  const openers = backends.filter(canOpenAhead)
  const work = openers.map((backend) => backend.openAhead(keysOf(backend.name, state), stopping.signal))
  const done = Promise.all(work).then(() => {})
  return {
    done,
    stop: () => {
      stopping.abort()
      return done
    },
  }
}

/** Whether a key is in use is looked at when its turn comes: one that was disabled meanwhile stays closed. */
function* keysOf(backend: string, state: Pick<State, 'current'>): Generator<KeyRef> {
  for (const id of state.current().keys.keys()) {
    const key = state.current().keys.get(id)?.value
    if (key?.backend === backend && key.state === 'enabled') yield refOf(key)
  }
}
