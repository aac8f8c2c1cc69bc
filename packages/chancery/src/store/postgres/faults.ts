/** What PostgreSQL's errors mean for the store. https://www.postgresql.org/docs/current/errcodes-appendix.html */
import { DeadlineExceeded } from '../../base/deadline.ts'
import { Failed, Refused } from '../../core/errors.ts'

/** When it went wrong: before COMMIT was sent nothing can have been written; after it, it may have been. */
export type Stage = 'work' | 'commit'

const serializationFailure = '40001'
const deadlockDetected = '40P01'

/** The SQLSTATE of an error the server sent; undefined for a lost connection. */
function stateOf(error: unknown): string | undefined {
  if (!(error instanceof Error) || !('code' in error) || typeof error.code !== 'string') return undefined
  // Node's own codes (ECONNRESET) are not five characters, and the server always says how severe it is.
  return 'severity' in error && error.code.length === 5 ? error.code : undefined
}

/** The server undid it for the sake of another transaction: the same again may succeed. */
export function isRetryable(error: unknown): boolean {
  const state = stateOf(error)
  return state === serializationFailure || state === deadlockDetected
}

export function failedOf(error: unknown, stage: Stage): Failed | Refused {
  if (error instanceof Failed || error instanceof Refused) return error
  if (isOwnMistake(error)) return new Failed('internal', error.message, { cause: error })
  const state = stateOf(error)
  const detail = describe(error, state)
  // An ERROR that undoes the transaction is a clear no, in COMMIT too; a FATAL may come after the commit was made.
  if (stage === 'commit' && !isRetryable(error)) return new Failed('in-doubt', detail, { cause: error })
  return new Failed(codeOf(state), detail, { cause: error })
}

/** What a lost connection never looks like. Thrown only while the transaction is being made, so it was not committed. */
function isOwnMistake(error: unknown): error is Error {
  return error instanceof TypeError || error instanceof RangeError || error instanceof SyntaxError
}

function codeOf(state: string | undefined): 'disk-full' | 'store-corrupt' | 'internal' | 'store-unavailable' {
  if (state === '53100') return 'disk-full'
  if (state === 'XX001' || state === 'XX002') return 'store-corrupt'
  // Syntax, types, constraints: statements of this program that do not fit its own schema.
  return state !== undefined && /^(?:22|23|42)/.test(state) && state !== '42501' ? 'internal' : 'store-unavailable'
}

function describe(error: unknown, state: string | undefined): string {
  if (error instanceof DeadlineExceeded) return error.message
  if (state !== undefined) return `PostgreSQL answered ${state}`
  return 'PostgreSQL does not answer'
}
