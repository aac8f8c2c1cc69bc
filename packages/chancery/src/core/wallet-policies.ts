/** The policy of wallets as the edge asks for it: kept, and asked what it would say. */
import type { Call } from './call.ts'
import type { WindowClaim } from './claim.ts'
import type { Decision } from './decision.ts'
import type { AssetId, Network, WalletId } from './names.ts'
import type { Versioned } from './state.ts'
import type { WalletPolicy } from './wallet-policy.ts'
import type { Destination, Tier } from './wallet-store.ts'

/** A payment as policy judges it. Amounts are base units. */
export interface AskedPayment {
  readonly wallet: WalletId
  readonly user: string
  readonly tier: Tier
  readonly network: Network
  readonly asset: AssetId
  /** In the chain's text form. */
  readonly to: string
  readonly amount: bigint
  /** The most its fee may come to, in the network's own coin. */
  readonly maxFee: bigint
}

/** What policy says of a payment, windows apart: those are claimed when it is recorded. */
export interface PaymentDecision extends Decision {
  /** Seconds until its destination is no longer new; where nothing else stands against it. */
  readonly retryAfter?: number
  /** To be noted: a rule asks for how long it is known, and it is not known yet. */
  readonly destination?: Destination
}

/** A payment described for a look at what policy says: of a wallet, or of one that is thought up (`user` and `tier`). */
export interface PaymentQuestion {
  readonly wallet?: WalletId
  readonly user?: string
  readonly tier?: Tier
  /** A symbol or CAIP-19 id; absent: the wallet's own asset. */
  readonly asset?: string
  /** A CAIP-2 id or what people call it; absent: the wallet's, or the only one the asset is served on. */
  readonly network?: string
  readonly to: string
  readonly amount: bigint
  /** Absent: 0. */
  readonly maxFee?: bigint
}

/** A window as it stands now, and what the payment would add. */
export interface WindowLook extends Pick<WindowClaim, 'scope' | 'period' | 'amount' | 'limit'> {
  readonly used: bigint
}

export interface PaymentLook {
  readonly verdict: 'allow' | 'deny'
  readonly decision: PaymentDecision
  readonly windows: readonly WindowLook[]
  /** Why nothing is paid at present, whatever the policy says. */
  readonly frozen?: string
}

export interface WalletPolicies {
  get(call: Call): Promise<Versioned<WalletPolicy>>
  /**
   * `expect` is the version replaced. In force on every process when it resolves.
   * @throws Refused `version-conflict`, `invalid-request`, `unknown-network`, `not-supported` (an asset), `invalid-payload`
   */
  put(value: WalletPolicy, expect: number, call: Call): Promise<Versioned<WalletPolicy>>
  /** Claims nothing, notes nothing, and says what a payment would come to now. */
  check(question: PaymentQuestion, call: Call): Promise<PaymentLook>
}
