/** Wallets in the store: rows, and how they are found. */
import type { Hex } from '../base/bytes.ts'
import type { Deadline } from '../base/deadline.ts'
import type { JsonObject } from '../base/json.ts'
import type { KeyId, Network, WalletId } from './names.ts'
import type { Page } from './page.ts'

/** Who pays for a wallet's key, and who could take it: see docs/wallets.md. */
export type Tier = 'native' | 'datakey' | 'hd' | 'sealed'

/** As it is kept. `FROZEN` is no state of the row: a freeze is a record of its own, under the fence (`Snapshot.freezes`). */
export type WalletState = 'CREATING' | 'CREATED' | 'PENDING_DELETION' | 'DELETED'

/**
 * A user's account on a network. `(user, asset, network)` is unique among rows that are not `DELETED`; `(network, address)`,
 * `provider` and `(key, account)`, also of a key without accounts, among all. `body` is the wallets' own account of it, and authenticates the row.
 */
export interface WalletRow {
  readonly id: WalletId
  readonly version: number
  readonly user: string
  /** As people ask for it: `BTC`, `USDT`. */
  readonly asset: string
  readonly network: Network
  readonly tier: Tier
  readonly state: WalletState
  /** The first one; absent while it is being created. */
  readonly address?: string
  /** The key it has alone, or the tree it is a branch of; absent while it is being created. */
  readonly key?: KeyId
  /** Which branch of a tree, 0 to 2^31-1; absent for a key of its own. Never given twice. */
  readonly account?: number
  /** What its key is called outside, one wallet each; absent where another had the name before names were unique. */
  readonly provider?: string
  readonly body: JsonObject
  readonly createdAt: number
  readonly updatedAt: number
}

/** One address of a wallet: `(network, address)` is unique, and so is `(wallet, branch, index)`. */
export interface WalletAddress {
  readonly network: Network
  readonly address: string
  readonly wallet: WalletId
  /** 0 for deposits, 1 for change (BIP-44). */
  readonly branch: number
  readonly index: number
  readonly createdAt: number
  /** HMAC over the rest of the row. */
  readonly mac: Hex
}

/** Where somebody wanted to pay for the first time, and when, by the store's clock: the first one stays. */
export interface Destination {
  /** For whom it is known, such as a user. */
  readonly scope: string
  readonly network: Network
  readonly address: string
}

export interface WalletFilter {
  readonly user?: string
  readonly asset?: string
  readonly network?: Network
  readonly states?: readonly WalletState[]
  readonly tier?: Tier
  /** Any of the wallet's addresses. */
  readonly address?: string
  readonly key?: KeyId
  readonly provider?: string
}

export interface WalletStore {
  wallet(id: WalletId, deadline: Deadline): Promise<WalletRow | undefined>
  /** By any of its addresses. */
  walletAt(network: Network, address: string, deadline: Deadline): Promise<WalletRow | undefined>
  /** The one that is not `DELETED`. */
  walletOf(user: string, asset: string, network: Network, deadline: Deadline): Promise<WalletRow | undefined>
  /** In order of their ids; `page.after` is the last one seen. */
  wallets(filter: WalletFilter, page: Page, deadline: Deadline): Promise<readonly WalletRow[]>
  /** In order of (branch, index); `page.after` is `branch/index`. */
  walletAddresses(wallet: WalletId, page: Page, deadline: Deadline): Promise<readonly WalletAddress[]>
  /** Of a tree; undefined while no wallet is in it. Deleted ones count. */
  highestAccount(key: KeyId, deadline: Deadline): Promise<number | undefined>
  /** Milliseconds since 1970 by the store's clock; undefined for one never noted. */
  destinationSince(destination: Destination, deadline: Deadline): Promise<number | undefined>
}
