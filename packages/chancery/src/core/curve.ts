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
   * Parses strictly, range-checks, brings to the canonical form (low s), finds the recovery id, and proves that the
   * signature is by `publicKey` over `message`: what it returns needs no second check.
   * @throws RangeError when `raw` is malformed, out of range, or not by `publicKey` over `message`.
   */
  normalise(raw: RawSignature, message: Uint8Array, publicKey: PublicKey): Signature
  /** Whether the signature, in canonical form, is valid. Never throws. */
  verify(signature: Signature, message: Uint8Array, publicKey: PublicKey): boolean
  /**
   * The form alone, where that can be had without the proof: whose signature it is stays open.
   * @throws RangeError when `raw` is malformed or out of range.
   */
  shape?(raw: RawSignature): Signature
  /** Whether all are by the keys of the same places over `message`, at about the price of one. Never throws. */
  verifyTogether?(raws: readonly RawSignature[], message: Uint8Array, publicKeys: readonly PublicKey[]): boolean
}
