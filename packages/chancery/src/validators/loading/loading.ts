/** Keys that stand in files, brought in at the start of the service and whenever somebody asks for a reload. */
import { isoTime } from '../../base/clock.ts'
import type { KeyLoading, LoadingStatus } from '../../core/validators.ts'
import type { LoadingRooms } from './rooms.ts'
import { Run, type Remembered } from './run.ts'

export interface Loading extends KeyLoading {
  /** Resolves when nothing runs; never rejects. */
  idle(): Promise<void>
  /** Lets the batch at work end, or fail with what it needs, and begins no other. */
  stop(): void
}

/** Loads nothing before `reload` is called. Does nothing at all without places. */
export function createLoading(rooms: LoadingRooms): Loading {
  return new FileLoading(rooms)
}

const nothing: LoadingStatus = { state: 'idle', loaded: 0, total: 0, failures: [] }

class FileLoading implements Loading {
  readonly #rooms: LoadingRooms
  readonly #stopping = new AbortController()
  #run: Run | undefined
  #ended: LoadingStatus = nothing
  #remembered: ReadonlyMap<string, Remembered> = new Map()
  #running: Promise<void> = Promise.resolve()

  constructor(rooms: LoadingRooms) {
    this.#rooms = rooms
  }

  reload(): boolean {
    if (this.#run !== undefined || this.#stopping.signal.aborted) return false
    this.#run = new Run(this.#rooms, this.#remembered, this.#stopping.signal)
    this.#running = this.#finish(this.#run)
    return true
  }

  status(): LoadingStatus {
    return this.#run === undefined ? this.#ended : { state: 'running', ...this.#run.status() }
  }

  idle(): Promise<void> {
    return this.#running
  }

  stop(): void {
    this.#stopping.abort()
  }

  async #finish(run: Run): Promise<void> {
    const { clock, progress, failed } = this.#rooms
    const state = await run.work().catch(() => 'failed' as const)
    const failures = run.status().failures
    const unexplained = state === 'failed' && failures.length === 0
    if (unexplained) failed?.('the loader', unforeseen)
    this.#remembered = run.remembered
    this.#ended = {
      state,
      ...run.status(),
      failures: unexplained ? [{ source: 'the loader', message: unforeseen }] : failures,
      finishedAt: isoTime(clock.now()),
    }
    this.#run = undefined
    progress?.(this.#ended)
  }
}

const unforeseen = 'It ended with a fault that nobody foresaw'
