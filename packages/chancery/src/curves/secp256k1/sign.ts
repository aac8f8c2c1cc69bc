/**
 * The half of the curve that needs a private key. A signer process loads this file and nothing else of ours, so it
 * imports the curve library and node:crypto only (safety rule 12).
 */
import { getRandomValues } from 'node:crypto'
import { isPrivate, pointFromScalar, signRecoverable } from 'tiny-secp256k1'

/** A private key, 32 bytes. The caller owns it and zeroes it. */
export function generate(): Uint8Array<ArrayBuffer> {
  const privateKey = new Uint8Array(32)
  // A random number is out of range once in 2^128 draws.
  do getRandomValues(privateKey)
  while (!isPrivate(privateKey))
  return privateKey
}

/**
 * The compressed public key, 33 bytes.
 * @throws RangeError when `privateKey` is not 32 bytes from 1 to n-1.
 */
export function publicKeyOf(privateKey: Uint8Array): Uint8Array {
  const point = isPrivate(privateKey) ? pointFromScalar(privateKey, true) : null
  if (point === null) throw new RangeError('not a secp256k1 private key')
  return point
}

/**
 * Signs a 32-byte digest with the nonce of RFC 6979: r and s, low s, then one byte with the recovery id (0 to 3). These
 * 65 bytes are a raw signature of encoding `compact`.
 * @throws RangeError when the key or the digest is malformed.
 */
export function sign(privateKey: Uint8Array, digest: Uint8Array): Uint8Array<ArrayBuffer> {
  if (!isPrivate(privateKey)) throw new RangeError('not a secp256k1 private key')
  if (digest.length !== 32) throw new RangeError(`expected a digest of 32 bytes, got ${digest.length}`)
  const { signature, recoveryId } = signRecoverable(digest, privateKey)
  const out = new Uint8Array(65)
  out.set(signature)
  out[64] = recoveryId
  return out
}
