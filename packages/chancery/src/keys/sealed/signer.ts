/** The room with the seal: what a signer process does with each frame. Holds every secret, and says only what it made. */
import { equal } from '../../base/bytes.ts'
import type { Algorithm } from '../../core/key.ts'
import { refusalFrame } from '../../signers/answer.ts'
import { sealBackup } from '../../signers/backup.ts'
import { requireAlive, takeClaims } from '../../signers/clearance.ts'
import { type EnvelopeKeys, generateEnvelopeKeys } from '../../signers/envelope.ts'
import { decodeFields } from '../../signers/fields.ts'
import { encodeFrame, type Frame, kinds } from '../../signers/frame.ts'
import type { Halves, LoadedKey, SigningHalf } from '../../signers/halves.ts'
import { importContext, importManyContext, openImport, useImported, useSecret } from '../../signers/imported.ts'
import { decodePath } from '../../signers/derivation.ts'
import { halfOf, signerOf, signWith } from '../../signers/key-use.ts'
import { fail, refuse } from '../../signers/refusal.ts'
import { type Binding, seal, unseal } from './seal.ts'
import { createSeenClaims, type SeenClaims } from '../../signers/seen-claims.ts'
import { type KeyUse, signTogether } from './together.ts'

/** Keys kept open: 100,000 take about 50 MB. */
const openKeysLimit = 100_000

interface OpenKey {
  readonly key: LoadedKey
  readonly half: SigningHalf
  readonly algorithm: Algorithm
  /** Binding and sealed bytes it was opened from: a call with any others opens anew. */
  readonly origin: Uint8Array
  readonly publicKey: Uint8Array
}

interface Room {
  /** Absent until the first frame. */
  sealingKey: Uint8Array | undefined
  readonly envelopeKeys: EnvelopeKeys
  readonly open: Map<string, OpenKey>
  readonly claims: SeenClaims
  readonly halves: Halves
  /** Milliseconds on the machine's monotonic clock, which all its processes share. */
  now(): number
}

export interface Signer {
  answer(question: Frame): Frame
  /** As one after the other; signatures in one go where that is faster. */
  answerAll(questions: readonly Frame[]): Frame[]
  /** Zeroes what can be zeroed. */
  close(): void
}

type Fields = readonly Uint8Array[]
type Task = (room: Room, fields: Fields) => Fields | KeyUse

const tasks: Readonly<Record<number, Task>> = {
  [kinds.start]: start,
  [kinds.create]: create,
  [kinds.import]: importKey,
  [kinds.importMany]: importKeys,
  [kinds.sign]: sign,
  [kinds.signMany]: signMany,
  [kinds.open]: (room, fields) => [openKey(room, fields).publicKey],
  [kinds.extended]: extended,
  [kinds.forget]: forget,
}

export function createSigner(now: () => number, halves: Halves): Signer {
  const envelopeKeys = generateEnvelopeKeys()
  const room: Room = { sealingKey: undefined, envelopeKeys, open: new Map(), claims: createSeenClaims(), halves, now }
  return {
    answer: (question) => settle(question, attempt(room, question)),
    answerAll: (questions) => answerAll(room, questions),
    close: () => close(room),
  }
}

type Attempt = Fields | KeyUse | Error

function attempt(room: Room, { kind, fields }: Frame): Attempt {
  try {
    const task = tasks[kind]
    if (task === undefined) throw fail('internal', 'The signer process does not know this kind of frame')
    return task(room, fields)
  } catch (error) {
    return error instanceof Error ? error : fail('internal', 'The signer process failed')
  }
}

const isUse = (outcome: Attempt): outcome is KeyUse => 'half' in outcome

function settle({ id }: Frame, outcome: Attempt): Frame {
  try {
    if (outcome instanceof Error) throw outcome
    return { id, kind: kinds.done, fields: isUse(outcome) ? [signWith(outcome.key, outcome.message)] : outcome }
  } catch (error) {
    return refusalFrame(id, error)
  }
}

/** Keys may be wiped by any question but a signature, so signatures are made together up to the next of those. */
function answerAll(room: Room, questions: readonly Frame[]): Frame[] {
  const answers: Frame[] = []
  let run: { question: Frame; outcome: Attempt }[] = []
  const flush = (): void => {
    const together = signTogether(run.flatMap(({ outcome }) => (isUse(outcome) ? [outcome] : [])))
    for (const { question, outcome } of run) {
      const signature = isUse(outcome) ? together.get(outcome) : undefined
      answers.push(settle(question, signature === undefined ? outcome : [signature]))
    }
    run = []
  }
  for (const question of questions) {
    if (question.kind !== kinds.sign) flush()
    run.push({ question, outcome: attempt(room, question) })
  }
  flush()
  return answers
}

function start(room: Room, [sealingKey]: Fields): Fields {
  if (room.sealingKey !== undefined) throw fail('internal', 'The signer process has its sealing key already')
  if (sealingKey?.length !== 32) throw fail('internal', 'The sealing key is not 32 bytes long')
  room.sealingKey = Uint8Array.from(sealingKey)
  sealingKey.fill(0)
  return [room.envelopeKeys.publicKey]
}

function create(room: Room, [id, algorithm, list, recipient]: Fields): Fields {
  const { half, algorithm: name } = halfOf(room.halves, algorithm)
  const privateKey = half.generate()
  try {
    const target = { id: text(id), algorithm: name, ...(half.wordsOf && { wordsOf: half.wordsOf }) }
    const backup = list && recipient ? [sealBackup(privateKey, { ...target, list, recipient })] : []
    return [...sealNew(room, half, id, algorithm, privateKey), ...backup]
  } finally {
    privateKey.fill(0)
  }
}

function importKey(room: Room, [id, algorithm, envelope]: Fields): Fields {
  const { half } = halfOf(room.halves, algorithm)
  return useImported(room.envelopeKeys, importContext(text(id), text(algorithm)), envelope, half, (privateKey) =>
    sealNew(room, half, id, algorithm, privateKey),
  )
}

/** Each is settled by itself: one that cannot be read fails alone. */
function importKeys(room: Room, [algorithm, envelope, ...ids]: Fields): Fields {
  const { half } = halfOf(room.halves, algorithm)
  const opened = openImport(room.envelopeKeys, importManyContext(text(algorithm), ids.map(text)), envelope)
  try {
    const secrets = decodeFields(opened)
    return ids.map((id, i) => encodeFrame(importOne(room, half, algorithm, id, secrets[i] ?? new Uint8Array(0), i)))
  } finally {
    opened.fill(0)
  }
}

function importOne(
  room: Room,
  half: SigningHalf,
  algorithm: Bytes,
  id: Uint8Array,
  secret: Uint8Array,
  at: number,
): Frame {
  try {
    const use = (privateKey: Uint8Array) => sealNew(room, half, id, algorithm, privateKey)
    return { id: at, kind: kinds.done, fields: useSecret(secret, half, use) }
  } catch (error) {
    return refusalFrame(at, error)
  }
}

/** Wipes the private key. */
function sealNew(room: Room, half: SigningHalf, id: Bytes, algorithm: Bytes, privateKey: Uint8Array): Fields {
  try {
    const publicKey = half.publicKeyOf(privateKey)
    const binding = { id: text(id), algorithm: text(algorithm), publicKey }
    const { salt, nonce, ciphertext } = seal(sealingKeyOf(room), binding, privateKey)
    return [publicKey, salt, nonce, ciphertext]
  } finally {
    privateKey.fill(0)
  }
}

function sign(room: Room, fields: Fields): KeyUse {
  const [, , expiry, message, derivation, ...guards] = fields
  requireAlive(expiry, room.now())
  const { key: loaded, half, algorithm } = openKey(room, fields)
  const key = signerOf(loaded, algorithm, derivation)
  takeClaims(room.claims, guards)
  return { key, half, message: message ?? new Uint8Array(0) }
}

function extended(room: Room, fields: Fields): Fields {
  const { key } = openKey(room, fields)
  if (key.extended === undefined) throw refuse('not-supported', 'This key is a single one: it has no children')
  return key.extended(decodePath(fields[2]))
}

/** Each is answered for itself. */
function signMany(room: Room, uses: Fields): Fields {
  const questions = uses.map((use, id) => ({ id, kind: kinds.sign, fields: decodeFields(use) }))
  return answerAll(room, questions).map(encodeFrame)
}

function openKey(room: Room, [name, origin]: Fields): OpenKey {
  const id = text(name)
  const known = room.open.get(id)
  if (origin === undefined) throw fail('internal', 'The sealed secret is missing')
  if (known !== undefined && equal(known.origin, origin)) return known
  // What is kept lies in a copy of its own: the frame's bytes are a part of all that arrived with it.
  const own = Uint8Array.from(origin)
  const fields = decodeFields(own)
  if (text(fields[0]) !== id) throw fail('internal', 'The sealed secret is of another key')
  const opened = { ...unsealKey(room, fields), origin: own }
  drop(room, id)
  room.open.set(id, opened)
  if (room.open.size > openKeysLimit) drop(room, room.open.keys().next().value ?? id)
  return opened
}

function unsealKey(room: Room, [id, algorithm, publicKey, salt, nonce, ciphertext]: Fields): Omit<OpenKey, 'origin'> {
  const { half, algorithm: own } = halfOf(room.halves, algorithm)
  if (!publicKey || !salt || !nonce || !ciphertext) throw fail('internal', 'The sealed secret is incomplete')
  const binding: Binding = { id: text(id), algorithm: text(algorithm), publicKey }
  const privateKey = tryUnseal(sealingKeyOf(room), binding, { salt, nonce, ciphertext })
  if (!equal(half.publicKeyOf(privateKey), publicKey)) {
    privateKey.fill(0)
    throw fail('backend-failed', 'The sealed secret is of another key')
  }
  return { key: half.load(privateKey), half, algorithm: own, publicKey }
}

function tryUnseal(...parts: Parameters<typeof unseal>): Uint8Array {
  try {
    return unseal(...parts)
  } catch {
    throw fail(
      'backend-failed',
      'The sealed secret does not open: it was changed, or sealed under another key-encryption key',
    )
  }
}

function forget(room: Room, [id]: Fields): Fields {
  drop(room, text(id))
  return []
}

function drop(room: Room, id: string): void {
  room.open.get(id)?.key.wipe()
  room.open.delete(id)
}

function close(room: Room): void {
  room.sealingKey?.fill(0)
  for (const id of room.open.keys()) drop(room, id)
}

type Bytes = Uint8Array | undefined

function sealingKeyOf({ sealingKey }: Room): Uint8Array {
  if (sealingKey === undefined) throw fail('internal', 'The signer process has no sealing key yet')
  return sealingKey
}

function text(bytes: Bytes): string {
  return Buffer.from(bytes ?? []).toString('latin1')
}
