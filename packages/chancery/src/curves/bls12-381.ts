/**
 * BLS signatures of the consensus layer: public keys in G1, signatures in G2, proof of possession; suite
 * `BLS_SIG_BLS12381G2_XMD:SHA-256_SSWU_RO_POP_` (draft-irtf-cfrg-bls-signature). What needs a private key is in
 * `bls12-381/sign.ts`.
 */
import type { Curve } from '../core/curve.ts'
import {
  aggregatePublicKeys,
  aggregateSignatures,
  aggregateVerify,
  fastAggregateVerify,
} from './bls12-381/aggregate.ts'
import { publicKey } from './bls12-381/public-key.ts'
import { normalise, shape, verify, verifyTogether } from './bls12-381/signature.ts'

export const bls12381: Curve = { algorithm: 'bls12-381', publicKey, normalise, verify, shape, verifyTogether }

export { aggregatePublicKeys, aggregateSignatures, aggregateVerify, fastAggregateVerify }

/** Whether these 96 bytes are the signature over `message` by the key of these 48. Never throws. */
export function verifySignature(signature: Uint8Array, message: Uint8Array, publicKey: Uint8Array): boolean {
  const algorithm = 'bls12-381'
  return verify({ algorithm, bytes: signature }, message, { algorithm, bytes: publicKey })
}
