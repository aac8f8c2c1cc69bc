/** The curves by algorithm. */
import type { Curve } from '../core/curve.ts'
import { Failed } from '../core/errors.ts'
import type { Algorithm } from '../core/key.ts'
import { bls12381 } from './bls12-381.ts'
import { ed25519 } from './ed25519.ts'
import { secp256k1 } from './secp256k1.ts'
import { secp256k1Schnorr } from './secp256k1-schnorr.ts'

const curves: ReadonlyMap<Algorithm, Curve> = new Map(
  [secp256k1, secp256k1Schnorr, ed25519, bls12381].map((curve) => [curve.algorithm, curve]),
)

/** @throws Failed `not-supported` for an algorithm without a curve here. */
export function curveOf(algorithm: Algorithm): Curve {
  const curve = curves.get(algorithm)
  if (curve === undefined) throw new Failed('not-supported', `No curve is built in for ${algorithm}`)
  return curve
}
