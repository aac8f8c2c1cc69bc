/**
 * The way into the register for everyone who acts: a group commit with one verdict an item. Implemented by
 * `register/writer.ts` over a store.
 */
import type { Hex } from '../base/bytes.ts'
import type { Deadline } from '../base/deadline.ts'
import type { JsonObject } from '../base/json.ts'
import type { ItemFault, Position, RoundItem, StateChange } from './store.ts'
import type { AttemptId } from './names.ts'
import type { StoredSignature } from './payload.ts'

/**
 * Milliseconds a commit may take before the store counts as in doubt: no signature, and an answer within a second, of which
 * the way there and back needs some.
 */
export const commitLimit = 800

/** Kinds of entries. The first member of every body; the rest is the actor's own account. */
export type EntryKind =
  | 'stream'
  | 'attempt'
  | 'outcome'
  | 'outcomes'
  | 'refused'
  | 'change'
  | 'transaction'
  | 'gap-accepted'
  | 'protection'
  | 'wallet'
  | 'notice'

export interface EntryBody extends JsonObject {
  readonly kind: EntryKind
}

export interface RecordItem extends Omit<RoundItem, 'entries' | 'change'> {
  /**
   * At least one. Every guard row of the item stands in the `guards` of one of them, every window row in the `windows`, every
   * duty in the `duties`, every raise in the `raises`, every row of a wallet as an entry of its own, and none other does.
   */
  readonly bodies: readonly EntryBody[]
  /** A change whose first body stands at `at`: the fence names that place, known only when the round is made. */
  readonly change?: (at: Position & { readonly index: number }) => StateChange
  /** The epoch the decision was made under. Absent for what needs no decision: outcomes and refusals. */
  readonly epoch?: number
  /** Whether a signature follows: then a halted fence refuses it. */
  readonly signs: boolean
  /** Held back for nothing. */
  readonly urgent?: true
}

export type Recorded =
  | {
      readonly status: 'recorded'
      readonly stream: string
      readonly seq: number
      readonly signatures: readonly StoredSignature[]
    }
  /** The state changed since the decision: judge again under a fresh snapshot. */
  | { readonly status: 'stale' }
  | { readonly status: 'halted' }
  /** `faults` are all there are; `fault` is one of them. */
  | { readonly status: 'refused'; readonly fault: ItemFault; readonly faults: readonly ItemFault[] }

export interface Recorder {
  /**
   * Durable when it resolves with `recorded`.
   * @throws Failed `in-doubt`, `deadline-exceeded` (it was never sent), `store-unavailable`, `disk-full`, `behind-witness`,
   * `overloaded`, `shutting-down`: then nothing may be signed on it.
   */
  record(item: RecordItem, deadline: Deadline): Promise<Recorded>
  /** Joins a later commit without being waited for; dropped, and counted, when the queue is full. */
  trail(item: RecordItem): void
  /** Outcomes of an attempt of one payload, where they come by the thousand: trail with others, in one entry. */
  trailOutcome(attempt: AttemptId, hashes: readonly Hex[]): void
}
