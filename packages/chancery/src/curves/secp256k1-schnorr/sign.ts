/**
 * The half of the scheme that needs a private key. A signer process loads this file, so it imports the curve library only (safety
 * rule 12).
 */
import {
  isPrivate,
  pointFromScalar,
  privateAdd,
  privateNegate,
  signSchnorr,
  xOnlyPointFromScalar,
} from 'tiny-secp256k1'

/**
 * The public key, 32 bytes.
 * @throws RangeError when `privateKey` is not 32 bytes from 1 to n-1.
 */
export function publicKeyOf(privateKey: Uint8Array): Uint8Array {
  requirePrivate(privateKey)
  return xOnlyPointFromScalar(privateKey)
}

/**
 * Signs a 32-byte message; 64 bytes. Without fresh randomness (BIP-340's auxiliary data are zeros), so that the same message
 * has the same signature, and a request that is made again the same answer.
 * @throws RangeError when the key or the message is malformed.
 */
export function sign(privateKey: Uint8Array, message: Uint8Array): Uint8Array {
  requirePrivate(privateKey)
  if (message.length !== 32) throw new RangeError(`expected a message of 32 bytes, got ${message.length}`)
  return signSchnorr(message, privateKey)
}

/**
 * The private key of BIP-341's output key: `tweak` is added to the private key whose point has an even y. In a buffer of its
 * own: whoever gets it wipes it.
 * @throws RangeError when the key is malformed, or the tweak is not 32 bytes below n, or their sum is zero.
 */
export function tweaked(privateKey: Uint8Array, tweak: Uint8Array): Uint8Array {
  requirePrivate(privateKey)
  const even = withEvenY(privateKey)
  try {
    return added(even, tweak)
  } finally {
    even.fill(0)
  }
}

function withEvenY(privateKey: Uint8Array): Uint8Array {
  const odd = pointFromScalar(privateKey, true)?.[0] === 3
  return odd ? privateNegate(privateKey) : Uint8Array.from(privateKey)
}

function added(privateKey: Uint8Array, tweak: Uint8Array): Uint8Array {
  try {
    const sum = privateAdd(privateKey, tweak)
    if (sum !== null) return sum
  } catch {}
  throw new RangeError('not a tweak of this private key')
}

function requirePrivate(privateKey: Uint8Array): void {
  if (!isPrivate(privateKey)) throw new RangeError('not a secp256k1 private key')
}
