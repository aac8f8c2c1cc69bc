/** What a key signs, and the proof that it may. */
import type { Hex } from '../base/bytes.ts'
import type { DutyClaim, GuardRow } from './claim.ts'
import type { Algorithm, PublicKey } from './key.ts'
import type { AttemptId, KeyId } from './names.ts'

/** The exact bytes one use of a key signs, computed by a chain from an intent. */
export interface Payload {
  readonly key: KeyId
  readonly algorithm: Algorithm
  /** The digest where `prehashed`, otherwise the message. */
  readonly bytes: Uint8Array
  readonly prehashed: boolean
  /** Where the signature is by a key that is made from this one; absent: by the key itself. */
  readonly signer?: DerivedSigner
  /** The item of the outpoint it spends, where each of an attempt's payloads spends one of its own (`claim.ts`). */
  readonly outpoint?: Hex
  /** 0 can wait, 2 goes first. */
  readonly urgency: 0 | 1 | 2
  /** Where others rely on the signature being right: it is verified whatever may be sampled. So is urgency 2. */
  readonly verified?: 'always'
}

/** A key made from another: a child of it (BIP-32), tweaked (BIP-341), or both, in this order. */
export interface DerivedSigner {
  /** BIP-32 indices from the key itself down, those from 2^31 on hardened; empty where it is no tree. */
  readonly path: readonly number[]
  /** 32 bytes, added to the private key whose point has an even y: `secp256k1-schnorr` only. */
  readonly tweak?: Uint8Array
  /** What the signature must be by, tweak included. A wrong one only makes the signature fail. */
  readonly publicKey: PublicKey
}

declare const cleared: unique symbol

/**
 * A payload that passed policy, guard and register: the only thing a back-end accepts. Made by `signing/clear.ts` alone,
 * and dead at `expiresAt` on the service's monotonic clock (safety rule 8).
 */
export interface Cleared {
  readonly [cleared]: true
  readonly payload: Payload
  readonly attempt: AttemptId
  /** The rows this attempt took and this payload answers for, so that a signer process can refuse what contradicts them. */
  readonly guards: readonly GuardRow[]
  readonly duties: readonly DutyClaim[]
  readonly expiresAt: number
}

/**
 * A signature as the back-end returned it: not yet parsed, normalised or verified. `compact` is 64 bytes; secp256k1-ecdsa
 * may add the recovery id as a 65th, which is a hint and never believed; bls12-381 is 96, or 192 where not compressed.
 */
export interface RawSignature {
  readonly encoding: 'der' | 'compact'
  readonly bytes: Uint8Array
  /** What the back-end's own log calls the request that made it; nothing is decided by it. */
  readonly evidence?: string
}

/** A signature that was range-checked, normalised and verified against the pinned public key. */
export interface Signature {
  readonly algorithm: Algorithm
  /** secp256k1-ecdsa: r and s, 32 bytes each, low s; ed25519: 64 bytes; secp256k1-schnorr: R's x and s (BIP-340); bls12-381: 96 compressed. */
  readonly bytes: Uint8Array
  /** secp256k1-ecdsa only: the parity of the curve point R's y. */
  readonly yParity?: 0 | 1
  /** As the back-end gave it (`RawSignature`); absent of one that was kept. */
  readonly evidence?: string
}

/** A signature already made and stored for a (public key, payload) pair: the one that is always returned. */
export interface StoredSignature {
  readonly publicKey: Hex
  readonly payload: Hex
  readonly signature: Signature
}
