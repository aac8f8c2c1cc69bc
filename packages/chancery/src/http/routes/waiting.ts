/** `?wait=` of the routes that have it: the reply comes when a transaction is so far, or the time has passed. */
import { Type } from 'typebox'
import type { Call } from '../../core/call.ts'
import type { TransactionState } from '../../core/store.ts'
import * as s from '../schemas.ts'
import type { Incoming } from '../route.ts'

/** Members of a query. */
export const waiting = {
  wait: Type.Optional(Type.String({ pattern: '^(?:[1-9]|[1-5][0-9]|60)s$', description: '1s to 60s' })),
  until: Type.Optional(s.oneOf(['broadcast', 'mined', 'final'], { description: 'final unless given' })),
}

/** What a caller may wait for, and the states before it. */
const before = {
  broadcast: ['accepted', 'assigned', 'signed'],
  mined: ['accepted', 'assigned', 'signed', 'broadcast'],
  final: ['accepted', 'assigned', 'signed', 'broadcast', 'mined'],
} as const satisfies Readonly<Record<string, readonly TransactionState[]>>

interface Waiting extends Pick<Incoming, 'callWithin' | 'stopping'> {
  readonly query: { readonly wait?: string; readonly until?: keyof typeof before }
}

/** What `wait` comes to; `now` where nobody waits, or the service stops. */
export async function waited<T>(
  { query, callWithin, stopping }: Waiting,
  wait: (whileIn: readonly TransactionState[], call: Call) => Promise<T>,
  now: () => Promise<T>,
): Promise<T> {
  if (query.wait === undefined) return now()
  const seconds = Number(query.wait.slice(0, -1))
  return unlessStopping(wait(before[query.until ?? 'final'], callWithin(seconds)), stopping, now)
}

/** A wait must not hold up a service that stops: then the answer is what is known now. */
async function unlessStopping<T>(work: Promise<T>, stopping: AbortSignal, now: () => Promise<T>): Promise<T> {
  const { promise: stopped, resolve } = Promise.withResolvers<void>()
  const stop = (): void => resolve()
  stopping.addEventListener('abort', stop)
  if (stopping.aborted) stop()
  try {
    return await Promise.race([work, stopped.then(now)])
  } finally {
    stopping.removeEventListener('abort', stop)
  }
}
