/**
 * The store, named by purpose. Everything durable goes through `commit`: one round is one transaction, all or nothing,
 * under the fence. Both implementations run `test/contract/store.ts`.
 *
 * Every call has a deadline and rejects with `Failed`: `store-unavailable` when it certainly did nothing, `in-doubt` when
 * it may have committed (then ask `segmentHash`), `disk-full`, or `store-corrupt`. uint64 values are 8 big-endian bytes
 * inside the store.
 */
import type { Hex } from '../base/bytes.ts'
import type { Deadline } from '../base/deadline.ts'
import type { JsonObject } from '../base/json.ts'
import type { DutyClaim, GuardRow, WindowRow } from './claim.ts'
import type { AttemptId, ClientId, KeyId, Network, TransactionId, WalletId } from './names.ts'
import type { Page } from './page.ts'
import type { StoredSignature } from './payload.ts'
import type { ProtectionRaise, ProtectionRow, ProtectionStore } from './protection.ts'
import type { Destination, WalletAddress, WalletRow, WalletStore } from './wallet-store.ts'

/** `epoch` rises with every change of policy, grant, client or key state. `halted` stops all signing. */
export interface Fence {
  readonly epoch: number
  readonly halted: boolean
  /** Hash over all state records, in order of (kind, id). */
  readonly root: Hex
  /** Where in the register the change stands that made this state. Absent in a new store. */
  readonly change?: { readonly stream: string; readonly seq: number; readonly index: number }
  /** HMAC over the rest of the row, under a key derived from the key-encryption key. */
  readonly mac: Hex
}

/** Clients, grants, rules and keys: what decisions are made of. `mac` covers the row and its register position. */
export interface StateRecord {
  readonly kind: 'installation' | 'client' | 'key' | 'rules' | 'ceiling' | 'freeze' | 'wallet-policy'
  readonly id: string
  /** 1 for the first; each put raises it by one. */
  readonly version: number
  readonly body: JsonObject
  readonly mac: Hex
}

/** An entry of the register: canonical JSON text and its leaf hash (RFC 6962: SHA-256 of 0x00 and the bytes). */
export interface Entry {
  readonly leaf: Hex
  readonly body: string
}

/** A change of state: replaces the records, raises the epoch by exactly one, to the round's. Travels alone in its round. */
export interface StateChange {
  readonly fence: Fence
  readonly records: readonly StateRecord[]
}

export interface Idempotency {
  readonly client: ClientId
  readonly route: string
  readonly key: string
  readonly bodyHash: Hex
  /** What the first request made: an attempt or a transaction. */
  readonly made: AttemptId | TransactionId
}

export type TransactionState =
  /** Accepted; no nonce yet. */
  | 'accepted'
  /** The nonce is claimed, or the coins are; not yet signed. */
  | 'assigned'
  /** Bytes and hash are durable; may have been sent. */
  | 'signed'
  /** A node knows it. */
  | 'broadcast'
  /** In a block, not yet at the configured depth. */
  | 'mined'
  /** In a block at the configured depth, or beyond. */
  | 'final'
  /** Will not be sent; holds no nonce, or its nonce was used by something else. */
  | 'failed'

/** A relayed transaction. `body` is the relay's own account of it; columns beside it are what the store finds it by. */
export interface TransactionRow {
  readonly id: TransactionId
  readonly version: number
  readonly client: ClientId
  readonly key: KeyId
  readonly network: Network
  readonly sender: string
  readonly state: TransactionState
  readonly nonce?: bigint
  /** Whose money it is, where a wallet's; absent for a key's own transactions. */
  readonly wallet?: WalletId
  readonly body: JsonObject
  readonly createdAt: number
  readonly updatedAt: number
}

/** Signed bytes that may have been sent: kept for ever, before the first send. */
export interface SignedTransaction {
  readonly hash: Hex
  readonly transaction: TransactionId
  readonly raw: Uint8Array
  readonly createdAt: number
}

/** What one caller wants durable, all or nothing. */
export interface RoundItem {
  readonly entries: readonly Entry[]
  /**
   * At most one item of a round takes a given guard row, idempotency key, transaction, or anything a wallet has alone
   * (`walletNames`), else the round is `Failed` `internal`: a verdict on one would rest on the other. Sorted by
   * (kind, scope, item) over the whole round by the store.
   */
  readonly guards: readonly GuardRow[]
  /** Several items of a round may count in one window; at most one of them takes a given (scope, period, root). */
  readonly windows?: readonly WindowRow[]
  /** At most one item of a round takes a duty of a given kind of a scope, or raises the scope. */
  readonly duties?: readonly DutyClaim[]
  readonly raises?: readonly ProtectionRaise[]
  /** Notes, by the store's clock, that a gap is accepted now: windows whose period holds this moment count as full. */
  readonly gapAccepted?: true
  readonly idempotency?: Idempotency
  /** Payloads this item is about to sign, as (public key, payload hash): stored signatures for them are returned. */
  readonly signing?: readonly { readonly publicKey: Hex; readonly payload: Hex }[]
  /** Signatures to keep for ever. If another came first, the first one stays and is returned. */
  readonly signatures?: readonly StoredSignature[]
  readonly change?: StateChange
  /** Inserted when version is 1; otherwise replaces the row whose version is one lower. `(network, sender, nonce)` is unique. */
  readonly transactions?: readonly TransactionRow[]
  readonly signed?: readonly SignedTransaction[]
  /** Inserted when version is 1; otherwise replaces the row whose version is one lower. */
  readonly wallets?: readonly WalletRow[]
  /** Inserted; one that is there already, the same, is left as it is. */
  readonly addresses?: readonly WalletAddress[]
  /** Noted now, unless they were before. */
  readonly destinations?: readonly Destination[]
}

/**
 * One segment of a stream and all it makes durable. `(stream, seq)` is its identity: a repeat with an equal hash is a no-op
 * that answers `committed` again, with its signatures; it is recognised before the fence is looked at.
 */
export interface Round {
  readonly stream: string
  /** 1 for the first segment of a stream. */
  readonly seq: number
  readonly prev: Hex
  readonly hash: Hex
  readonly mac: Hex
  /**
   * The epoch every decision in the round was made under, which must be the fence's; 0 while there is no fence. A round with
   * a change carries the epoch it makes, one above the fence's, so that `highestEpoch` shows a change that was rolled back.
   */
  readonly epoch: number
  /** Milliseconds since 1970. */
  readonly time: number
  /** Whether the items need signing not to be halted. Refusals, outcomes and changes do not. */
  readonly signs: boolean
  readonly items: readonly RoundItem[]
}

export type ItemFault =
  | { readonly reason: 'guard'; readonly row: GuardRow; readonly held: Hex }
  /** `held` is the row that stands against the duty. */
  | { readonly reason: 'duty'; readonly duty: DutyClaim; readonly held: ProtectionRow }
  | { readonly reason: 'idempotency'; readonly earlier: Idempotency }
  | { readonly reason: 'version'; readonly what: string }
  /**
   * Another wallet has what this one would: `owner` is (user, asset, network), `account` (key, account). `row` is the one that
   * has it, a `WalletAddress` where one was wanted.
   */
  | {
      readonly reason: 'wallet'
      readonly taken: 'owner' | 'address' | 'account' | 'provider'
      readonly row: WalletRow | WalletAddress
    }
  /**
   * The window has no room for it: `used` counts already. When a gap was accepted in the window's period it counts as full,
   * and `gap` is when that was, in milliseconds since 1970.
   */
  | {
      readonly reason: 'window'
      readonly row: WindowRow
      readonly used: bigint
      readonly limit: bigint
      readonly gap?: number
    }
  /** The root counts in this window already, with another amount. */
  | { readonly reason: 'counted'; readonly row: WindowRow; readonly held: bigint }
  /** `now`, the store's time in milliseconds since 1970, is not in the window's period. */
  | { readonly reason: 'period'; readonly row: WindowRow; readonly now: number }

export type RoundResult =
  | { readonly status: 'committed'; readonly items: readonly { readonly signatures: readonly StoredSignature[] }[] }
  /** Nothing was written: the fence moved on, or is halted and the items sign. A new store has no fence and signs nothing. */
  | { readonly status: 'stale'; readonly fence: Fence | undefined }
  /** Nothing was written: these items cannot be, in this or any round. At least one. */
  | { readonly status: 'refused'; readonly faults: readonly { readonly item: number; readonly fault: ItemFault }[] }
  /**
   * Nothing was written: each of these items fits its windows, and not together with those before it in the round. At least
   * one, and never the first. They go later.
   */
  | { readonly status: 'crowded'; readonly items: readonly number[] }
  /** Nothing was written: another segment stands at (stream, seq), or `prev` is not the predecessor's hash. */
  | { readonly status: 'collision' }

export interface Segment {
  readonly stream: string
  readonly seq: number
  readonly prev: Hex
  readonly hash: Hex
  readonly mac: Hex
  readonly epoch: number
  readonly time: number
  readonly count: number
}

export interface PlacedEntry extends Entry {
  readonly stream: string
  readonly seq: number
  readonly index: number
}

export interface Position {
  readonly stream: string
  readonly seq: number
}

/** An amount that counts in a window, as it was written first. */
export interface WindowUse extends Omit<WindowRow, 'limit'>, Position {}

export interface WindowTotal {
  readonly scope: string
  readonly period: string
  /** The sum of the amounts that count. */
  readonly total: bigint
}

/** Where the register says that a gap was accepted, and when that was by the store's clock, milliseconds since 1970. */
export interface AcceptedGap extends Position {
  readonly at: number
}

export interface Checkpoint {
  readonly size: number
  readonly root: Hex
  /** A C2SP signed note once signed; empty between the commit of (size, root) and its signature. */
  readonly note: string
}

/** A lease: at most one holder until it expires; `token` rises with every holder and fences late writers. */
export interface Lease {
  readonly name: string
  readonly holder: string
  readonly token: number
}

export interface TransactionFilter {
  readonly network?: Network
  readonly sender?: string
  readonly client?: ClientId
  readonly key?: KeyId
  readonly wallet?: WalletId
  readonly states?: readonly TransactionState[]
}

/** What is written is written by rounds. */
export interface RoundStore {
  commit(round: Round, deadline: Deadline): Promise<RoundResult>
  /** The hash standing at a position, or undefined: how a writer in doubt finds out. */
  segmentHash(position: Position, deadline: Deadline): Promise<Hex | undefined>
}

export interface StateStore {
  fence(deadline: Deadline): Promise<Fence | undefined>
  /** Fence and records of one moment. */
  state(deadline: Deadline): Promise<{ readonly fence: Fence | undefined; readonly records: readonly StateRecord[] }>
  /** Highest epoch of any segment: a fence behind it was rolled back. 0 in a new store. */
  highestEpoch(deadline: Deadline): Promise<number>
}

export interface RegisterStore {
  entry(position: Position & { readonly index: number }, deadline: Deadline): Promise<PlacedEntry | undefined>
  streams(deadline: Deadline): Promise<readonly { readonly stream: string; readonly seq: number; readonly hash: Hex }[]>
  segments(stream: string, afterSeq: number, limit: number, deadline: Deadline): Promise<readonly Segment[]>
  /** All entries of these segments, segment by segment in the order given. */
  entries(segments: readonly Position[], deadline: Deadline): Promise<readonly PlacedEntry[]>
  /** Newest first, for people; `after` is the cursor of the last one seen. */
  latestEntries(
    page: Page,
    deadline: Deadline,
  ): Promise<{ readonly entries: readonly (PlacedEntry & { readonly time: number })[]; readonly next?: string }>
  /** Segments not yet in the tree, contiguous per stream, oldest first. It costs no more where many wait. */
  unintegrated(limit: number, deadline: Deadline): Promise<readonly Segment[]>
  /** Leaf hashes `from` … `to - 1` of the tree, in order. */
  leaves(from: number, to: number, deadline: Deadline): Promise<readonly Hex[]>
  /** Segments in the order of the tree; `from` counts segments, not leaves. */
  integrated(from: number, limit: number, deadline: Deadline): Promise<readonly Position[]>
  /**
   * Appends segments to the tree at exactly `size` and commits the checkpoint of the new size, without a note. False, and
   * nothing is written, when the tree is not at `size`, the lease has passed on, a segment is missing, already in or not
   * next in its stream, or the checkpoint is not of the new size.
   */
  integrate(
    size: number,
    segments: readonly Position[],
    checkpoint: Checkpoint,
    lease: Lease,
    deadline: Deadline,
  ): Promise<boolean>
  /** Adds the note to a committed (size, root). The first note stays. @throws Failed `store-corrupt` for any other root */
  signCheckpoint(checkpoint: Checkpoint, deadline: Deadline): Promise<void>
  latestCheckpoint(deadline: Deadline): Promise<Checkpoint | undefined>
  checkpoints(afterSize: number, limit: number, deadline: Deadline): Promise<readonly Checkpoint[]>
  /** Guard rows with the position of the entry that took them, in order, for verification. */
  guards(
    after: string | undefined,
    limit: number,
    deadline: Deadline,
  ): Promise<{ readonly rows: readonly (GuardRow & Position)[]; readonly next?: string }>
  /** What counts in windows, in order, for verification. Neither it nor a total is ever taken away or lowered. */
  windowUses(
    after: string | undefined,
    limit: number,
    deadline: Deadline,
  ): Promise<{ readonly rows: readonly WindowUse[]; readonly next?: string }>
  windowTotals(
    after: string | undefined,
    limit: number,
    deadline: Deadline,
  ): Promise<{ readonly rows: readonly WindowTotal[]; readonly next?: string }>
  /** What counts in one window; undefined for nothing. */
  windowTotal(scope: string, period: string, deadline: Deadline): Promise<bigint | undefined>
  /** The fullest of all windows of a period whose scope begins so; undefined for none. */
  fullestWindow(scopePrefix: string, period: string, deadline: Deadline): Promise<bigint | undefined>
  /** In order of their moments. */
  acceptedGaps(deadline: Deadline): Promise<readonly AcceptedGap[]>
  /** Kept signatures in order, for verification. */
  signatures(
    after: string | undefined,
    limit: number,
    deadline: Deadline,
  ): Promise<{ readonly rows: readonly StoredSignature[]; readonly next?: string }>
}

export interface TransactionStore {
  transaction(id: TransactionId, deadline: Deadline): Promise<TransactionRow | undefined>
  /** In order of creation. */
  transactions(filter: TransactionFilter, page: Page, deadline: Deadline): Promise<readonly TransactionRow[]>
  /** Senders with transactions in one of these states. */
  lanes(
    states: readonly TransactionState[],
    deadline: Deadline,
  ): Promise<readonly { readonly network: Network; readonly sender: string }[]>
  highestNonce(network: Network, sender: string, deadline: Deadline): Promise<bigint | undefined>
  signedTransactions(id: TransactionId, deadline: Deadline): Promise<readonly SignedTransaction[]>
}

export interface LeaseStore {
  /** Takes or renews. `undefined` when another holds it. Time is the store's own. */
  lease(name: string, holder: string, milliseconds: number, deadline: Deadline): Promise<Lease | undefined>
  release(lease: Lease, deadline: Deadline): Promise<void>
}

export interface Store
  extends RoundStore, StateStore, RegisterStore, ProtectionStore, TransactionStore, WalletStore, LeaseStore {
  readonly name: 'sqlite' | 'postgres'
  /** Whether several processes may share it. */
  readonly shared: boolean
  storedSignature(publicKey: Hex, payload: Hex, deadline: Deadline): Promise<StoredSignature | undefined>
  idempotency(client: ClientId, route: string, key: string, deadline: Deadline): Promise<Idempotency | undefined>
  /** The store's clock, milliseconds since 1970. */
  time(deadline: Deadline): Promise<number>
  /**
   * Writes a complete copy of one moment to a path where nothing is, while rounds go on: a file of SQLite, whatever the store.
   * @throws Failed `already-exists`
   */
  backup(path: string, deadline: Deadline): Promise<void>
  close(): Promise<void>
}
