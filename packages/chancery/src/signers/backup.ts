/** A private key in words on its way out, once: encrypted inside a signer process to whoever asked for the key. */
import { openEnvelope, type EnvelopeKeys, sealEnvelope } from './envelope.ts'
import { encodeFields } from './fields.ts'
import type { SigningHalf } from './halves.ts'
import { refuse } from './refusal.ts'
import { decodeWordList, wordsOf } from './words.ts'

const encoder = new TextEncoder()

function contextOf(id: string, algorithm: string): Uint8Array {
  return encodeFields(['chancery backup', id, algorithm].map((part) => encoder.encode(part)))
}

/** A key that is to be backed up, and to whom. */
export interface Backup {
  readonly id: string
  readonly algorithm: string
  /** As `encodeWordList` wrote it; not read where `wordsOf` is given. */
  readonly list: Uint8Array
  readonly wordsOf?: SigningHalf['wordsOf']
  /** An X25519 public key. */
  readonly recipient: Uint8Array
}

/** Inside a signer process. Leaves the private key as it is. @throws SignerRefusal */
export function sealBackup(privateKey: Uint8Array, { id, algorithm, list, recipient, ...half }: Backup): Uint8Array {
  const words = half.wordsOf?.(privateKey) ?? wordsOf(privateKey, decodeWordList(list))
  try {
    return sealEnvelope(recipient, contextOf(id, algorithm), words)
  } catch {
    throw refuse('invalid-request', 'The recipient of the words is no X25519 public key')
  } finally {
    words.fill(0)
  }
}

/**
 * At the recipient's: the words, UTF-8 with single spaces, in a buffer of its own.
 * @throws Error when they are of another key or for another recipient.
 */
export function openBackup(keys: EnvelopeKeys, id: string, algorithm: string, backup: Uint8Array): Uint8Array {
  return openEnvelope(keys, contextOf(id, algorithm), backup)
}
