/** What policy says, and every reason for it. */

/** A type and no interface: a register entry, which is JSON, holds it as it is. */
export type Check = {
  /** Which rule was looked at, such as `recipient` or `maximum eip155:1/slip44:60`. */
  readonly name: string
  readonly ok: boolean
  readonly got: string
  readonly allowed: string
}

export interface Decision {
  readonly verdict: 'allow' | 'deny' | 'needs-approval'
  /** Every check made, passed ones included: a caller mends them all at once. */
  readonly checks: readonly Check[]
}
