/** Public keys of BIP-340: the x coordinate of a point, whose y is meant to be even. */
import { isXOnlyPoint } from 'tiny-secp256k1'
import type { PublicKey } from '../../core/key.ts'
import { publicKey as wholePublicKey } from '../secp256k1/public-key.ts'

/**
 * A public key from the 32 bytes of x, or from a whole point, of which x is kept: 33 or 65 bytes of SEC 1, 88 bytes of
 * SubjectPublicKeyInfo.
 * @throws RangeError for any other form, and where no point has that x
 */
export function publicKey(bytes: Uint8Array): PublicKey {
  if (bytes.length !== 32) return { algorithm: 'secp256k1-schnorr', bytes: wholePublicKey(bytes).bytes.slice(1) }
  if (!isXOnlyPoint(bytes)) throw new RangeError('not a secp256k1 public key (BIP-340)')
  return { algorithm: 'secp256k1-schnorr', bytes: Uint8Array.from(bytes) }
}
