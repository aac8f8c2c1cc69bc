/** The chain-neutral view of an intent: what policy judges. Quantifiers over effects mean "every, and at least one". */
import type { Claim } from './claim.ts'
import type { AssetId, Network } from './names.ts'

export type Effect =
  | {
      readonly kind: 'transfer'
      readonly asset: AssetId
      readonly amount: bigint
      readonly to: string
      readonly from?: string
    }
  /** Leave to spend later. `amount` is the whole allowance; 2^256-1 is what most contracts treat as unlimited. */
  | {
      readonly kind: 'approval'
      readonly asset: AssetId
      readonly amount: bigint
      readonly spender: string
      readonly expiry?: bigint
    }
  /** Power over the account or contract itself. `what` names the exact operation, such as `setApprovalForAll`. */
  | { readonly kind: 'authority'; readonly what: string; readonly to?: string; readonly contract?: string }
  /** A call nobody here can read. `selector` is `0x` + 8 digits, `0x` for empty calldata, or `create`. */
  | { readonly kind: 'call'; readonly contract: string; readonly selector: string }
  /** Structured data for a contract to read. `type` is the hash of its encodeType (EIP-712). */
  | { readonly kind: 'typed-data'; readonly contract: string; readonly type: string }
  /** Words for a person, with no known effect on any chain. */
  | { readonly kind: 'message' }
  /** What a validator says in its turn. */
  | { readonly kind: 'duty'; readonly what: string }
  /** Whom a validator names to be paid what its blocks earn; absent where the payload does not show it. */
  | { readonly kind: 'earnings'; readonly to?: string }
  /** Bytes nobody here can read. */
  | { readonly kind: 'opaque' }

/**
 * Stands in a key's rules for a recipient that the payload does not show: clients send blocks as headers, in which nobody
 * sees whom they pay. Who lists recipients and wants such blocks signed all the same lists this too.
 */
export const recipientNotShown = 'not-shown'

export interface Fee {
  readonly asset: AssetId
  /** The most the fee can come to, in base units. */
  readonly max: bigint
}

export interface Facts {
  readonly network?: Network
  readonly effects: readonly Effect[]
  readonly fee?: Fee
  readonly claims: readonly Claim[]
  /** Milliseconds since 1970 before which nobody honest asks for it (safety rule 9). */
  readonly notBefore?: number
}
