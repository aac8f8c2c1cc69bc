/** ECDSA signatures over secp256k1: from what a key back-end returned to r, s with low s, and the parity of R. */
import { isPrivate, privateNegate, recover as recoverPoint, verify as verifyEcdsa } from 'tiny-secp256k1'
import { equal } from '../../base/bytes.ts'
import type { PublicKey } from '../../core/key.ts'
import type { RawSignature, Signature } from '../../core/payload.ts'
import { parseDer } from './der.ts'

/** (n-1)/2, the largest s of a signature in canonical form (BIP 146, EIP-2). */
const halfOrder = Buffer.from('7fffffffffffffffffffffffffffffff5d576e7357a4501ddfe92f46681b20a0', 'hex')

/**
 * Takes DER, or r and s of 32 bytes each, which may be followed by the recovery id as a hint of one byte. Recovery that
 * ends at the pinned key is the proof that the signature is valid, so no second check is needed here.
 * @throws RangeError when `raw` is malformed, out of range, or not by `publicKey` over the 32-byte `digest`.
 */
export function normalise(raw: RawSignature, digest: Uint8Array, publicKey: PublicKey): Signature {
  if (digest.length !== 32) throw new RangeError(`expected a digest of 32 bytes, got ${digest.length}`)
  const parsed = raw.encoding === 'der' ? parseDer(raw.bytes) : parseCompact(raw.bytes)
  // A valid private key and a valid r or s have the same range: 1 to n-1.
  if (!isPrivate(parsed.subarray(0, 32)) || !isPrivate(parsed.subarray(32))) throw new RangeError('r or s out of range')
  const high = !isLowS(parsed)
  if (high) parsed.set(privateNegate(parsed.subarray(32)), 32)
  const hint = raw.encoding === 'compact' ? raw.bytes[64] : undefined
  const yParity = findParity(parsed, digest, publicKey, hint === undefined ? 0 : parityOf(hint, high))
  return { algorithm: 'secp256k1-ecdsa', bytes: parsed, yParity }
}

/** Whether r and s (64 bytes, low s) are a valid signature of the digest. Never throws. */
export function verify(signature: Signature, digest: Uint8Array, publicKey: PublicKey): boolean {
  const { bytes } = signature
  if (digest.length !== 32 || bytes.length !== 64) return false
  try {
    return verifyEcdsa(digest, publicKey.bytes, bytes, true)
  } catch {
    // The library throws for r, s or a point out of range.
    return false
  }
}

/** The compressed public key that made the signature, or undefined when there is none. Never throws. */
export function recover(bytes: Uint8Array, yParity: 0 | 1, digest: Uint8Array): Uint8Array | undefined {
  if (digest.length !== 32 || bytes.length !== 64) return undefined
  try {
    return recoverPoint(digest, bytes, yParity, true) ?? undefined
  } catch {
    return undefined
  }
}

/** Whether r and s (64 bytes) have a low s. */
export function isLowS(bytes: Uint8Array): boolean {
  return Buffer.compare(bytes.subarray(32, 64), halfOrder) <= 0
}

function parseCompact(bytes: Uint8Array): Uint8Array<ArrayBuffer> {
  if (bytes.length !== 64 && bytes.length !== 65) throw new RangeError(`expected 64 or 65 bytes, got ${bytes.length}`)
  return Uint8Array.from(bytes.subarray(0, 64))
}

/** Negating s mirrors R, so the parity flips with it. */
function parityOf(hint: number, high: boolean): 0 | 1 {
  if (hint !== 0 && hint !== 1) throw new RangeError(`expected recovery id 0 or 1, got ${hint}`)
  return (hint === 1) !== high ? 1 : 0
}

/**
 * Recovery ids 2 and 3 (R's x beyond the order) are never tried: no chain here can carry them, and an honest signer meets
 * one with probability 2^-127.
 */
function findParity(bytes: Uint8Array, digest: Uint8Array, publicKey: PublicKey, first: 0 | 1): 0 | 1 {
  if (isBy(bytes, first, digest, publicKey)) return first
  const second = first === 0 ? 1 : 0
  if (isBy(bytes, second, digest, publicKey)) return second
  throw new RangeError('the signature is not by this key over this digest')
}

function isBy(bytes: Uint8Array, yParity: 0 | 1, digest: Uint8Array, publicKey: PublicKey): boolean {
  const found = recover(bytes, yParity, digest)
  return found !== undefined && equal(found, publicKey.bytes)
}
