/** What AWS KMS calls the algorithms. https://docs.aws.amazon.com/kms/latest/developerguide/symm-asymm-choose-key-spec.html */
import type { KeySpec, MessageType, SigningAlgorithmSpec } from '@aws-sdk/client-kms'
import type { AlgorithmSupport } from '../../core/backend.ts'
import type { Curve } from '../../core/curve.ts'
import { Refused } from '../../core/errors.ts'
import type { Algorithm } from '../../core/key.ts'
import type { RawSignature } from '../../core/payload.ts'
import { ed25519 } from '../../curves/ed25519.ts'
import { secp256k1 } from '../../curves/secp256k1.ts'

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
  if (spec === undefined) throw new Refused('not-supported', `AWS KMS has no keys of algorithm ${algorithm}`)
  return spec
}
