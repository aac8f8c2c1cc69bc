/**
 * The one table of error codes. A refusal is an answer: the request was understood and is not done. A fault is ours or a
 * peer's: nobody knows better by reading the request. HTTP status codes are given to these codes in `http/problem.ts` only.
 */
import type { Check } from './decision.ts'

export const codes = {
  // The request as bytes and shape.
  'malformed-json': 'The body is not JSON the service accepts',
  'invalid-request': 'The request does not have the documented shape',
  'body-too-large': 'The body is larger than this route takes',
  'unsupported-media-type': 'The body must be JSON',
  'route-not-found': 'There is no such route',
  'method-not-allowed': 'The route does not take this method',
  'host-not-allowed': 'The Host header names a host that is not allowed',
  'origin-not-allowed': 'The Origin header names an origin that is not configured',
  // Who asks.
  unauthenticated: 'The credential is missing or wrong',
  'rate-limited': 'The client sends more than its share',
  // What was asked for.
  'key-not-found': 'There is no such key, or the client holds no grant on it',
  'not-found': 'There is no such thing, or the client may not see it',
  'invalid-payload': 'The payload does not say what its format allows',
  'unsupported-payload': 'The payload is of a kind the service does not sign',
  'not-canonical': 'The payload is not in its canonical encoding',
  'wrong-network': 'The payload belongs to another network',
  'unknown-network': 'The network is not configured',
  'message-too-large': 'The payload is larger than the key back-end signs',
  // Whether it may.
  denied: 'The rules do not allow it',
  'limit-reached': 'A spending limit of this period is used up',
  'needs-approval': 'The rules ask for approval first',
  'insufficient-funds': 'The account does not hold what would be paid and its fee',
  'wallet-state': 'The wallet is not in a state that allows this',
  'key-state': 'The key is not in a state in which it may be used',
  frozen: 'Signing is frozen',
  'conflicts-with-earlier': 'It contradicts something already signed',
  'idempotency-conflict': 'The idempotency key was used for another request',
  'already-exists': 'It exists already',
  'version-conflict': 'It changed in the meantime',
  'not-configured': 'The service is not configured for this',
  'not-supported': 'The service, the chain or the key back-end cannot do this',
  'belongs-elsewhere': 'It belongs to the validator client, not to the signer',
  // Faults.
  'store-unavailable': 'The store does not answer',
  'in-doubt': 'Whether it was recorded is not known yet',
  'behind-witness': 'The store is behind what was witnessed',
  'store-corrupt': 'The store does not agree with its register',
  'clock-in-doubt': 'The clock disagrees with the store',
  'disk-full': 'There is no room to record',
  overloaded: 'There is more work than the service takes on',
  'shutting-down': 'The service is stopping',
  'backend-unavailable': 'The key back-end does not answer',
  'backend-throttled': 'The key back-end is at its quota',
  'backend-denied': 'The key back-end does not allow the service to do this',
  'backend-failed': 'The key back-end answered with an error',
  'bad-signature': 'The key back-end returned a signature that does not verify',
  'node-unavailable': 'The blockchain node does not answer',
  'node-refused': 'The blockchain node answered with an error',
  'not-executable': 'The blockchain node cannot execute this transaction',
  'deadline-exceeded': 'It took longer than the request allows',
  internal: 'The service failed',
} as const

export type Code = keyof typeof codes

export interface Particulars {
  /** Path into the request, such as `transaction.maxFeePerGas`. */
  readonly where?: string
  /** What was got, cut short; never a secret. */
  readonly got?: string
  readonly wanted?: string
  /** What to do about it. */
  readonly hint?: string
  readonly checks?: readonly Check[]
  /** Seconds after which the same request may succeed. */
  readonly retryAfter?: number
}

/** The request was understood and is not done. Never retried by the service. */
export class Refused extends Error {
  override readonly name = 'Refused'

  constructor(code: Code, detail: string, particulars: Particulars = {}) {
    super(detail)
    this.code = code
    this.particulars = particulars
  }

  readonly code: Code
  readonly particulars: Particulars
}

/** Something the request cannot be blamed for: a store, a key back-end, a node, or a fault of the service itself. */
export class Failed extends Error {
  override readonly name = 'Failed'

  constructor(code: Code, detail: string, options: ErrorOptions & { readonly particulars?: Particulars } = {}) {
    super(detail, options)
    this.code = code
    this.particulars = options.particulars ?? {}
  }

  readonly code: Code
  readonly particulars: Particulars
}

/** A member of the request that cannot be: its place, what stood there, cut short, and what may. */
export function invalidRequest(where: string, got: string, wanted: string): Refused {
  return new Refused('invalid-request', `${where}: got ${got}, wanted ${wanted}`, { where, got, wanted })
}

/** What was said, and what to do about it: for answers that have one text for both. */
export function adviceIn({ message, particulars: { hint } }: Refused | Failed): string {
  return hint === undefined ? message : `${message}. ${hint}`
}

/** Whether a change of state came to nothing because somebody else made one first: put together anew, it may be taken. */
export function isOvertaken(error: unknown): boolean {
  return error instanceof Refused && error.code === 'version-conflict'
}

/** One answer, to the letter, for an absent key and for one the caller holds no grant on (safety rule 21). */
export function keyNotFound(): Refused {
  return new Refused('key-not-found', codes['key-not-found'])
}
