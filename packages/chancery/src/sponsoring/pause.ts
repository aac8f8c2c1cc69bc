/** A sponsor stops for a while when the ledger refuses, again and again, what it has signed: something is not as it thinks. */
import { createBreaker, type Breaker, type Passage } from '../base/breaker.ts'
import type { Clock } from '../base/clock.ts'
import { Failed, Refused } from '../core/errors.ts'
import type { Sponsor } from '../core/sponsoring.ts'

/** In a row, of those that were sent through here: of others nobody hears. */
const failures = 5
/** Milliseconds; some twenty rounds. */
const pause = 60_000

export interface Pauses {
  /** @throws Refused `limit-reached` during a pause, and while the first group after it is under way */
  enter(sponsor: Sponsor): Passage
}

export function createPauses(clock: Clock): Pauses {
  const breakers = new Map<Sponsor, Breaker>()
  return {
    enter: (sponsor) => {
      const breaker = breakers.get(sponsor) ?? createBreaker({ failures, pause, clock })
      breakers.set(sponsor, breaker)
      const passage = breaker.enter()
      if (passage) return passage
      throw new Refused(
        'limit-reached',
        'The sponsor pauses: the ledger refused what it signed, several times in a row',
        {
          hint: 'See why the ledger refused: `chancery algorand list` shows balance and authority of the account',
          retryAfter: Math.max(1, Math.ceil(breaker.wait() / 1_000)),
        },
      )
    },
  }
}

/** What a group that was signed and could not be sent says of the sponsor: nothing, unless the ledger refused it. */
export function settleFailure(passage: Passage, error: unknown): void {
  if (error instanceof Failed && error.code === 'not-executable') passage.failed()
  else passage.abandoned()
}
