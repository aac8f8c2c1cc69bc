/** Wallets as the edge asks for them: a user's account on a network, its addresses, and what it pays. */
import type { Hex } from '../base/bytes.ts'
import type { Deadline } from '../base/deadline.ts'
import type { JsonObject } from '../base/json.ts'
import type { Call } from './call.ts'
import type { AddressReading } from './chain.ts'
import type { Decision } from './decision.ts'
import type { Failed, Refused } from './errors.ts'
import type { Algorithm, PublicKey } from './key.ts'
import type { AssetId, AttemptId, ChainId, KeyId, Network, TransactionId, WalletId } from './names.ts'
import type { IdempotencyKey, TransactionView } from './transactions.ts'
import type { Page } from './page.ts'
import type { TransactionState } from './store.ts'
import type { Tier, WalletAddress, WalletRow } from './wallet-store.ts'

/** `FROZEN` stands for `CREATED` while the wallet, its user or its asset is frozen. */
export type WalletStatus = 'CREATING' | 'CREATED' | 'FROZEN' | 'PENDING_DELETION' | 'DELETED'

export const tiers: readonly Tier[] = ['native', 'datakey', 'hd', 'sealed']

export interface CreateWallet {
  readonly user: string
  /** As people ask for it: `BTC`, or the symbol of a configured token. */
  readonly asset: string
  /** A CAIP-2 id, or what people call it: `mainnet`. Absent: as configured for the family. */
  readonly network?: string
  /** Absent: as configured. */
  readonly tier?: Tier
  /** Such as `p2tr`; absent: the network's first form. */
  readonly form?: string
  /** The provider's own name for the wallet, where the caller chose one: a UUID. */
  readonly providerId?: string
}

/** A wallet with what follows from the present state. */
export interface WalletView {
  readonly row: WalletRow
  readonly status: WalletStatus
  /** `elsewhere` while the signer it came from pays, and nothing here does. */
  readonly paysFrom: 'here' | 'elsewhere'
  readonly providerId: string
  readonly form: string
  /** Absent, as `path` is, while its network or token is configured no longer. */
  readonly assetId?: AssetId
  /** What people call its network: `mainnet`; its CAIP-2 id while it is configured no longer. */
  readonly networkName: string
  /** Hex; absent while it is being created. */
  readonly publicKey?: Hex
  /** Of a branch of a tree: where it begins, such as `m/84'/0'/7'`. */
  readonly path?: string
  /** For administrators: Chancery's id for the key; of a branch of a tree, the tree's. */
  readonly keyId?: KeyId
  /** For administrators: the back-end's own name for the key, in AWS the ARN. */
  readonly kmsKeyId?: string
  readonly deletionDate?: string
}

export interface WalletQuery {
  readonly user?: string
  readonly asset?: string
  readonly network?: string
  readonly status?: WalletStatus
  readonly tier?: Tier
  readonly address?: string
}

export interface DepositAddress extends WalletAddress {
  readonly path: string
}

/** What keys of a chain are called in a back-end, composed from what chains and back-ends say of themselves. */
export interface KeySpec {
  readonly family: ChainId
  readonly tier: Tier
  readonly backend: string
  readonly algorithm: Algorithm
  /** The back-end's own name, such as `ECC_SECG_P256K1`; absent where it has none. */
  readonly keySpec?: string
  /** Where the asset was called by another name than its symbol: what that is. */
  readonly hint?: string
}

export interface KeySpecQuestion {
  readonly asset: string
  readonly tier?: Tier
  readonly form?: string
}

export interface AddressQuestion {
  readonly asset: string
  readonly network?: string
  readonly address: string
}

/** What another signer signed, as it was broadcast. */
export interface SignedBefore {
  readonly raw: Hex
  /** On a chain of coins: the whole transactions that it spends from; absent, a node is asked. */
  readonly previous?: readonly Hex[] | undefined
}

export interface CreateKmsKey {
  readonly user: string
  readonly asset: string
  readonly network?: string
  readonly tier?: Tier
  /** Known only once the key exists: what is given is not looked at. */
  readonly address?: string
  /** What the caller counts on, by the back-end's name or the algorithm's: refused where the key would be of another kind. */
  readonly keySpec?: string
}

/** The caller's own name for a request: under it, the same again has the same answer. */
export interface Once {
  readonly idempotency?: IdempotencyKey
}

/** Low s; `compact` is r and s, `der` the same as most libraries take it. */
export interface HashSignature {
  readonly attempt: AttemptId
  readonly key: KeyId
  readonly r: Hex
  readonly s: Hex
  readonly yParity: number
  readonly compact: Hex
  readonly der: Hex
}

export interface WithdrawRequest {
  readonly wallet: WalletId
  readonly to: string
  /** Base units. */
  readonly amount: bigint
  /** A symbol or CAIP-19 id; absent: the wallet's own asset. */
  readonly asset?: string
  /** Base units for 1,000 virtual bytes, on chains of coins; absent: what the node says. */
  readonly feeRate?: bigint
  /** The most the fee may come to, in base units of the network's own coin; absent: what the policy allows. */
  readonly maxFee?: bigint
  readonly idempotency?: { readonly route: string; readonly key: string; readonly bodyHash: Hex }
}

/** Everything of one asset that a wallet holds, to an address of the organisation. */
export interface SweepRequest extends Omit<WithdrawRequest, 'to' | 'amount'> {
  /** One of the treasury's addresses; absent: the only one there is. */
  readonly to?: string
}

/** What is paid in fees. Base units for 1,000 virtual bytes, and in all; absent: what the node says, and the policy allows. */
export interface FeeTerms {
  readonly feeRate?: bigint
  readonly maxFee?: bigint
  readonly idempotency?: IdempotencyKey
}

/** A payment of a wallet: the relay's transaction, in the words it was asked for with. */
export interface Withdrawal {
  readonly id: TransactionId
  readonly wallet: WalletId
  readonly purpose: 'withdrawal' | 'sweep'
  readonly asset: AssetId
  readonly to: string
  /** Absent for a sweep of coins, which comes to what they are worth, less the fee. */
  readonly amount?: bigint
  /** The most the fee may come to, in base units of the network's own coin. */
  readonly maxFee: bigint
  /** What it pays, as far as that is known: on chains of coins once it is signed, elsewhere once it is in a block. */
  readonly fee?: bigint
  /** Of that, on chains of coins: base units for 1,000 virtual bytes. Absent in lists. */
  readonly feeRate?: bigint
  /** As the chain writes them: the one in a block, or else the newest; then those that it took the place of. */
  readonly txids: readonly string[]
  /** Blocks from its own on, where it is in one and a node can tell now. Absent in lists. */
  readonly confirmations?: bigint
  readonly state: TransactionState
  readonly view: TransactionView
}

/** A record of a wallet that was kept elsewhere, with the nine fields of the original collection. */
export interface ImportedWallet {
  readonly userId: string
  readonly address: string
  readonly asset: string
  readonly network: string
  readonly kmsKeyId: string
  readonly providerId: string
  readonly status: string
  readonly createdAt: string
}

/**
 * What there is to do for a record: take it in, nothing (it is here), mend the record, tag the key, have the key `reach`able
 * and enabled, ask again, or (`sweep`) move the funds to a new wallet, because its key cannot come.
 */
export type ImportStep = 'import' | 'none' | 'mend' | 'tag' | 'reach' | 'retry' | 'sweep'

/** What an import of a record would come to. */
export interface ImportPlan {
  readonly step: ImportStep
  /** Where the wallet is here already. */
  readonly wallet?: WalletId
  /** Of the record's address, where it is the key's. */
  readonly form?: string
  /** Why it would not be taken in. */
  readonly problem?: Refused | Failed
}

/** What the old signer signed, held against what would be signed here. */
export interface ShadowComparison {
  readonly wallet: WalletId
  /** Both sign the same bytes, with the same key. */
  readonly agrees: boolean
  /** Where they part, in a sentence; absent where they agree. */
  readonly difference?: string
  /** The transaction as it is read here. */
  readonly summary?: JsonObject
  /** What the policy of wallets would say of it; absent where it could not be read. Nothing is counted in windows. */
  readonly decision?: Decision
  /** The test signature here, on record; it is kept nowhere and handed to nobody. */
  readonly attempt?: AttemptId
}

/** A wallet on its way here or back. */
export interface WalletMigration {
  readonly view: WalletView
  /** Whether what the old signer signs was found to be what is signed here, since the wallet pays from elsewhere. */
  readonly compared: boolean
  /** Payments from here that are not settled: until there are none, the old signer pays nothing. */
  readonly underWay: readonly { readonly id: TransactionId; readonly state: TransactionState }[]
}

export type ManyAnswer = WalletView | Refused | Failed

export interface Wallets {
  /** The same user, asset and network again gives the same wallet. @throws Refused `already-exists` for another tier or form */
  create(request: CreateWallet, call: Call): Promise<WalletView>
  /**
   * An answer each, in their order; one that is refused hinders no other. At most 1,000. What the deadline leaves no time for
   * is not begun: its answer is Failed `overloaded`.
   */
  createMany(requests: readonly CreateWallet[], call: Call): Promise<readonly ManyAnswer[]>
  /** By id, address or provider id. */
  get(name: string, call: Call): Promise<WalletView>
  list(
    query: WalletQuery,
    page: Page,
    call: Call,
  ): Promise<{ readonly wallets: readonly WalletView[]; readonly next?: string }>
  /** The next deposit address. @throws Refused `wallet-state`, `limit-reached` when the gap would grow too wide */
  newAddress(id: WalletId, call: Call): Promise<DepositAddress>
  addresses(
    id: WalletId,
    page: Page,
    call: Call,
  ): Promise<{ readonly addresses: readonly DepositAddress[]; readonly next?: string }>
  /** Derives the address again from the key and signs a test statement. @throws Refused, Failed: what does not fit */
  verify(id: WalletId, call: Call): Promise<WalletView>
  /** `days` is 7 to 30. The caller says that nothing is left in it; a node that knows better is believed. */
  scheduleDeletion(id: WalletId, days: number, empty: boolean, call: Call): Promise<WalletView>
  cancelDeletion(id: WalletId, call: Call): Promise<WalletView>
  purge(id: WalletId, call: Call): Promise<WalletView>
  /** With `shadow` the signer it comes from goes on paying, and nothing is paid from here until `cutOver`. */
  import(record: ImportedWallet, call: Call, how?: { readonly shadow?: boolean }): Promise<WalletView>
  /** What `import` would come to: records nothing. Needs `admin`. */
  planImport(record: ImportedWallet, call: Call): Promise<ImportPlan>
  /**
   * Holds a transaction that the old signer signed against what would be signed here. Needs `withdraw` or `admin`.
   * @throws Refused `invalid-request` where a transaction that it spends from is missing
   */
  shadow(id: WalletId, signed: SignedBefore, call: Call): Promise<ShadowComparison>
  /**
   * From here on it pays from here. Needs `admin`. Again, it changes nothing.
   * @throws Refused `wallet-state` while something of the old signer is in flight, or before it was compared unless `forced`
   */
  cutOver(id: WalletId, forced: boolean, call: Call): Promise<WalletMigration>
  /**
   * Accepts nothing more here: what holds no claim fails, and what is under way is settled. Needs `admin`. Again, it changes
   * nothing, and says what is still under way.
   */
  rollBack(id: WalletId, call: Call): Promise<WalletMigration>
  migration(id: WalletId, call: Call): Promise<WalletMigration>
  checkAddress(question: AddressQuestion, call: Call): AddressReading & { readonly network: Network }

  createKmsKey(request: CreateKmsKey, call: Call): Promise<WalletView>
  getPublicKey(key: string, call: Call): Promise<PublicKey>
  /** Of opaque keys only: a wallet's key signs what a chain could read. */
  signTransactionHash(key: string, hash: string, call: Call, once?: Once): Promise<HashSignature>
  deleteKmsKey(key: string, days: number, call: Call): Promise<{ readonly key: KeyId; readonly deletionDate: string }>
  getKeySpecForChain(question: KeySpecQuestion): KeySpec

  withdraw(request: WithdrawRequest, call: Call): Promise<Withdrawal>
  sweep(request: SweepRequest, call: Call): Promise<Withdrawal>
  /** The same is paid, for a higher fee (BIP-125). @throws Refused `wallet-state` once it is in a block, `not-supported` */
  raiseFee(id: TransactionId, terms: FeeTerms & { readonly feeRate: bigint }, call: Call): Promise<Withdrawal>
  /** Spends what came back of a payment that no block takes, so that both are worth one: a payment of its own. */
  payForParent(id: TransactionId, terms: FeeTerms & { readonly feeRate: bigint }, call: Call): Promise<Withdrawal>
  /** All coins of a wallet made one. */
  consolidate(wallet: WalletId, terms: FeeTerms, call: Call): Promise<Withdrawal>
  withdrawal(id: TransactionId, call: Call): Promise<Withdrawal>
  /** The same once its state is none of `whileIn`, or the deadline passes: for those who were let see it. */
  awaited(withdrawal: Withdrawal, whileIn: readonly TransactionState[], deadline: Deadline): Promise<Withdrawal>
  withdrawals(
    filter: { readonly wallet: WalletId; readonly states?: readonly TransactionState[] },
    page: Page,
    call: Call,
  ): Promise<readonly Withdrawal[]>
}
