/**
 * What travels between the service and a signer process: frames of `length | id | kind | fields`, length and id in four
 * big-endian bytes, kind in one. An answer carries the id of its question.
 */
import { concat } from '../base/bytes.ts'
import { decodeFields, encodedSize, readUint32, writeFields, writeUint32 } from './fields.ts'

export const kinds = {
  /** sealing key → the process's own X25519 public key */
  start: 1,
  /** id, algorithm (`bip32` of a tree, here and below), and for a backup word list and recipient → public key, salt, nonce, ciphertext, backup if asked for */
  create: 2,
  /** id, algorithm, envelope → public key, salt, nonce, ciphertext */
  import: 3,
  /** id, sealed key, expiry, message, derivation or nothing, then row, root, replaced root per claim → signature */
  sign: 4,
  /** id, sealed key (id, algorithm, public key, salt, nonce, ciphertext) → public key, computed from the secret */
  open: 5,
  /** The fields of a `sign` for each, as one list → its answer for each, as a frame */
  signMany: 8,
  /** id, sealed key, path → public key and chain code of that node of a tree */
  extended: 9,
  /** id → nothing */
  forget: 6,
  /** algorithm, envelope, then an id for each secret in it → for each a frame, as `import` is answered */
  importMany: 7,
  /** fields as the kind of the question says */
  done: 16,
  /** code, sentence */
  refused: 17,
  /** code, sentence; from processes that speak to others, also JSON with hint and seconds to wait */
  failed: 18,
  /** Under id 0, at any time: JSON for whoever started the process */
  notice: 19,
} as const

export interface Frame {
  readonly id: number
  readonly kind: number
  readonly fields: readonly Uint8Array[]
}

/** More than any frame needs: a keystore with its password is a few kilobytes. */
const largest = 1 << 20

export function encodeFrame({ id, kind, fields }: Frame): Uint8Array<ArrayBuffer> {
  const length = 5 + encodedSize(fields)
  const out = new Uint8Array(4 + length)
  writeUint32(out, 0, length)
  writeUint32(out, 4, id)
  out[8] = kind
  writeFields(out, 9, fields)
  return out
}

export interface FrameReader {
  /** Takes what arrived and returns the frames that are complete now. @throws RangeError for anything malformed. */
  push(chunk: Uint8Array): Frame[]
}

/** Frames hold copies: the chunk may be reused, and a secret in it wiped, after `push`. */
export function createFrameReader(): FrameReader {
  let rest: Uint8Array = new Uint8Array(0)
  return {
    push(chunk) {
      const bytes = concat(rest, chunk)
      rest.fill(0)
      const frames: Frame[] = []
      let at = 0
      for (let end = frameEnd(bytes, at); end !== undefined; end = frameEnd(bytes, at)) {
        frames.push(decodeFrame(bytes.subarray(at + 4, end)))
        at = end
      }
      rest = bytes.slice(at)
      return frames
    },
  }
}

function frameEnd(bytes: Uint8Array, at: number): number | undefined {
  if (bytes.length < at + 4) return undefined
  const length = readUint32(bytes, at)
  if (length < 5 || length > largest) throw new RangeError(`a frame of ${length} bytes`)
  const end = at + 4 + length
  return end <= bytes.length ? end : undefined
}

function decodeFrame(body: Uint8Array): Frame {
  return { id: readUint32(body, 0), kind: body[4] ?? 0, fields: decodeFields(body.subarray(5)) }
}
