/** Opens the register for writing: the witness is heard first, then a new stream begins after the newest checkpoint. */
import type { Clock } from '../base/clock.ts'
import { deadlineIn, type Deadline } from '../base/deadline.ts'
import { newId } from '../base/id.ts'
import type { Secret } from '../base/secret.ts'
import type { Failed } from '../core/errors.ts'
import type { RoundStore, Store } from '../core/store.ts'
import { GroupCommit } from './group-commit.ts'
import { checkpointHash, newStreamKey, type StreamKey } from './segment.ts'
import { streamEntry } from './stream.ts'
import { checkWitness, type Witness } from './witness.ts'
import type { Writer, WriterLimits } from './writing.ts'

export type { Writer, WriterLimits } from './writing.ts'

export interface WriterOptions {
  readonly store: Store
  /** The way rounds take to it, where somebody looks on. */
  readonly rounds?: RoundStore
  readonly clock: Clock
  /** Vouches for the stream's own key in its first entry. */
  readonly stateKey: Secret
  readonly witness: Witness
  /** Version of the program, for the stream's first entry. */
  readonly binary: string
  /** Made for the stream when absent. */
  readonly streamKey?: StreamKey
  /** Called once, when another writer uses our stream or history was lost: nothing is recorded from then on. */
  readonly onFatal: (error: Failed) => void
  readonly limits?: Partial<WriterLimits>
  /** Resolves when what was recorded can be signed soon; undefined where it can be now. Absent: always now. */
  readonly room?: () => Promise<void> | undefined
  /** Whether refusals may still be recorded; always when absent. */
  readonly roomForRefusals?: () => boolean
}

const usualLimits: WriterLimits = { queue: 10_000, trailing: 5_000, call: 1_000 }

/**
 * A store that lacks what was witnessed opens too, so that the gap can be accepted on record; until then nothing is signed.
 * @throws Failed store faults
 */
export async function openWriter(options: WriterOptions, deadline?: Deadline): Promise<Writer> {
  const { store, clock, witness, stateKey, binary, onFatal, room, roomForRefusals } = options
  const until = deadline ?? deadlineIn(5_000, clock)
  const seen = witness.seen()
  const check = await checkWitness(store, seen, until)
  const fence = await store.fence(until)
  const checkpoint = await store.latestCheckpoint(until)
  const key = options.streamKey ?? newStreamKey()
  const stream = newId('str', clock.now())
  const { publicKey } = key
  const start = { stream, publicKey, binary, ...(checkpoint && { checkpoint }), ...(seen.head && { after: seen.head }) }
  const writer = new GroupCommit({
    store: options.rounds ?? store,
    clock,
    witness,
    key,
    onFatal,
    limits: { ...usualLimits, ...options.limits },
    head: { stream, seq: 0, hash: checkpointHash(checkpoint) },
    epoch: fence?.epoch ?? 0,
    ...(check.status === 'behind' && { behind: check.what }),
    ...(room && { room }),
    ...(roomForRefusals && { roomForRefusals }),
  })
  await writer.record({ bodies: [streamEntry(start, clock, stateKey)], guards: [], signs: false }, until)
  return writer
}
