/** How often a request is sent again, and after how long. */
import type { Retry } from './error-rule.ts'
import type { Pace } from './pace.ts'

/** Throttling ends by waiting, so the deadline is its limit; what else does not pass twice rarely passes at all. */
const attempts = { throttled: 12, transient: 3, credentials: 2, final: 1 } as const

/** A lost answer may have been a success: asking again would make a second key. */
const unrepeatable: ReadonlySet<string> = new Set(['CreateKey'])

/**
 * Milliseconds before attempt `number`, jittered so that many callers do not come back together; undefined for no more.
 * Throttling wants at least 500 ms (the SDK's own base); new credentials need none.
 */
export function pauseBefore(number: number, retry: Retry, operation: string, pace?: Pace): number | undefined {
  if (retry === 'transient' && unrepeatable.has(operation)) return undefined
  const most = retry === 'throttled' ? (pace?.attempts ?? attempts.throttled) : attempts[retry]
  if (number > most) return undefined
  if (retry === 'throttled') return 500 + 150 * Math.random()
  return retry === 'transient' ? 50 * 2 ** (number - 2) * (1 + Math.random()) : 0
}
