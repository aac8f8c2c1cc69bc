/** The room with the seal: what a signer process does with each frame. Holds every secret, and says only what it made. */
import { equal } from '../../base/bytes.ts'
import { refusalFrame } from '../../signers/answer.ts'
import { sealBackup } from '../../signers/backup.ts'
import { requireAlive, takeClaims } from '../../signers/clearance.ts'
import { type EnvelopeKeys, generateEnvelopeKeys } from '../../signers/envelope.ts'
import { encodeFields } from '../../signers/fields.ts'
import { type Frame, kinds } from '../../signers/frame.ts'
import type { LoadedKey, SigningHalf } from '../../signers/halves.ts'
import { importContext, useImported } from '../../signers/imported.ts'
import { halfOf, signWith } from '../../signers/key-use.ts'
import { fail } from '../../signers/refusal.ts'
import { type Binding, seal, unseal } from './seal.ts'
import { createSeenClaims, type SeenClaims } from '../../signers/seen-claims.ts'

/** Keys kept open: 100,000 take about 50 MB. */
const openKeysLimit = 100_000

interface OpenKey {
  readonly key: LoadedKey
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
  /** Milliseconds on the machine's monotonic clock, which all its processes share. */
  now(): number
}

export interface Signer {
  answer(question: Frame): Frame
  /** Zeroes what can be zeroed. */
  close(): void
}

type Fields = readonly Uint8Array[]
type Task = (room: Room, fields: Fields) => Fields

const tasks: Readonly<Record<number, Task>> = {
  [kinds.start]: start,
  [kinds.create]: create,
  [kinds.import]: importKey,
  [kinds.sign]: sign,
  [kinds.open]: (room, fields) => [openKey(room, fields).publicKey],
  [kinds.forget]: forget,
}

export function createSigner(now: () => number): Signer {
  const envelopeKeys = generateEnvelopeKeys()
  const room: Room = { sealingKey: undefined, envelopeKeys, open: new Map(), claims: createSeenClaims(), now }
  return { answer: (question) => answer(room, question), close: () => close(room) }
}

function answer(room: Room, { id, kind, fields }: Frame): Frame {
  try {
    const task = tasks[kind]
    if (task === undefined) throw fail('internal', 'The signer process does not know this kind of frame')
    return { id, kind: kinds.done, fields: task(room, fields) }
  } catch (error) {
    return refusalFrame(id, error)
  }
}

function start(room: Room, [sealingKey]: Fields): Fields {
  if (room.sealingKey !== undefined) throw fail('internal', 'The signer process has its sealing key already')
  if (sealingKey?.length !== 32) throw fail('internal', 'The sealing key is not 32 bytes long')
  room.sealingKey = Uint8Array.from(sealingKey)
  sealingKey.fill(0)
  return [room.envelopeKeys.publicKey]
}

function create(room: Room, [id, algorithm, list, recipient]: Fields): Fields {
  const { half } = halfOf(algorithm)
  const privateKey = half.generate()
  try {
    const target = { id: text(id), algorithm: text(algorithm) }
    const backup = list && recipient ? [sealBackup(privateKey, { ...target, list, recipient })] : []
    return [...sealNew(room, half, id, algorithm, privateKey), ...backup]
  } finally {
    privateKey.fill(0)
  }
}

function importKey(room: Room, [id, algorithm, envelope]: Fields): Fields {
  const { half } = halfOf(algorithm)
  return useImported(room.envelopeKeys, importContext(text(id), text(algorithm)), envelope, (privateKey) =>
    sealNew(room, half, id, algorithm, privateKey),
  )
}

/** Wipes the private key. */
function sealNew(room: Room, half: SigningHalf, id: Bytes, algorithm: Bytes, privateKey: Uint8Array): Fields {
  try {
    const publicKey = half.publicKeyOf(privateKey)
    const binding = { id: text(id), algorithm: halfOf(algorithm).algorithm, publicKey }
    const { salt, nonce, ciphertext } = seal(sealingKeyOf(room), binding, privateKey)
    return [publicKey, salt, nonce, ciphertext]
  } finally {
    privateKey.fill(0)
  }
}

function sign(room: Room, fields: Fields): Fields {
  const [, , , , , , expiry, message, ...guards] = fields
  requireAlive(expiry, room.now())
  const { key } = openKey(room, fields)
  takeClaims(room.claims, guards)
  return [signWith(key, message)]
}

function openKey(room: Room, fields: Fields): OpenKey {
  const id = text(fields[0])
  const origin = encodeFields(fields.slice(0, 6))
  const known = room.open.get(id)
  if (known !== undefined && equal(known.origin, origin)) return known
  const opened = { ...unsealKey(room, fields), origin }
  drop(room, id)
  room.open.set(id, opened)
  if (room.open.size > openKeysLimit) drop(room, room.open.keys().next().value ?? id)
  return opened
}

function unsealKey(room: Room, [id, algorithm, publicKey, salt, nonce, ciphertext]: Fields): Omit<OpenKey, 'origin'> {
  const { half, algorithm: name } = halfOf(algorithm)
  if (!publicKey || !salt || !nonce || !ciphertext) throw fail('internal', 'The sealed secret is incomplete')
  const binding: Binding = { id: text(id), algorithm: name, publicKey }
  const privateKey = tryUnseal(sealingKeyOf(room), binding, { salt, nonce, ciphertext })
  if (!equal(half.publicKeyOf(privateKey), publicKey)) {
    privateKey.fill(0)
    throw fail('backend-failed', 'The sealed secret is of another key')
  }
  return { key: half.load(privateKey), publicKey }
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
