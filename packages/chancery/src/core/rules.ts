/** What one key may do. Kept as versioned data; a fresh key has empty rules and may do nothing. */
import type { AssetId, Network, SignOperation } from './names.ts'

export interface Rules {
  readonly operations: readonly SignOperation[]
  readonly networks: readonly Network[]
  /** Addresses in the chain's text form that transfers may go to, or `*` for any. */
  readonly recipients: readonly string[] | '*'
  /** Per asset, the most that the transfers and approvals of one request may add up to, in base units. */
  readonly maximums: Readonly<Record<AssetId, string>>
  /** Per network, the most one transaction's fee may come to, in base units of the network's own coin. */
  readonly fees: Readonly<Record<Network, string>>
  /** Who may be given an allowance, or a delegation. */
  readonly delegates: readonly string[]
  /** Calls nobody here can read, and creations (`create`, contract `*`), allowed by name. */
  readonly calls: readonly { readonly contract: string; readonly selector: string }[]
  /** Typed data allowed by verifying contract and encodeType hash. */
  readonly typedData: readonly { readonly contract: string; readonly type: string }[]
  /** `authority` operations allowed by name, such as `setApprovalForAll`. */
  readonly authorities: readonly string[]
}

export const noRules: Rules = {
  operations: [],
  networks: [],
  recipients: [],
  maximums: {},
  fees: {},
  delegates: [],
  calls: [],
  typedData: [],
  authorities: [],
}
