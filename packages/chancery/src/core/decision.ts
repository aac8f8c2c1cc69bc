/** What policy says, and every reason for it. */

import type { Facts } from './facts.ts'
import type { KeyKind } from './key.ts'
import type { Network, SignOperation } from './names.ts'
import type { Rules } from './rules.ts'

/** What policy is asked. */
export interface Question {
  readonly facts: Facts
  readonly operation: SignOperation
  /** The network the request names; absent only for a raw digest, which belongs to none. */
  readonly network?: Network
  readonly rules: Rules
  readonly kind: KeyKind
}

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
  /** What to do about all of them at once. */
  readonly hint?: string
}
