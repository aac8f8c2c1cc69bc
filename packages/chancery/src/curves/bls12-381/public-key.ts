/** Public keys: 48 bytes, the compressed point, which is neither infinity nor outside the subgroup. */
import type { PublicKey as Point } from '@chainsafe/blst'
import type { PublicKey } from '../../core/key.ts'
import { blst } from './library.ts'

const size = 48

export function publicKey(bytes: Uint8Array): PublicKey {
  pointOf(bytes)
  return { algorithm: 'bls12-381', bytes: Uint8Array.from(bytes) }
}

// Decoding and checking a point costs 45 µs, ten times what adding it to others does. About 400 bytes a key.
const points = new Map<string, Point>()
const pointLimit = 20_000

/** @throws RangeError when it is no valid public key. */
export function pointOf(bytes: Uint8Array): Point {
  if (bytes.length !== size) throw new RangeError(`expected a public key of 48 bytes, got ${bytes.length}`)
  const name = Buffer.from(bytes.buffer, bytes.byteOffset, size).toString('latin1')
  const known = points.get(name)
  if (known !== undefined) return known
  const point = decode(bytes)
  if (points.size >= pointLimit) points.clear()
  points.set(name, point)
  return point
}

function decode(bytes: Uint8Array): Point {
  try {
    return blst().PublicKey.fromBytes(bytes, true)
  } catch (cause) {
    throw new RangeError('not a BLS12-381 public key', { cause })
  }
}
