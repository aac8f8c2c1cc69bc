/**
 * The texts in which teams keep a private key in a parameter: JSON of our own, base64 or hex of the seed or of the seed
 * with its public key, and words. Runs inside the signer process.
 */
import { equal } from '../../../base/bytes.ts'
import { unmoved } from '../../../base/secret.ts'
import type { Algorithm } from '../../../core/key.ts'
import { signingHalf } from '../../../signers/halves.ts'
import { fail } from '../../../signers/refusal.ts'
import { privateKeyOfWords, type WordList } from '../../../signers/words.ts'

export interface ParsedSecret {
  /** In a buffer of its own: whoever gets it wipes it. */
  readonly privateKey: Uint8Array
  readonly format: 'v1' | 'base64-seed' | 'base64-key' | 'hex-seed' | 'hex-key' | 'words'
}

/** @throws SignerRefusal `backend-failed`, without a word of the text. */
export function parseSecret(text: string, algorithm: Algorithm, list: WordList | undefined): ParsedSecret {
  const trimmed = text.trim()
  if (trimmed.startsWith('{')) return { privateKey: parseVersioned(trimmed, algorithm), format: 'v1' }
  const hex = bytesOfHex(trimmed)
  if (hex !== undefined) return parseBytes(hex, algorithm, 'hex')
  const base64 = bytesOfBase64(trimmed)
  if (base64 !== undefined) return parseBytes(base64, algorithm, 'base64')
  if (/^[A-Za-z]+(?:\s+[A-Za-z]+)+$/.test(trimmed)) return { privateKey: parseWords(trimmed, list), format: 'words' }
  throw unreadable('it is neither JSON, base64, hex nor words')
}

/** The text for a new parameter. */
export function versionedSecret(privateKey: Uint8Array, algorithm: Algorithm, address: string | undefined): string {
  // A view: a copy would stay in Node's pool of small buffers.
  const key = Buffer.from(privateKey.buffer, privateKey.byteOffset, privateKey.length).toString('base64')
  return JSON.stringify({ v: 1, alg: algorithm, key, ...(address !== undefined && { address }) })
}

function parseVersioned(text: string, algorithm: Algorithm): Uint8Array {
  const members = new Map(Object.entries(parseObject(text)))
  const unknown = [...members.keys()].some((name) => !['v', 'alg', 'key', 'address'].includes(name))
  if (unknown || members.get('v') !== 1) throw unreadable('its JSON is of an unknown version')
  if (members.get('alg') !== algorithm) throw unreadable('it is a key of another algorithm')
  const key: unknown = members.get('key')
  const bytes = typeof key === 'string' ? bytesOfBase64(key) : undefined
  if (bytes?.length === 32) return bytes
  bytes?.fill(0)
  throw unreadable('the key in its JSON is not 32 bytes of base64')
}

function parseObject(text: string): object {
  try {
    const value: unknown = JSON.parse(text)
    if (typeof value === 'object' && value !== null) return value
  } catch {}
  throw unreadable('it is not JSON')
}

function parseBytes(bytes: Uint8Array, algorithm: Algorithm, encoding: 'hex' | 'base64'): ParsedSecret {
  if (bytes.length === 32) return { privateKey: bytes, format: `${encoding}-seed` }
  try {
    if (bytes.length !== 64 || algorithm !== 'ed25519') throw unreadable(`it is ${bytes.length} bytes long`)
    const seed = unmoved(bytes.subarray(0, 32))
    if (equal(signingHalf(algorithm)?.half.publicKeyOf(seed) ?? seed, bytes.subarray(32))) {
      return { privateKey: seed, format: `${encoding}-key` }
    }
    seed.fill(0)
    throw unreadable('its two halves, private and public, do not belong together')
  } finally {
    bytes.fill(0)
  }
}

function parseWords(text: string, list: WordList | undefined): Uint8Array {
  if (list === undefined) throw fail('not-configured', 'The parameter holds words, and the family of the key has none')
  const bytes = new TextEncoder().encode(text)
  try {
    return privateKeyOfWords(bytes, list)
  } catch {
    throw unreadable('its words are not those of a private key')
  } finally {
    bytes.fill(0)
  }
}

function bytesOfHex(text: string): Uint8Array | undefined {
  const digits = /^(?:0x)?((?:[0-9a-fA-F]{64}){1,2})$/.exec(text)?.[1]
  return digits === undefined ? undefined : owned(Buffer.from(digits, 'hex'))
}

/** Canonical base64 alone, with its padding or without, of 32 or 64 bytes. */
function bytesOfBase64(text: string): Uint8Array | undefined {
  if (!/^[A-Za-z0-9+/]{43,86}={0,2}$/.test(text)) return undefined
  const bytes = Buffer.from(text, 'base64')
  const canonical = bytes.toString('base64')
  const same = text === canonical || text === canonical.replace(/=+$/, '')
  if (same && (bytes.length === 32 || bytes.length === 64)) return owned(bytes)
  bytes.fill(0)
  return undefined
}

function owned(bytes: Uint8Array): Uint8Array {
  const copy = unmoved(bytes)
  bytes.fill(0)
  return copy
}

function unreadable(why: string) {
  return fail('backend-failed', `The parameter holds no private key that can be read: ${why}`)
}
