/** What the service and the store thread say to each other. */
import type { Deadline } from '../../base/deadline.ts'
import type { Code, Particulars } from '../../core/errors.ts'
import type { Fence, Store } from '../../core/store.ts'
import type { Row } from '../rows.ts'
import type { Place } from './state-pieces.ts'

/** The state as the thread gives it: whole, and read into objects there, 10,000 keys left 60 MB behind (measured). */
interface InPieces {
  /** Rows of the next records after a place, and the fence of the moment: of the same fence, pieces are of the same moment. */
  statePiece(
    after: Place | undefined,
    limit: number,
    deadline: Deadline,
  ): Promise<{ readonly fence: Fence | undefined; readonly rows: readonly Row[] }>
}

/** Everything a store does except what the service's side answers itself, or puts together. */
type Calls = Omit<Store, 'name' | 'shared' | 'close' | 'time' | 'state'> & InPieces
export type Method = keyof Calls

type WithoutDeadline<A extends readonly unknown[]> = A extends readonly [...infer Rest, Deadline] ? Rest : never
export type Arguments = { [M in Method]: WithoutDeadline<Parameters<Calls[M]>> }
export type Results = { [M in Method]: Awaited<ReturnType<Calls[M]>> }

export interface Call<M extends Method = Method> {
  readonly id: number
  /** Index of this call's state in the shared memory; the thread sets `started`, the service `cancelled`. */
  readonly slot: number
  readonly method: M
  readonly args: Arguments[M]
  /** The service's clock: the thread has none of its own. */
  readonly now: number
}

export type Answer =
  | { readonly id: number; readonly value: unknown }
  | { readonly id: number; readonly error: ErrorAnswer; readonly fatal: boolean }

/** An error loses its class on the way between threads. */
export interface ErrorAnswer {
  readonly refused: boolean
  readonly code: Code
  readonly detail: string
  readonly particulars: Particulars
}

/** The first message of the thread. */
export type Opened = { readonly opened: true } | { readonly opened: false; readonly error: ErrorAnswer }

export interface ThreadData {
  readonly path: string
  /** One `CallState` a slot. */
  readonly states: SharedArrayBuffer
}

export const queued = 0
export const started = 1
export const cancelled = 2

/** How many calls wait at once; more are refused. */
export const slots = 4096

export const stop = 'stop'
