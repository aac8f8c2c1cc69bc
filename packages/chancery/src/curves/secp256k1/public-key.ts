/** Public keys: SEC 1 points, and SubjectPublicKeyInfo as key management services return it. */
import { isPoint, pointCompress } from 'tiny-secp256k1'
import { equal } from '../../base/bytes.ts'
import type { PublicKey } from '../../core/key.ts'

// SEQUENCE { SEQUENCE { id-ecPublicKey, secp256k1 }, BIT STRING }, up to the point (RFC 5480; OID 1.3.132.0.10 of SEC 2).
const spkiPrefix = Uint8Array.from(Buffer.from('3056301006072a8648ce3d020106052b8104000a034200', 'hex'))
const spkiSize = spkiPrefix.length + 65

/**
 * A public key from 33 or 65 bytes of SEC 1, or from 88 bytes of SubjectPublicKeyInfo with the named curve and the
 * uncompressed point.
 * @throws RangeError for any other form, another curve, or a point that is not on the curve.
 */
export function publicKey(bytes: Uint8Array): PublicKey {
  const point = bytes.length === spkiSize ? pointOfSpki(bytes) : bytes
  if (!isSec1(point) || !isPoint(point)) throw new RangeError('not a secp256k1 public key')
  return { algorithm: 'secp256k1-ecdsa', bytes: Uint8Array.from(pointCompress(point, true)) }
}

/** x and y of a public key, 64 bytes. */
export function coordinates(key: PublicKey): Uint8Array {
  return pointCompress(key.bytes, false).subarray(1)
}

function pointOfSpki(spki: Uint8Array): Uint8Array {
  if (!equal(spki.subarray(0, spkiPrefix.length), spkiPrefix)) throw new RangeError('not a secp256k1 public key (SPKI)')
  return spki.subarray(spkiPrefix.length)
}

/** Leaves out the hybrid forms 06 and 07, which are a second spelling of the same point. */
function isSec1(point: Uint8Array): boolean {
  const compressed = point.length === 33 && (point[0] === 2 || point[0] === 3)
  return compressed || (point.length === 65 && point[0] === 4)
}
