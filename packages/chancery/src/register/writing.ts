/** What the one writer of a stream is to those who use it, and what it is made of. */
import type { Clock } from '../base/clock.ts'
import type { Deadline } from '../base/deadline.ts'
import type { Failed } from '../core/errors.ts'
import type { Recorder } from '../core/recorder.ts'
import type { RoundStore } from '../core/store.ts'
import type { QueueLimits } from './queue.ts'
import type { Head } from './round.ts'
import type { StreamKey } from './segment.ts'
import type { Witness } from './witness.ts'

export interface WriterLimits extends QueueLimits {
  /** Milliseconds one call to the store may take: the service answers within a second (architecture, the flow, 7). */
  readonly call: number
}

export interface WriterStatus {
  readonly waiting: number
  /** Trailing items lost: the queue was full, or the store refused them. */
  readonly dropped: number
  /** Whether the fate of a round is unknown. */
  readonly inDoubt: boolean
  /** What the witness saw and the store lacks. Signing is refused until the gap is accepted. */
  readonly behind?: string
  readonly fatal?: string
}

export interface Writer extends Recorder {
  /** The newest segment of our stream that the store is known to have. */
  head(): Head
  status(): WriterStatus
  /** The store lacks what somebody saw of it: nothing is recorded from now on, and the process ends. Said again, nothing happens. */
  setBack(what: string): void
  /** Puts on record that an administrator accepts what is lost; signing goes on. @throws Failed as `record` does */
  acceptGap(by: { readonly actor: string; readonly reason: string }, deadline: Deadline): Promise<void>
  /**
   * Refuses new signing at once, records what waits and the outcomes that still arrive until the deadline, and answers the
   * rest `shutting-down`.
   */
  close(deadline?: Deadline): Promise<void>
}

export interface GroupCommitOptions {
  readonly store: RoundStore
  readonly clock: Clock
  readonly witness: Witness
  readonly key: StreamKey
  readonly limits: WriterLimits
  readonly onFatal: (error: Failed) => void
  /** Where the stream begins. */
  readonly head: Head
  readonly epoch: number
  readonly behind?: string
  /** Resolves when what was recorded can be signed soon; undefined where it can be now. */
  readonly room?: () => Promise<void> | undefined
  /** Whether refusals may still be recorded: others must find room when the disk fills (safety rule 22). */
  readonly roomForRefusals?: () => boolean
}
