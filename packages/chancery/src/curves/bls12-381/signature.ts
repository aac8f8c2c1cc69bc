/**
 * Signatures: 96 bytes, the compressed point. Raw ones may be the uncompressed point, 192 bytes: it holds the compressed one,
 * and to decode it costs 1 µs instead of 22.
 */
import type { Signature as Point } from '@chainsafe/blst'
import { fromHex } from '../../base/bytes.ts'
import type { PublicKey } from '../../core/key.ts'
import type { RawSignature, Signature } from '../../core/payload.ts'
import { blst } from './library.ts'
import { pointOf } from './public-key.ts'

const compressedSize = 96
const uncompressedSize = 192
/** One coordinate's half: an element of the base field. */
const half = 48
const compressedFlag = 0x80
const infinityFlag = 0x40
const signFlag = 0x20

const modulus = fromHex(
  '0x1a0111ea397fe69a4b1ba7b6434bacd764774b84f38512bf6730d2a0f6b0f6241eabfffeb153ffffb9feffffffffaaab',
)
/** (p-1)/2: what is above is the larger of the two roots. */
const middle = fromHex(
  '0x0d0088f51cbff34d258dd3db21a5d66bb23ba5c279c2895fb39869507b587b120f55ffff58a9ffffdcff7fffffffd555',
)

export function normalise(raw: RawSignature, message: Uint8Array, publicKey: PublicKey): Signature {
  const signature = shape(raw)
  const point = decode(raw.bytes, true)
  if (blst().verify(message, pointOf(publicKey.bytes), point)) return signature
  throw new RangeError('the signature is not by this key over this message')
}

export function verify(signature: Signature, message: Uint8Array, publicKey: PublicKey): boolean {
  try {
    if (signature.bytes.length !== compressedSize) return false
    return blst().verify(message, pointOf(publicKey.bytes), decode(signature.bytes, true))
  } catch {
    return false
  }
}

/** Needs no point arithmetic: some microseconds. */
export function shape({ encoding, bytes }: RawSignature): Signature {
  const proper = encoding === 'compact' && (bytes.length === compressedSize || bytes.length === uncompressedSize)
  if (!proper) throw new RangeError('expected a point of 96 or 192 bytes')
  return { algorithm: 'bls12-381', bytes: bytes.length === compressedSize ? checked(bytes) : compress(bytes) }
}

/**
 * One pairing for all; with fewer than two keys it is no better than `normalise`. Wrong signatures that cancel each other out
 * pass: this finds faults, it keeps out nobody who can make signatures.
 */
export function verifyTogether(
  raws: readonly RawSignature[],
  message: Uint8Array,
  publicKeys: readonly PublicKey[],
): boolean {
  if (raws.length === 0 || raws.length !== publicKeys.length) return false
  try {
    const sum = blst().aggregateSignatures(raws.map(({ bytes }) => decode(bytes, false)))
    sum.sigValidate()
    const keys = publicKeys.map(({ bytes }) => pointOf(bytes))
    return blst().fastAggregateVerify(message, keys, sum)
  } catch {
    return false
  }
}

/** @throws RangeError when it is no point of the curve, and where `inSubgroup`, not of the subgroup, or infinity. */
export function decode(bytes: Uint8Array, inSubgroup: boolean): Point {
  try {
    return blst().Signature.fromBytes(bytes, inSubgroup)
  } catch (cause) {
    throw new RangeError('not a BLS12-381 signature', { cause })
  }
}

/** The flags and x; y is left to whoever verifies. */
function checked(bytes: Uint8Array): Uint8Array {
  const flags = (bytes[0] ?? 0) & (compressedFlag | infinityFlag)
  if (flags !== compressedFlag) throw new RangeError('expected a compressed point other than infinity')
  const copy = Uint8Array.from(bytes)
  copy[0] = (copy[0] ?? 0) & 0x1f
  requireElements(copy)
  copy.set(bytes.subarray(0, 1))
  return copy
}

function compress(bytes: Uint8Array): Uint8Array {
  requireElements(bytes)
  const point = Uint8Array.from(bytes.subarray(0, compressedSize))
  const [y1, y0] = [bytes.subarray(96, 96 + half), bytes.subarray(96 + half)]
  const larger = compare(isZero(y1) ? y0 : y1, middle) > 0
  point[0] = (point[0] ?? 0) | compressedFlag | (larger ? signFlag : 0)
  return point
}

/** The flags' bits must be clear, or the first element is above the modulus. */
function requireElements(bytes: Uint8Array): void {
  for (let at = 0; at < bytes.length; at += half) {
    if (compare(bytes.subarray(at, at + half), modulus) >= 0) throw new RangeError('a coordinate is out of range')
  }
}

const compare = (a: Uint8Array, b: Uint8Array): number => Buffer.compare(a, b)

function isZero(bytes: Uint8Array): boolean {
  return bytes.every((byte) => byte === 0)
}
