/** Work in the background: one run after another, never two at once, under a lease where several processes share a store. */
import type { Clock } from '../base/clock.ts'
import { deadlineIn, type Deadline } from '../base/deadline.ts'
import type { Lease, LeaseStore } from '../core/store.ts'

export interface Run {
  /** When the run must be over; a leased run's lease holds until then. */
  readonly deadline: Deadline
  /** Aborted by `stop`: long work looks at it between steps. */
  readonly signal: AbortSignal
}

export interface LeasedRun extends Run {
  /** Its token fences this run: a store refuses what comes under an older one. */
  readonly lease: Lease
}

interface Schedule {
  readonly name: string
  /** Milliseconds from the end of one run to the beginning of the next. */
  readonly every: number
  readonly clock: Clock
  /** Called with every fault; the job goes on. */
  onError(error: unknown, name: string): void
}

export interface JobOptions extends Schedule {
  /** `again` skips the pause: there is more to do. */
  work(run: Run): Promise<unknown>
  /** Milliseconds one run may take; 10 s when absent. */
  readonly limit?: number
}

export interface LeasedJobOptions extends Schedule {
  /** Only one process at a time holds it; it is taken or renewed before every run and given back by `stop`. */
  readonly lease: {
    readonly store: LeaseStore
    readonly holder: string
    /** How long one run may take, and how long a holder that vanished is waited for; 10 s when absent. */
    readonly milliseconds?: number
  }
  work(run: LeasedRun): Promise<unknown>
}

export interface JobStatus {
  readonly running: boolean
  readonly runs: number
  readonly failures: number
}

export interface Job {
  status(): JobStatus
  /** Lets the run in progress end and gives the lease back. Does not reject. */
  stop(): Promise<void>
}

const usualLimit = 10_000

/** Starts at once. A fault is reported and counted, and the next run comes at its time. */
export function startJob(options: JobOptions | LeasedJobOptions): Job {
  return new Repeated(options, 'lease' in options ? leasedRun(options) : plainRun(options))
}

interface Repeatable {
  run(signal: AbortSignal): Promise<unknown>
  end(): Promise<void>
}

function plainRun({ work, limit = usualLimit, clock }: JobOptions): Repeatable {
  return {
    run: (signal) => work({ deadline: deadlineIn(limit, clock), signal }),
    end: async () => {},
  }
}

function leasedRun({ name, lease, work, clock }: LeasedJobOptions): Repeatable {
  const { store, holder, milliseconds = usualLimit } = lease
  let held: Lease | undefined
  return {
    async run(signal) {
      // The deadline begins before the lease is asked for, so the run is over before the lease is.
      const deadline = deadlineIn(milliseconds, clock)
      held = await store.lease(name, holder, milliseconds, deadline)
      return held && work({ lease: held, deadline, signal })
    },
    async end() {
      if (held) await store.release(held, deadlineIn(1_000, clock))
    },
  }
}

class Repeated implements Job {
  readonly #options: Schedule
  readonly #repeatable: Repeatable
  readonly #stopping = new AbortController()
  readonly #ended: Promise<void>
  #running = false
  #runs = 0
  #failures = 0

  constructor(options: Schedule, repeatable: Repeatable) {
    this.#options = options
    this.#repeatable = repeatable
    this.#ended = this.#loop()
  }

  status(): JobStatus {
    return { running: this.#running, runs: this.#runs, failures: this.#failures }
  }

  async stop(): Promise<void> {
    this.#stopping.abort()
    await this.#ended
  }

  async #loop(): Promise<void> {
    const { signal } = this.#stopping
    while (!signal.aborted) {
      if ((await this.#once()) !== 'again') await pause(this.#options.every, signal)
    }
    await this.#guarded(() => this.#repeatable.end())
  }

  async #once(): Promise<unknown> {
    this.#running = true
    const result = await this.#guarded(() => this.#repeatable.run(this.#stopping.signal))
    this.#running = false
    this.#runs += 1
    return result
  }

  async #guarded(work: () => Promise<unknown>): Promise<unknown> {
    try {
      return await work()
    } catch (error) {
      this.#failures += 1
      this.#options.onError(error, this.#options.name)
      return undefined
    }
  }
}

/** Ends early, without a fault, when the signal is aborted. Does not keep the process alive. */
function pause(milliseconds: number, signal: AbortSignal): Promise<void> {
  if (signal.aborted) return Promise.resolve()
  const { promise, resolve } = Promise.withResolvers<void>()
  const timer = setTimeout(resolve, milliseconds).unref()
  const wake = (): void => {
    clearTimeout(timer)
    resolve()
  }
  signal.addEventListener('abort', wake, { once: true })
  return promise.finally(() => signal.removeEventListener('abort', wake))
}
