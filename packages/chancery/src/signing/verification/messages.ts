/** What the service and the verifier thread say to each other. Nothing of it is secret. */
import type { PublicKey } from '../../core/key.ts'
import type { RawSignature, Signature } from '../../core/payload.ts'

export interface Question {
  readonly id: number
  readonly raw: RawSignature
  readonly message: Uint8Array
  readonly publicKey: PublicKey
}

/** `invalid`: it is no signature by this key over this message. `failed`: whether it is one was not found out. */
export type Answer = { readonly id: number } & (
  | { readonly signature: Signature }
  | { readonly invalid: string }
  | { readonly failed: string }
)
