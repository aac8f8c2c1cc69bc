/** What wallets may pay, to whom, how much and how often. One versioned document for the whole installation. */
import type { AssetId, Network, WalletId } from './names.ts'
import type { Tier } from './wallet-store.ts'

/** Pays nothing while `frozen`. */
export interface Freeze {
  readonly frozen: boolean
}

/** What a freeze is about, beside keys, clients and everything. */
export type WalletFreeze = { readonly wallet: WalletId } | { readonly user: string } | { readonly asset: AssetId }

/** The id of its record: `wallet wal_…`, `user 123`, `asset bip122:…/slip44:0`. */
export function freezeId(what: WalletFreeze): string {
  const [[kind, id] = ['', '']] = Object.entries(what)
  return `${kind} ${id}`
}

/**
 * The id of the mark of a wallet that an old signer pays from: a freeze of its own, so that taking it off or putting it on
 * raises the epoch, and nothing that was judged before is recorded after.
 */
export function elsewhereId(wallet: WalletId): string {
  return `elsewhere ${wallet}`
}

/**
 * `all` counts every payment of every wallet, whatever its asset, and holds for those the rule is about; the others add up
 * amounts of the rule's asset. At most one of a rule for each `per` and `period`.
 */
export type WalletWindow =
  | { readonly per: 'wallet' | 'user' | 'asset'; readonly period: 'hour' | 'day'; readonly amount: string }
  | { readonly per: 'all'; readonly period: 'hour' | 'day'; readonly count: number }

/**
 * Holds for payments of its asset, and of its tiers and users where it names some. Amounts are base units in decimal. A type
 * and no interface: a register entry, which is JSON, holds it as it is.
 */
export type WalletRule = {
  /** Unique in the document: checks and windows are called by it. */
  readonly name: string
  readonly asset: AssetId
  readonly tiers?: readonly Tier[]
  readonly users?: readonly string[]
  /** Who may be paid: addresses in the chain's text form, or `*`. */
  readonly recipients: readonly string[] | '*'
  /** Who may not, whatever else allows it. */
  readonly denied?: readonly string[]
  /** The most one payment may come to. */
  readonly maximum: string
  /** The most its fee may come to, in base units of the network's own coin. */
  readonly maximumFee: string
  readonly windows?: readonly WalletWindow[]
  /** Hours between the first request to pay somebody new and the first payment. */
  readonly newDestinationHours?: number
}

/** A payment must be met by a rule at least, and every rule that it meets must allow it. */
export type WalletPolicy = {
  readonly rules: readonly WalletRule[]
  /** Where sweeps go, by network: addresses of the organisation itself. A sweep goes nowhere else. */
  readonly treasury: Readonly<Record<Network, readonly string[]>>
  /** The most a sweep's fee may come to, by network. */
  readonly sweepFees: Readonly<Record<Network, string>>
}

export const noWalletPolicy: WalletPolicy = { rules: [], treasury: {}, sweepFees: {} }
