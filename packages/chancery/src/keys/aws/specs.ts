/** What AWS KMS calls the algorithms. https://docs.aws.amazon.com/kms/latest/developerguide/symm-asymm-choose-key-spec.html */
import type { KeySpec, MessageType, SigningAlgorithmSpec } from '@aws-sdk/client-kms'
import type { AlgorithmSupport } from '../../core/backend.ts'
import type { Curve } from '../../core/curve.ts'
import { Refused } from '../../core/errors.ts'
import type { Algorithm } from '../../core/key.ts'
import type { RawSignature } from '../../core/payload.ts'
import { ed25519 } from '../../curves/ed25519.ts'
import { secp256k1 } from '../../curves/secp256k1.ts'
import { secp256k1Schnorr } from '../../curves/secp256k1-schnorr.ts'

export interface Spec {
  readonly algorithm: Algorithm
  readonly keySpec: KeySpec
  readonly signingAlgorithm: SigningAlgorithmSpec
  readonly messageType: MessageType
  readonly encoding: RawSignature['encoding']
  readonly curve: Curve
}

/** DIGEST for secp256k1, because RAW would hash with SHA-256; RAW for Ed25519, because DIGEST means Ed25519ph. */
const specs: readonly Spec[] = [
  {
    algorithm: 'secp256k1-ecdsa',
    keySpec: 'ECC_SECG_P256K1',
    signingAlgorithm: 'ECDSA_SHA_256',
    messageType: 'DIGEST',
    encoding: 'der',
    curve: secp256k1,
  },
  {
    algorithm: 'ed25519',
    keySpec: 'ECC_NIST_EDWARDS25519',
    signingAlgorithm: 'ED25519_SHA_512',
    messageType: 'RAW',
    encoding: 'compact',
    curve: ed25519,
  },
]

/** The largest `Message` of Sign, in bytes. https://docs.aws.amazon.com/kms/latest/APIReference/API_Sign.html */
export const maxMessage = 4_096

export const algorithms: readonly AlgorithmSupport[] = [
  { algorithm: 'secp256k1-ecdsa', random: true },
  { algorithm: 'ed25519', random: false, maxMessage },
]

/** @throws Refused `not-supported` */
export function specOf(algorithm: Algorithm): Spec {
  const spec = specs.find((candidate) => candidate.algorithm === algorithm)
  if (spec !== undefined) return spec
  if (algorithm === 'secp256k1-schnorr') {
    const hint = 'Keep the key sealed, or as a data key: these sign in processes of this machine'
    throw new Refused('not-supported', 'No KMS signs Schnorr', { where: 'algorithm', got: algorithm, hint })
  }
  throw new Refused('not-supported', `AWS KMS has no keys of algorithm ${algorithm}`)
}

export interface PairSpec {
  readonly algorithm: Algorithm
  readonly pairSpec: 'ECC_SECG_P256K1' | 'ECC_NIST_EDWARDS25519'
  readonly curve: Curve
}

/** KMS makes these pairs and never signs with them, so the algorithm is ours to choose: one a key. */
const pairSpecs: readonly PairSpec[] = [
  { algorithm: 'secp256k1-ecdsa', pairSpec: 'ECC_SECG_P256K1', curve: secp256k1 },
  { algorithm: 'secp256k1-schnorr', pairSpec: 'ECC_SECG_P256K1', curve: secp256k1Schnorr },
  { algorithm: 'ed25519', pairSpec: 'ECC_NIST_EDWARDS25519', curve: ed25519 },
]

/** Of data key pairs. @throws Refused `not-supported` */
export function pairSpecOf(algorithm: Algorithm): PairSpec {
  const spec = pairSpecs.find((candidate) => candidate.algorithm === algorithm)
  if (spec === undefined)
    throw new Refused('not-supported', `AWS KMS makes no data key pairs of algorithm ${algorithm}`)
  return spec
}

/** What AWS calls keys of an algorithm that KMS signs with; undefined where it does not. */
export function keySpecOf(algorithm: Algorithm): KeySpec | undefined {
  return specs.find((spec) => spec.algorithm === algorithm)?.keySpec
}

/** The same of data key pairs. */
export function pairSpecNameOf(algorithm: Algorithm): string | undefined {
  return pairSpecs.find((spec) => spec.algorithm === algorithm)?.pairSpec
}
