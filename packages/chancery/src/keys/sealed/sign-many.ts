/** Many keys used at once: a chunk of them is one question to its signer process, and one answer. */
import type { Deadline } from '../../base/deadline.ts'
import { Failed, Refused } from '../../core/errors.ts'
import type { KeyRef } from '../../core/key.ts'
import type { Cleared, RawSignature } from '../../core/payload.ts'
import { encodeFields } from '../../signers/fields.ts'
import { createFrameReader, kinds } from '../../signers/frame.ts'
import { errorIn } from '../../signers/job.ts'
import type { Lane } from '../../signers/lane.ts'

export interface Use {
  readonly ref: KeyRef
  readonly cleared: Cleared
}

export type Answer = RawSignature | Refused | Failed

interface Room {
  lane(use: Use): Lane
  /** @throws Refused, Failed for a key that may not be used now */
  fields(use: Use): readonly Uint8Array[]
}

/** Signatures of one question: something urgent waits for two of them at most, one being made and one in the pipe. */
const chunkSize = 8

export async function signMany(room: Room, uses: readonly Use[], deadline: Deadline): Promise<readonly Answer[]> {
  const answers = new Map<Use, Answer>()
  const lanes = Map.groupBy(uses, (use) => room.lane(use))
  const chunks = [...lanes].flatMap(([lane, own]) => chunksOf(own).map((chunk) => ({ lane, chunk })))
  await Promise.all(chunks.map(({ lane, chunk }) => signChunk(room, lane, chunk, deadline, answers)))
  return uses.map((use) => answers.get(use) ?? missing())
}

function chunksOf(uses: readonly Use[]): readonly (readonly Use[])[] {
  const count = Math.ceil(uses.length / chunkSize)
  return Array.from({ length: count }, (_, i) => uses.slice(i * chunkSize, (i + 1) * chunkSize))
}

async function signChunk(
  room: Room,
  lane: Lane,
  chunk: readonly Use[],
  deadline: Deadline,
  answers: Map<Use, Answer>,
): Promise<void> {
  const asked = chunk.flatMap((use) => asking(room, use, answers))
  const [first] = asked
  if (first === undefined) return
  const { urgency } = first.use.cleared.payload
  const fields = asked.map((one) => one.fields)
  try {
    const given = await lane.ask({ kind: kinds.signMany, fields, urgency, weight: asked.length }, deadline)
    for (const [i, { use }] of asked.entries()) answers.set(use, answerIn(given[i]))
  } catch (error) {
    for (const { use } of asked) answers.set(use, refusalIn(error))
  }
}

/** Nothing, and its answer, for a key that may not be used now. */
function asking(room: Room, use: Use, answers: Map<Use, Answer>) {
  try {
    return [{ use, fields: encodeFields(room.fields(use)) }]
  } catch (error) {
    answers.set(use, refusalIn(error))
    return []
  }
}

function answerIn(field: Uint8Array | undefined): Answer {
  const [frame] = field === undefined ? [] : createFrameReader().push(field)
  if (frame === undefined) return missing()
  const [signature] = frame.fields
  if (frame.kind !== kinds.done) return errorIn(frame)
  return signature === undefined ? missing() : { encoding: 'compact', bytes: Uint8Array.from(signature) }
}

function refusalIn(error: unknown): Refused | Failed {
  if (error instanceof Refused || error instanceof Failed) return error
  throw error
}

function missing(): Failed {
  return new Failed('internal', 'The signer process answered too little')
}
