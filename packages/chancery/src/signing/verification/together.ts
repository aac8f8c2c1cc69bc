/** One check for many signatures over one message. */
import { concat } from '../../base/bytes.ts'
import type { Curve } from '../../core/curve.ts'
import type { PublicKey } from '../../core/key.ts'
import type { RawSignature } from '../../core/payload.ts'
import { curveOf } from '../../curves/curves.ts'
import type { PackedKeys, PackedRaws } from './messages.ts'

/** For a curve that has it. @throws Error for one that has not */
export function verifyTogether(
  raws: readonly RawSignature[],
  message: Uint8Array,
  publicKeys: readonly PublicKey[],
): boolean {
  const curve: Curve | undefined = publicKeys[0] && curveOf(publicKeys[0].algorithm)
  if (curve?.verifyTogether === undefined) throw new Error('signatures of this algorithm are verified one by one')
  return curve.verifyTogether(raws, message, publicKeys)
}

/** @throws RangeError unless all are of one encoding and length */
export function packedRaws(raws: readonly RawSignature[]): PackedRaws {
  const { encoding, bytes } = raws[0] ?? { encoding: 'compact', bytes: new Uint8Array(0) }
  const alike = raws.every((raw) => raw.encoding === encoding && raw.bytes.length === bytes.length)
  if (!alike) throw new RangeError('expected signatures of one form')
  return { raws: concat(...raws.map((raw) => raw.bytes)), rawSize: bytes.length, encoding }
}

/** @throws RangeError unless all are of one algorithm and length */
export function packedKeys(keys: readonly PublicKey[]): PackedKeys {
  const { algorithm, bytes } = keys[0] ?? { algorithm: 'bls12-381', bytes: new Uint8Array(0) }
  const alike = keys.every((key) => key.algorithm === algorithm && key.bytes.length === bytes.length)
  if (!alike) throw new RangeError('expected public keys of one form')
  return { keys: concat(...keys.map((key) => key.bytes)), keySize: bytes.length, algorithm }
}

export function rawsIn({ raws, rawSize, encoding }: PackedRaws): readonly RawSignature[] {
  return slices(raws, rawSize).map((bytes) => ({ encoding, bytes }))
}

export function keysIn({ keys, keySize, algorithm }: PackedKeys): readonly PublicKey[] {
  return slices(keys, keySize).map((bytes) => ({ algorithm, bytes }))
}

function slices(bytes: Uint8Array, size: number): readonly Uint8Array[] {
  const count = size === 0 ? 0 : bytes.length / size
  return Array.from({ length: count }, (_, i) => bytes.subarray(i * size, (i + 1) * size))
}
