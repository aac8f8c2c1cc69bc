/**
 * Many imports at once. Each process is given a chunk at a time: 64 keys where each takes some microseconds, so that one envelope
 * serves them, and one where a password has to be tried.
 */
import { availableParallelism } from 'node:os'
import { utf8 } from '../../base/bytes.ts'
import { type Deadline, left } from '../../base/deadline.ts'
import type { ImportedSecret, NewKey, NewKeyRequest } from '../../core/backend.ts'
import { Failed, Refused } from '../../core/errors.ts'
import type { Algorithm } from '../../core/key.ts'
import { createFrameReader, kinds } from '../../signers/frame.ts'
import { sealImports, wipeImported } from '../../signers/import-envelope.ts'
import { errorIn } from '../../signers/job.ts'
import { formOf, type KeyForm } from '../../signers/key-form.ts'
import type { Lane } from '../../signers/lane.ts'
import { newKey } from './new-key.ts'

export interface Wanted {
  readonly request: NewKeyRequest
  readonly secret: ImportedSecret
}

export type Take = (request: NewKeyRequest, key: NewKey | Refused | Failed) => void

export interface ImportLanes {
  open(algorithm: Algorithm): Lane
  end(lane: Lane): Promise<void>
}

const chunkSizes: Readonly<Record<ImportedSecret['format'], number>> = {
  hex: 64,
  words: 64,
  mnemonic: 4,
  'keystore-v3': 1,
  'keystore-v4': 1,
}

/** What scrypt holds for the largest keystore that is taken, and the process around it. */
const memoryEach = 320 * 1024 * 1024

/** Half of the memory that is left is for others. */
function processCount(): number {
  const fitting = Math.floor(process.availableMemory() / 2 / memoryEach)
  return Math.max(1, Math.min(availableParallelism(), fitting))
}

/** `take` is called once for each that is wanted; what it throws ends the import. Secrets are wiped whatever happens. */
export async function importMany(
  lanes: ImportLanes,
  wanted: Iterable<Wanted>,
  take: Take,
  deadline: Deadline,
): Promise<void> {
  const chunks = chunksOf(wanted)
  const work = Array.from({ length: processCount() }, () => importChunks(lanes, chunks, take, deadline))
  const ended = await Promise.allSettled(work)
  for (const outcome of ended) if (outcome.status === 'rejected') throw outcome.reason
}

/** A process is started for the first chunk of an algorithm, and serves the others. */
async function importChunks(lanes: ImportLanes, chunks: Iterator<Chunk>, take: Take, deadline: Deadline) {
  const open = new Map<Algorithm, Lane>()
  try {
    for (let next = chunks.next(); next.done !== true; next = chunks.next()) {
      const { algorithm, all } = next.value
      const lane = open.get(algorithm) ?? lanes.open(algorithm)
      open.set(algorithm, lane)
      const outcomes = await importChunk(lane, next.value, deadline)
      for (const [i, { request }] of all.entries()) take(request, outcomes[i] ?? missing())
    }
  } finally {
    await Promise.all([...open.values()].map((lane) => lanes.end(lane)))
  }
}

async function importChunk(lane: Lane, chunk: Chunk, deadline: Deadline): Promise<Outcome[]> {
  const { form, all } = chunk
  try {
    if (left(deadline) === 0) throw new Failed('deadline-exceeded', 'There was no time left for this import')
    const envelope = sealImports(await lane.envelopeKey(deadline), form, all)
    const fields = [utf8(form), envelope, ...all.map(({ request }) => utf8(request.id))]
    const answers = await lane.ask({ kind: kinds.importMany, fields, urgency: 0 }, deadline)
    return answers.map((answer, i) => outcomeOf(answer, all[i]?.request))
  } catch (error) {
    if (!(error instanceof Refused || error instanceof Failed)) throw error
    // Refused before it was sent: each for itself, so that the others of the chunk are not.
    if (error instanceof Refused && all.length > 1) return await importSingly(lane, chunk, deadline)
    return all.map(() => error)
  } finally {
    for (const { secret } of all) wipeImported(secret)
  }
}

async function importSingly(lane: Lane, chunk: Chunk, deadline: Deadline): Promise<Outcome[]> {
  const outcomes: Outcome[] = []
  for (const one of chunk.all) outcomes.push(...(await importChunk(lane, { ...chunk, all: [one] }, deadline)))
  return outcomes
}

type Outcome = NewKey | Refused | Failed

function outcomeOf(answer: Uint8Array, request: NewKeyRequest | undefined): Outcome {
  const [frame] = createFrameReader().push(answer)
  if (frame === undefined || request === undefined) return missing()
  return frame.kind === kinds.done ? newKey(request, frame.fields) : errorIn(frame)
}

function missing(): Failed {
  return new Failed('internal', 'The signer process answered too little')
}

interface Chunk {
  readonly algorithm: Algorithm
  readonly form: KeyForm
  readonly all: readonly Wanted[]
}

/** Of one form and format each. */
function* chunksOf(wanted: Iterable<Wanted>): Generator<Chunk> {
  let [all, kind]: [Wanted[], string] = [[], '']
  for (const one of wanted) {
    const next = `${formOf(one.request)} ${one.secret.format}`
    if (next !== kind && all.length > 0) {
      yield* chunkOf(all)
      all = []
    }
    kind = next
    all.push(one)
    if (all.length < chunkSizes[one.secret.format]) continue
    yield* chunkOf(all)
    all = []
  }
  yield* chunkOf(all)
}

function chunkOf(all: readonly Wanted[]): readonly Chunk[] {
  const [first] = all
  return first === undefined ? [] : [{ algorithm: first.request.algorithm, form: formOf(first.request), all }]
}
