/** A curve with its signature scheme: pure functions over bytes. */
import type { Algorithm, PublicKey } from './key.ts'
import type { RawSignature, Signature } from './payload.ts'

export interface Curve {
  readonly algorithm: Algorithm
  /**
   * A public key in this service's one form for the algorithm.
   * @throws RangeError when `bytes` is not a valid public key of the curve, in raw or SubjectPublicKeyInfo (DER) form.
   */
  publicKey(bytes: Uint8Array): PublicKey
  /**
   * Parses strictly, range-checks, brings to the canonical form (low s) and finds the recovery id.
   * @throws RangeError when `raw` is malformed, out of range, or does not belong to `publicKey` and `message`.
   */
  normalise(raw: RawSignature, message: Uint8Array, publicKey: PublicKey): Signature
  /** Whether the signature, in canonical form, is valid. Never throws. */
  verify(signature: Signature, message: Uint8Array, publicKey: PublicKey): boolean
}
