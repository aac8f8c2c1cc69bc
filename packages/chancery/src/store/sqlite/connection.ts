/** The service's side of the store thread: calls out, answers in, and deadlines that hold whatever the disk does. */
import type { Worker } from 'node:worker_threads'
import type { Clock } from '../../base/clock.ts'
import { DeadlineExceeded, left, within, type Deadline } from '../../base/deadline.ts'
import { Places } from '../../base/places.ts'
import { Failed, Refused } from '../../core/errors.ts'
import {
  cancelled,
  queued,
  slots,
  stop,
  type Answer,
  type Arguments,
  type ErrorAnswer,
  type Method,
  type Opened,
  type Results,
} from './calls.ts'

interface Waiting {
  readonly slot: number
  readonly method: Method
  readonly settle: (value: unknown) => void
  readonly fail: (error: Error) => void
}

const writes: readonly Method[] = [
  'commit',
  'forgetDuties',
  'integrate',
  'signCheckpoint',
  'lease',
  'release',
  'backup',
]

/** Resolves once the thread has opened the file. @throws Failed */
export async function connect(
  worker: Worker,
  states: Int32Array,
  clock: Clock,
  onFatal: (error: Failed) => void,
): Promise<Connection> {
  const opened = await new Promise<Opened>((resolve, reject) => {
    worker.once('message', resolve)
    worker.once('error', reject)
    worker.once('exit', () => reject(new Failed('store-unavailable', 'the store thread ended before it began')))
  })
  if (!opened.opened) throw errorOf(opened.error)
  return new Connection(worker, states, clock, onFatal)
}

export class Connection {
  readonly #worker: Worker
  readonly #states: Int32Array
  readonly #clock: Clock
  readonly #onFatal: (error: Failed) => void
  readonly #waiting = new Places<Waiting>()
  readonly #free = Array.from({ length: slots }, (_, slot) => slot)
  readonly #exited: Promise<void>
  /** Why nothing more can be asked. */
  #ended: Failed | undefined

  constructor(worker: Worker, states: Int32Array, clock: Clock, onFatal: (error: Failed) => void) {
    this.#worker = worker
    this.#states = states
    this.#clock = clock
    this.#onFatal = onFatal
    this.#exited = new Promise((resolve) => worker.once('exit', () => resolve()))
    worker.removeAllListeners('error')
    worker.on('message', (answer: Answer) => this.#take(answer))
    worker.on('error', (cause) => this.#break(new Failed('store-unavailable', 'the store thread broke', { cause })))
    worker.on('exit', () => this.#break(new Failed('store-unavailable', 'the store thread ended')))
  }

  /** @throws Failed, and Refused for a cursor that is none. */
  async call<M extends Method>(method: M, args: Arguments[M], deadline: Deadline): Promise<Results[M]> {
    if (this.#ended !== undefined) throw this.#ended
    if (left(deadline) === 0) throw new Failed('store-unavailable', 'the deadline passed before the store was asked')
    const slot = this.#free.pop()
    if (slot === undefined) throw new Failed('overloaded', 'too many calls wait for the store')
    const { promise, resolve: settle, reject: fail } = Promise.withResolvers<unknown>()
    const waiting: Waiting = { slot, method, settle, fail }
    this.#send(waiting, args)
    try {
      // The thread answers a method with that method's result: the types meet in operations.ts.
      return (await within(deadline, 'the store', promise)) as Results[M]
    } catch (error) {
      throw error instanceof DeadlineExceeded ? this.#late(waiting) : error
    }
  }

  async close(): Promise<void> {
    this.#ended ??= new Failed('store-unavailable', 'the store is closed')
    this.#worker.postMessage(stop)
    await this.#exited
  }

  #send(waiting: Waiting, args: Arguments[Method]): void {
    const { slot, method } = waiting
    Atomics.store(this.#states, slot, queued)
    this.#worker.postMessage({ id: this.#waiting.put(waiting), slot, method, args, now: this.#clock.now() })
  }

  #take(answer: Answer): void {
    const waiting = this.#waiting.take(answer.id)
    if (waiting !== undefined) this.#free.push(waiting.slot)
    if (!('error' in answer)) return waiting?.settle(answer.value)
    const error = errorOf(answer.error)
    waiting?.fail(error)
    if (answer.fatal)
      this.#break(new Failed('store-unavailable', `the store stopped: ${error.message}`, { cause: error }))
  }

  /** What the thread had not begun it will not begin. */
  #late({ slot, method }: Waiting): Failed {
    const state = Atomics.compareExchange(this.#states, slot, queued, cancelled)
    return undone(method, state) ?? new Failed('in-doubt', 'the store did not answer in time')
  }

  #break(error: Failed): void {
    if (this.#ended === undefined) this.#onFatal(error)
    this.#ended ??= error
    for (const { slot, method, fail } of this.#waiting.takeAll()) {
      fail(undone(method, Atomics.load(this.#states, slot)) ?? new Failed('in-doubt', error.message, { cause: error }))
    }
  }
}

/** The failure of a call that certainly wrote nothing. */
function undone(method: Method, state: number | undefined): Failed | undefined {
  if (state !== queued && writes.includes(method)) return undefined
  return new Failed('store-unavailable', 'the store did not answer in time')
}

function errorOf({ refused, code, detail, particulars }: ErrorAnswer): Failed | Refused {
  return refused ? new Refused(code, detail, particulars) : new Failed(code, detail, { particulars })
}
