/** One question to the store, with every way it can end as a value. */
import { within, type Deadline } from '../base/deadline.ts'
import type { Hex } from '../base/bytes.ts'
import { Failed, type Code } from '../core/errors.ts'
import type { Position, Round, RoundResult, RoundStore } from '../core/store.ts'

export type Exchange =
  | RoundResult
  /** It may have been committed, now or later. */
  | { readonly status: 'in-doubt' }
  /** It certainly was not. */
  | { readonly status: 'failed'; readonly error: Failed }

/** The codes by which a store says that it certainly did nothing (core/store.ts). Every other fault leaves it in doubt. */
const certain: readonly Code[] = ['store-unavailable', 'disk-full', 'store-corrupt', 'shutting-down']

export async function send(store: RoundStore, round: Round, deadline: Deadline): Promise<Exchange> {
  try {
    // Also bounded here: a store that forgets its deadline must not hold up the register.
    return await within(deadline, 'the store', store.commit(round, deadline))
  } catch (error) {
    if (error instanceof Failed && certain.includes(error.code)) return { status: 'failed', error }
    return { status: 'in-doubt' }
  }
}

export type Standing = { readonly status: 'known'; readonly hash: Hex | undefined } | { readonly status: 'unknown' }

/** What stands at a position: how a writer in doubt finds out. */
export async function ask(store: RoundStore, position: Position, deadline: Deadline): Promise<Standing> {
  try {
    return { status: 'known', hash: await within(deadline, 'the store', store.segmentHash(position, deadline)) }
  } catch {
    return { status: 'unknown' }
  }
}
