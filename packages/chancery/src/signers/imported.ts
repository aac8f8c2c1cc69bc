/** What an import envelope holds, written by `import-envelope.ts` and read here, inside a signer process. */
import { utf8 } from '../base/bytes.ts'
import { type EnvelopeKeys, openEnvelope } from './envelope.ts'
import { decodeFields, encodeFields } from './fields.ts'
import { decryptKeystore } from './keystore-v3.ts'
import type { SigningHalf } from './halves.ts'
import { fail, refuse } from './refusal.ts'
import { decodeWordList, privateKeyOfWords } from './words.ts'

/** Says which key the envelope is for: an envelope cannot be moved to another. */
export function importContext(id: string, algorithm: string): Uint8Array {
  return encodeFields([utf8('chancery import'), utf8(id), utf8(algorithm)])
}

/** The same of an envelope for many keys. */
export function importManyContext(algorithm: string, ids: readonly string[]): Uint8Array {
  return encodeFields([utf8('chancery import many'), utf8(algorithm), ...ids.map(utf8)])
}

/**
 * Hands the private key in the envelope to `use`, in a buffer of its own, and wipes what it was read from.
 * @throws SignerRefusal `invalid-payload`, for a RangeError of `use` too; `backend-unavailable` for another process's
 */
export function useImported<T>(
  keys: EnvelopeKeys,
  context: Uint8Array,
  envelope: Uint8Array | undefined,
  half: SigningHalf,
  use: (privateKey: Uint8Array) => T,
): T {
  const imported = openImport(keys, context, envelope)
  try {
    return useSecret(imported, half, use)
  } finally {
    imported.fill(0)
  }
}

/** As `useImported`, of one secret of an envelope that holds many. */
export function useSecret<T>(imported: Uint8Array, half: SigningHalf, use: (privateKey: Uint8Array) => T): T {
  try {
    return use(decodeImported(imported, half))
  } catch (error) {
    if (error instanceof RangeError) throw refuse('invalid-payload', 'The imported secret is no private key')
    throw error
  }
}

/** What the envelope holds: whoever gets it wipes it. @throws SignerRefusal `backend-unavailable` for another process's */
export function openImport(keys: EnvelopeKeys, context: Uint8Array, envelope: Uint8Array | undefined): Uint8Array {
  try {
    return openEnvelope(keys, context, envelope ?? new Uint8Array(0))
  } catch {
    throw fail('backend-unavailable', 'The import was encrypted to another signer process')
  }
}

/** The private key, in a buffer of its own. @throws SignerRefusal `invalid-payload` */
function decodeImported(bytes: Uint8Array, half: SigningHalf): Uint8Array {
  const [format, ...parts] = decodeFields(bytes)
  const name = Buffer.from(format ?? []).toString()
  const own = half.formats?.get(name)
  if (own !== undefined) return own(parts)
  const [secret, third] = parts
  if (name === 'hex' && secret !== undefined) return privateKeyFromHex(secret)
  if (name === 'words' && secret !== undefined && third !== undefined) {
    return privateKeyOfWords(secret, decodeWordList(third))
  }
  if (name === 'keystore-v3' && secret !== undefined && third !== undefined) return decryptKeystore(secret, third)
  throw refuse('invalid-payload', 'The imported secret is in no known format')
}

/** Digit by digit, because a string cannot be wiped. Takes `0x` and white space around the digits. */
function privateKeyFromHex(text: Uint8Array): Uint8Array {
  const digits = trim(text)
  const body = digits[0] === 0x30 && digits[1] === 0x78 ? digits.subarray(2) : digits
  if (body.length !== 64) throw refuse('invalid-payload', 'The imported secret is not 64 hex digits')
  const bytes = new Uint8Array(32)
  for (let i = 0; i < 32; i++) bytes[i] = 16 * digit(body[2 * i]) + digit(body[2 * i + 1])
  return bytes
}

function trim(text: Uint8Array): Uint8Array {
  let [start, end] = [0, text.length]
  while (start < end && isSpace(text[start])) start++
  while (end > start && isSpace(text[end - 1])) end--
  return text.subarray(start, end)
}

function isSpace(byte: number | undefined): boolean {
  return byte === 0x20 || byte === 0x09 || byte === 0x0a || byte === 0x0d
}

function digit(byte = 0): number {
  const value = byte >= 0x30 && byte <= 0x39 ? byte - 0x30 : (byte | 0x20) - 0x61 + 10
  if (value < 0 || value > 15) throw refuse('invalid-payload', 'The imported secret is not 64 hex digits')
  return value
}
