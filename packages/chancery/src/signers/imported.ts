/** What an import envelope holds, written by the service and read by a signer process. */
import { utf8 } from '../base/bytes.ts'
import type { ImportedSecret, NewKeyRequest } from '../core/backend.ts'
import { sealEnvelope } from './envelope.ts'
import { decodeFields, encodeFields } from './fields.ts'
import { decryptKeystore } from './keystore-v3.ts'
import { refuse } from './refusal.ts'

/** Says which key the envelope is for: an envelope cannot be moved to another. */
export function importContext(id: string, algorithm: string): Uint8Array {
  return encodeFields([utf8('chancery import'), utf8(id), utf8(algorithm)])
}

/** Encrypted to one signer process. */
export function sealImport(
  recipient: Uint8Array,
  { id, algorithm }: NewKeyRequest,
  secret: ImportedSecret,
): Uint8Array {
  const plaintext = encodeImported(secret)
  try {
    return sealEnvelope(recipient, importContext(id, algorithm), plaintext)
  } finally {
    plaintext.fill(0)
  }
}

export function wipeImported(secret: ImportedSecret): void {
  if (secret.format === 'hex') return secret.hex.wipe()
  if (secret.format === 'words') return secret.words.wipe()
  secret.keystore.wipe()
  return secret.password.wipe()
}

/** In a buffer of its own: whoever gets it wipes it. */
export function encodeImported(imported: ImportedSecret): Uint8Array {
  if (imported.format === 'hex') return imported.hex.use((hex) => encodeFields([utf8('hex'), hex]))
  if (imported.format === 'words') return imported.words.use((words) => encodeFields([utf8('words'), words]))
  return imported.keystore.use((keystore) =>
    imported.password.use((password) => encodeFields([utf8('keystore-v3'), keystore, password])),
  )
}

/** The private key, in a buffer of its own. @throws SignerRefusal `invalid-payload` */
export function decodeImported(bytes: Uint8Array): Uint8Array {
  const [format, secret, password] = decodeFields(bytes)
  const name = Buffer.from(format ?? []).toString()
  if (name === 'hex' && secret !== undefined) return privateKeyFromHex(secret)
  if (name === 'keystore-v3' && secret !== undefined && password !== undefined) return decryptKeystore(secret, password)
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
