/** A circuit breaker: after enough failures in a row nothing is tried for a while, then one call at a time finds out. */
import type { Clock } from './clock.ts'

export type BreakerState = 'closed' | 'open' | 'half-open'

/** Whoever was let in says how it went, once. `abandoned` says nothing about the peer, such as a refused credential. */
export interface Passage {
  succeeded(): void
  failed(): void
  abandoned(): void
}

export interface Breaker {
  /** `undefined` while the breaker is open, or half-open with its one probe under way. */
  enter(): Passage | undefined
  state(): BreakerState
  /** Milliseconds until the next probe may pass. */
  wait(): number
}

export interface BreakerOptions {
  /** Failures in a row that open it. */
  readonly failures: number
  /** How long it stays open, in milliseconds. */
  readonly pause: number
  readonly clock: Clock
}

export function createBreaker({ failures, pause, clock }: BreakerOptions): Breaker {
  let inRow = 0
  let openUntil: number | undefined
  let probing = false

  const settle = (probe: boolean, outcome: () => void): (() => void) => {
    let done = false
    return () => {
      if (done) return
      done = true
      if (probe) probing = false
      outcome()
    }
  }
  const close = (): void => {
    inRow = 0
    openUntil = undefined
  }
  const count = (): void => {
    inRow += 1
    if (inRow >= failures) openUntil = clock.monotonic() + pause
  }
  const wait = (): number => Math.max(0, (openUntil ?? 0) - clock.monotonic())

  return {
    wait: () => (openUntil === undefined ? 0 : wait()),
    state() {
      if (openUntil === undefined) return 'closed'
      return wait() > 0 ? 'open' : 'half-open'
    },
    enter() {
      const probe = openUntil !== undefined
      if (probe && (probing || wait() > 0)) return undefined
      if (probe) probing = true
      // A call that set out before the breaker opened must not close it: only the probe may.
      const success = (): void => (probe || openUntil === undefined ? close() : undefined)
      return {
        succeeded: settle(probe, success),
        failed: settle(probe, count),
        abandoned: settle(probe, () => {}),
      }
    },
  }
}
