/**
 * A secret on its way to one signer process: only the holder of the X25519 private key opens it. An ephemeral key pair
 * per envelope, HKDF-SHA-256 over the shared secret with both public keys as salt, AES-256-GCM with that key used once.
 */
import { createPublicKey, diffieHellman, generateKeyPairSync, hkdfSync, type KeyObject } from 'node:crypto'
import { concat, utf8 } from '../base/bytes.ts'
import { decrypt, encrypt, nonceSize } from './aes-gcm.ts'

const publicKeySize = 32
// RFC 8410: SubjectPublicKeyInfo of an X25519 key is these bytes and the key.
const spkiPrefix = Buffer.from('302a300506032b656e032100', 'hex')
const zeroNonce = new Uint8Array(nonceSize)

export interface EnvelopeKeys {
  readonly publicKey: Uint8Array
  readonly privateKey: KeyObject
}

export function generateEnvelopeKeys(): EnvelopeKeys {
  const { publicKey, privateKey } = generateKeyPairSync('x25519')
  return { publicKey: rawPublicKey(publicKey), privateKey }
}

/** `context` must be given again to open it. */
export function sealEnvelope(recipient: Uint8Array, context: Uint8Array, plaintext: Uint8Array): Uint8Array {
  const ephemeral = generateEnvelopeKeys()
  const key = agreedKey(ephemeral.privateKey, recipient, concat(ephemeral.publicKey, recipient))
  try {
    return concat(ephemeral.publicKey, encrypt({ key, nonce: zeroNonce, additionalData: context }, plaintext))
  } finally {
    key.fill(0)
  }
}

/** @throws Error when it was made for another key or context, or was changed. */
export function openEnvelope(keys: EnvelopeKeys, context: Uint8Array, envelope: Uint8Array): Uint8Array {
  if (envelope.length < publicKeySize) throw new RangeError('an envelope shorter than a public key')
  const sender = envelope.subarray(0, publicKeySize)
  const key = agreedKey(keys.privateKey, sender, concat(sender, keys.publicKey))
  try {
    return decrypt({ key, nonce: zeroNonce, additionalData: context }, envelope.subarray(publicKeySize))
  } finally {
    key.fill(0)
  }
}

function agreedKey(privateKey: KeyObject, other: Uint8Array, salt: Uint8Array): Uint8Array {
  const publicKey = createPublicKey({ key: Buffer.concat([spkiPrefix, other]), format: 'der', type: 'spki' })
  const shared = diffieHellman({ privateKey, publicKey })
  try {
    return new Uint8Array(hkdfSync('sha256', shared, salt, utf8('chancery import envelope 1'), 32))
  } finally {
    shared.fill(0)
  }
}

function rawPublicKey(key: KeyObject): Uint8Array {
  return Uint8Array.from(key.export({ format: 'der', type: 'spki' }).subarray(spkiPrefix.length))
}
