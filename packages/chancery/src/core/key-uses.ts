/** What the register says of the uses of keys, for whoever holds a back-end's own log against it. Times are milliseconds. */
import type { AttemptId, KeyId } from './names.ts'

export interface RegisteredKey {
  readonly id: KeyId
  readonly backend: string
  /** How the back-end names it (`KeyBackend.describe`); empty where the register does not say. */
  readonly where: Readonly<Record<string, string>>
}

export interface RegisteredAttempt {
  readonly id: AttemptId
  readonly key: KeyId
  readonly time: number
  /** The back-end's names of the requests that made its signatures. */
  readonly evidence: readonly string[]
  /**
   * `used`: a key must have been asked for it. `answered`: with signatures that were kept, so no key was. `open`: it failed
   * or did not end, so one may have been.
   */
  readonly end: 'used' | 'answered' | 'open'
}

/** A change of state that names a key: `key.create`, `key.disable`. */
export interface RegisteredChange {
  readonly key: KeyId
  readonly action: string
  readonly time: number
}

/** Requests that a change of a key took, whatever came of it: the back-end's names of them. */
export interface RegisteredRequests {
  readonly key: KeyId
  readonly action: string
  readonly time: number
  readonly evidence: readonly string[]
}

export interface KeyUses {
  readonly keys: readonly RegisteredKey[]
  readonly attempts: readonly RegisteredAttempt[]
  readonly changes: readonly RegisteredChange[]
  readonly requests: readonly RegisteredRequests[]
  /** When processes of the service started. */
  readonly starts: readonly number[]
  /** The time of the last entry. */
  readonly until: number
}
