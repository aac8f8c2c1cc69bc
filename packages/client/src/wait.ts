/** Waiting for a transaction, one long request after the other. */
import type * as t from './types.ts'

type State = t.Transaction['state']

export interface WaitOptions {
  /** `final` unless given. */
  readonly until?: 'broadcast' | 'mined' | 'final'
  /** Seconds, 120 unless given. */
  readonly seconds?: number
}

/** Members of a query that asks the service to wait. */
export interface Waiting {
  /** Such as `30s`. */
  readonly wait: string
  readonly until: NonNullable<WaitOptions['until']>
}

/** What the service waits at a time, in seconds. */
const longestWait = 60

/** `get` is told how many seconds longer its answer may take. Resolves with what has got that far or failed, or as it stands then. */
export async function waitFor<T extends { readonly state: State }>(
  get: (query: Waiting, seconds: number) => Promise<T>,
  { until = 'final', seconds = 120 }: WaitOptions,
): Promise<T> {
  const end = Date.now() + seconds * 1_000
  for (;;) {
    const left = Math.max(1, Math.min(longestWait, Math.ceil((end - Date.now()) / 1_000)))
    const found = await get({ wait: `${left}s`, until }, left)
    if (hasReached(found.state, until) || Date.now() >= end) return found
  }
}

const way: readonly State[] = ['accepted', 'assigned', 'signed', 'broadcast', 'mined', 'final']

function hasReached(state: State, until: Waiting['until']): boolean {
  return state === 'failed' || way.indexOf(state) >= way.indexOf(until)
}
