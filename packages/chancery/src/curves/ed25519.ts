/** Ed25519 (RFC 8032), pure, over whole messages; what needs a private key is in `ed25519/sign.ts`. */
import { createPublicKey, type KeyObject, verify as verifyMessage } from 'node:crypto'
import { ed25519 as noble } from '@noble/curves/ed25519.js'
import { equal } from '../base/bytes.ts'
import type { Curve } from '../core/curve.ts'
import type { PublicKey } from '../core/key.ts'
import type { RawSignature, Signature } from '../core/payload.ts'

// SubjectPublicKeyInfo { id-Ed25519, BIT STRING }, up to the key (RFC 8410).
const spkiPrefix = Uint8Array.from(Buffer.from('302a300506032b6570032100', 'hex'))

export const ed25519: Curve = { algorithm: 'ed25519', publicKey, normalise, verify }

function publicKey(bytes: Uint8Array): PublicKey {
  const key = bytes.length === spkiPrefix.length + 32 ? keyOfSpki(bytes) : bytes
  if (key.length !== 32 || !isPoint(key)) throw new RangeError('not an Ed25519 public key')
  return { algorithm: 'ed25519', bytes: Uint8Array.from(key) }
}

function keyOfSpki(spki: Uint8Array): Uint8Array {
  if (!equal(spki.subarray(0, spkiPrefix.length), spkiPrefix)) throw new RangeError('not an Ed25519 public key (SPKI)')
  return spki.subarray(spkiPrefix.length)
}

/** OpenSSL takes any 32 bytes as a key; for a point of small order, signatures over anything can be made by anyone. */
function isPoint(key: Uint8Array): boolean {
  try {
    const point = noble.Point.fromBytes(key, false)
    return point.isTorsionFree() && !point.is0()
  } catch {
    return false
  }
}

function normalise(raw: RawSignature, message: Uint8Array, publicKey: PublicKey): Signature {
  if (raw.encoding !== 'compact' || raw.bytes.length !== 64) throw new RangeError('expected 64 bytes of R and S')
  const signature: Signature = { algorithm: 'ed25519', bytes: Uint8Array.from(raw.bytes) }
  if (!verify(signature, message, publicKey)) throw new RangeError('the signature is not by this key over this message')
  return signature
}

function verify(signature: Signature, message: Uint8Array, publicKey: PublicKey): boolean {
  if (signature.bytes.length !== 64 || publicKey.bytes.length !== 32) return false
  try {
    return verifyMessage(null, message, keyObject(publicKey), signature.bytes)
  } catch {
    return false
  }
}

// Making a key object costs twice as much as using it. Bounded, because public keys are not secret but are many.
const keyObjects = new Map<string, KeyObject>()
const keyObjectLimit = 10_000

function keyObject(publicKey: PublicKey): KeyObject {
  const name = Buffer.from(publicKey.bytes).toString('latin1')
  const known = keyObjects.get(name)
  if (known !== undefined) return known
  if (keyObjects.size >= keyObjectLimit) keyObjects.clear()
  const key = createPublicKey({ key: Buffer.concat([spkiPrefix, publicKey.bytes]), format: 'der', type: 'spki' })
  keyObjects.set(name, key)
  return key
}
