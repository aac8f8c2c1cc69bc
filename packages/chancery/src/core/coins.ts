/**
 * Chains whose accounts are sets of coins (unspent outputs): what a payment is built from. Pure, like the rest of a chain:
 * which coins there are, a node says; which of them are claimed already, the relay.
 */
import type { JsonObject } from '../base/json.ts'
import type { OwnScripts } from './own-scripts.ts'
import type { PublicKey } from './key.ts'
import type { Network } from './names.ts'

/** An output of an earlier transaction: `txid` as people read it, 64 hex digits. */
export interface OutPoint {
  readonly txid: string
  readonly index: number
}

/** A coin that may be spent. Its value and script are read from `transaction`, never believed. */
export interface Coin extends OutPoint {
  /** The whole transaction that made it, as it is on the wire. */
  readonly transaction: Uint8Array
  /** 0 while it is in no block. */
  readonly confirmations: number
}

export interface Payment {
  readonly address: string
  /** Base units. */
  readonly amount: bigint
}

/** Whose coins are spent, and where the rest goes. */
export interface Spender {
  /** The key's own, or its first child's. */
  readonly publicKey: PublicKey
  readonly own?: OwnScripts
  /** An address of the wallet itself; refused where its script is not derived again from `publicKey` and `own`. */
  readonly change: string
}

export interface SpendOrder {
  readonly network: Network
  readonly spender: Spender
  /** To choose from. */
  readonly coins: readonly Coin[]
  /** Outputs in this order; empty for a consolidation: all coins into `change`. */
  readonly payments: readonly Payment[]
  /** Where everything that is left goes instead of `change`: a sweep. Then `payments` may be empty. */
  readonly sweepTo?: string
  /** Base units for 1,000 virtual bytes. */
  readonly feeRate: bigint
  /** The most the whole fee may come to. */
  readonly maxFee: bigint
  /** Coins that must be spent: those of a transaction that is replaced, or the parent's of a child that pays for it. */
  readonly mustSpend?: readonly OutPoint[]
}

/** A transaction that is to be replaced by one that pays more, and nothing else (BIP-125). */
export interface ReplacementOrder extends SpendOrder {
  /** As it was signed, whole. */
  readonly replaces: Uint8Array
}

/** An output of ours that an unconfirmed transaction made, spent so that both are worth a block. */
export interface ChildOrder extends Omit<SpendOrder, 'payments' | 'sweepTo'> {
  /** As it was signed, whole. */
  readonly parent: Uint8Array
  readonly parentFee: bigint
}

export interface BuiltSpend {
  /** What `sign:transaction` of this chain takes. */
  readonly value: JsonObject
  readonly spends: readonly OutPoint[]
  /** Addresses of the spender that these coins were paid to, each once. */
  readonly from: readonly string[]
  readonly fee: bigint
  /** As estimated, signatures included. */
  readonly virtualSize: number
  readonly change?: Payment
  /** Of a sweep or a consolidation: how many coins it left, as not worth spending or past what one transaction takes. */
  readonly left?: number
}

/** All throw Refused `insufficient-funds`, `invalid-payload` (dust, an address of another network), `denied` (fee bounds). */
export interface ChainCoins {
  /** The least output that nodes relay, by its address, in base units. */
  dustLimit(address: string, network: Network): bigint
  spend(order: SpendOrder): BuiltSpend
  replace(order: ReplacementOrder): BuiltSpend
  payForParent(order: ChildOrder): BuiltSpend
  /** Outputs of a transaction that belong to this spender: what may be spent before it is in a block. */
  ownOutputs(transaction: Uint8Array, spender: Spender, network: Network): readonly OutPoint[]
  /** Whether an output of a whole transaction pays to this address. */
  pays(transaction: Uint8Array, address: string, network: Network): boolean
  /** Addresses that the coins of `BuiltSpend.value` were paid to, each once. */
  spentFrom(value: JsonObject, network: Network): readonly string[]
  /** What a transaction spends. */
  inputs(transaction: Uint8Array): readonly OutPoint[]
  /** Virtual bytes of a whole transaction (BIP-141): what fee rates are counted for. */
  virtualSize(transaction: Uint8Array): number
}
