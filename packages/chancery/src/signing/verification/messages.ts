/** What the service and the verifier thread say to each other. Nothing of it is secret. */
import type { Algorithm, PublicKey } from '../../core/key.ts'
import type { RawSignature, Signature } from '../../core/payload.ts'

export type Question = { readonly id: number; readonly message: Uint8Array } & (
  | { readonly raw: RawSignature; readonly publicKey: PublicKey }
  | (PackedRaws & PackedKeys)
)

/** One behind the other, `rawSize` bytes each, of one encoding. */
export interface PackedRaws {
  readonly raws: Uint8Array
  readonly rawSize: number
  readonly encoding: RawSignature['encoding']
}

/** One behind the other, `keySize` bytes each, of one algorithm. */
export interface PackedKeys {
  readonly keys: Uint8Array
  readonly keySize: number
  readonly algorithm: Algorithm
}

/** `invalid`: it is no signature by this key over this message. `failed`: whether it is one was not found out. */
export type Answer = { readonly id: number } & (
  | { readonly signature: Signature }
  | { readonly together: boolean }
  | { readonly invalid: string }
  | { readonly failed: string }
)
