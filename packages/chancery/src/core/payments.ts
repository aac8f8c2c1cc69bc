/**
 * Payments of wallets, as the wallets room hands them to the relay: judged, with rules made for exactly them. The relay
 * records, signs, sends and follows them; it never asks again what they may count in windows.
 */
import type { Deadline } from '../base/deadline.ts'
import type { JsonObject } from '../base/json.ts'
import type { Call } from './call.ts'
import type { OwnScripts } from './own-scripts.ts'
import type { WindowClaim } from './claim.ts'
import type { Payment } from './coins.ts'
import type { Refused } from './errors.ts'
import type { KeyId, Network, Operation, Purpose, TransactionId, WalletId } from './names.ts'
import type { Rules } from './rules.ts'
import type { IdempotencyKey, TransactionView } from './transactions.ts'
import type { Snapshot } from './state.ts'
import type { Page } from './page.ts'
import type { TransactionRow, TransactionState } from './store.ts'
import type { Destination } from './wallet-store.ts'

/** On a chain whose transactions are ordered by nonces. */
export interface NonceOrder {
  /** As of `SendTransaction.value`: without a nonce; gas and fees may be absent. */
  readonly value: JsonObject
}

/** On a chain whose accounts are sets of coins. Which coins are spent is decided when it is signed. */
export interface CoinOrder {
  /** Empty for a sweep, a consolidation (all coins into the wallet's own change) and a child. */
  readonly payments: readonly Payment[]
  /** A sweep: where everything that is left goes. */
  readonly sweepTo?: string
  /** A payment of the same wallet that is in no block: what came back of it is spent so that both are worth one (CPFP). */
  readonly parent?: TransactionId
  /** Base units for 1,000 virtual bytes; absent: what the node says for `blocks`. */
  readonly feeRate?: bigint
  /** Wanted in one of the next so many; absent: the network's. */
  readonly blocks?: number
  /** The most of the node's rate that is believed, for 1,000 virtual bytes. */
  readonly maxFeeRate?: bigint
  /** The most the whole fee may come to. */
  readonly maxFee: bigint
  /** Of coins of others, to be spent; absent: 1. */
  readonly minConfirmations?: number
}

/** A payment that may be made, under the snapshot it was prepared for. */
export interface WalletPayment {
  readonly wallet: WalletId
  readonly key: KeyId
  readonly network: Network
  /** The wallet's first address: it pays where transactions have nonces, and names the lane everywhere. */
  readonly sender: string
  readonly purpose: Extract<Purpose, 'withdrawal' | 'sweep'>
  /** What the caller must be granted on key and network, now and when it is signed. */
  readonly right: Extract<Operation, 'withdraw' | 'sweep'>
  readonly order: NonceOrder | CoinOrder
  /** What is signed must keep them: exactly this recipient, asset, amount and fee. */
  readonly rules: Rules
  /** Claimed in the round that accepts it, and never again. Their root names the payment: sha256 of its id, say. */
  readonly windows: readonly WindowClaim[]
  /** Noted in the same round. */
  readonly destinations?: readonly Destination[]
  /** The payment in words, kept as `body.terms` of its row and in the register. */
  readonly terms: JsonObject
}

/**
 * Judges and builds the payment that will have this id. Asked again, with a fresh snapshot, when anything about policy,
 * grants, keys or freezes changed before it was recorded, and when the period of a window did. @throws Refused
 */
export type PreparePayment = (id: TransactionId, snapshot: Snapshot) => WalletPayment | Promise<WalletPayment>

/** A higher fee for a payment in coins that is in no block yet (BIP-125). */
export interface Replacement {
  /** Base units for 1,000 virtual bytes. */
  readonly feeRate: bigint
  readonly maxFee: bigint
  /** In the place of the payment's own, which allow the earlier fee. */
  readonly rules: Rules
}

/** Asked like `PreparePayment`; `row` is as it stands. @throws Refused */
export type PrepareReplacement = (row: TransactionRow, snapshot: Snapshot) => Replacement | Promise<Replacement>

export interface PaymentRelay {
  /**
   * Accepts, durably, or gives back what the same Idempotency-Key made before (then nothing is prepared); everything after
   * happens by itself.
   * @throws Refused what `prepare` does, `denied` (the right, the rules, the fee's bound), `limit-reached`, `frozen`,
   * `insufficient-funds` where the node says so plainly, `unknown-network`, `idempotency-conflict`
   */
  pay(prepare: PreparePayment, call: Call, idempotency?: IdempotencyKey): Promise<TransactionView>
  /**
   * Has the row signed anew for a higher fee; all its versions stay, and whichever is mined settles it. What became of it
   * stands on the row.
   * @throws Refused `not-found`, `not-supported` (no coins), `wallet-state` (not sent yet, in a block, or its change was
   * spent), and what `prepare` does
   */
  replace(id: TransactionId, prepare: PrepareReplacement, call: Call): Promise<TransactionView>
  /** A payment of any wallet, however it stands; whoever asks here has judged who may see it. */
  payment(id: TransactionId, deadline: Deadline): Promise<TransactionView | undefined>
  /** Of one wallet, in order of acceptance. */
  payments(
    filter: { readonly wallet: WalletId; readonly states?: readonly TransactionState[] },
    page: Page,
    deadline: Deadline,
  ): Promise<readonly TransactionRow[]>
  /**
   * Those of these addresses that payments of the wallet spent coins of, as soon as a node knew the payment: on record here,
   * whatever a node remembers. All payments of the wallet are read for it.
   */
  spentFrom(wallet: WalletId, addresses: readonly string[], deadline: Deadline): Promise<readonly string[]>
  /** Resolves when the state is none of `whileIn`, or the deadline passes; then with what is known. */
  paid(
    id: TransactionId,
    whileIn: readonly TransactionState[],
    deadline: Deadline,
  ): Promise<TransactionView | undefined>
}

/** A wallet as the relay pays from it. */
export interface WalletAccount {
  /** Absent for a key of its own with one address. */
  readonly own?: OwnScripts
  /** All that may hold coins, the sender's among them. */
  readonly addresses: readonly string[]
  /** Where the rest of coins goes: an address of the wallet. */
  readonly change: string
}

/** What the relay asks the wallets room. */
export interface PayingWallets {
  /** @throws Refused `wallet-state`; Failed */
  accountOf(wallet: WalletId, deadline: Deadline): Promise<WalletAccount>
  /** Notes that these addresses of the wallet were paid: a payment spends coins that came there. */
  notePaid(wallet: WalletId, addresses: readonly string[], deadline: Deadline): Promise<void>
  /**
   * Why an accepted payment is not signed now: a frozen wallet, user or asset. It waits, with the reason on its row. Asked of
   * every snapshot that a signature is decided under.
   */
  refusal(row: TransactionRow, snapshot: Snapshot): Refused | undefined
  /**
   * Why an accepted payment is not made here at all any more: an old signer pays from its wallet again. It fails while nothing
   * is claimed for it; with a claim it goes on until it is settled. Asked like `refusal`.
   */
  ended(row: TransactionRow, snapshot: Snapshot): Refused | undefined
}
