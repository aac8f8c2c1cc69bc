/**
 * What the service needs from a blockchain node, in two kinds: one whose transactions are ordered by nonces, for the relay,
 * and one whose transactions stand for themselves. No node is trusted: what it answers is bounded.
 */
import type { Hex } from '../base/bytes.ts'
import type { Deadline } from '../base/deadline.ts'
import type { JsonObject } from '../base/json.ts'
import type { OutPoint } from './coins.ts'
import type { AssetId, Network } from './names.ts'

export type Sighting =
  | { readonly seen: 'nowhere' }
  | { readonly seen: 'pool' }
  | {
      readonly seen: 'block'
      readonly block: Hex
      readonly number: bigint
      readonly depth: bigint
      readonly success: boolean
      readonly receipt: JsonObject
      /** What it cost, in base units of the network's own coin, where the receipt says so. */
      readonly fee?: bigint
    }

export interface Sent {
  readonly accepted: boolean
  /** The node's words when it did not accept: for people, never judged by. */
  readonly words?: string
}

/** One call of one endpoint, for metrics. An `error` is an answer too. */
export interface NodeCall {
  /** One of the few that the node's own room asks for. */
  readonly method: string
  readonly milliseconds: number
  readonly outcome: 'ok' | 'error' | 'no-answer'
}

export interface ChainNode {
  readonly network: Network
  /** @throws Failed `node-unavailable`; Refused `wrong-network` when the node serves another chain. */
  check(deadline: Deadline): Promise<void>
  /**
   * Transactions of `sender` already in a block: the next nonce the chain will take. With `depth`, as of the block that is
   * so many deep, the newest one included.
   */
  minedNonce(sender: string, deadline: Deadline, depth?: bigint): Promise<bigint>
  /** The same, with the node's pool counted. */
  pendingNonce(sender: string, deadline: Deadline): Promise<bigint>
  /**
   * The value complete, with zeros for whatever `prepare` fills in: enough for policy to judge everything but the fee.
   * @throws Refused `invalid-payload` when the caller chose a nonce or handed in serialised bytes
   */
  draft(value: unknown): JsonObject
  /**
   * Estimates gas and fills in fees by the network's fee mode; what the caller gave is kept. Everything but the nonce.
   * @throws Failed `not-executable` with the node's reason as got; `node-refused` when it said nothing about the transaction
   */
  prepare(value: JsonObject, sender: string, deadline: Deadline): Promise<JsonObject>
  withNonce(value: JsonObject, nonce: bigint): JsonObject
  /** @throws Failed `node-unavailable` when nothing is known: it may have been accepted. */
  send(raw: Uint8Array, deadline: Deadline): Promise<Sent>
  /** Looks a hash up in pool and chain. */
  sighting(hash: Hex, deadline: Deadline): Promise<Sighting>
  /** Hands bytes over and gives back the node's whole answer. `ok` says that the answer holds a result. */
  forward(raw: Uint8Array, deadline: Deadline): Promise<{ readonly answer: JsonObject; readonly ok: boolean }>
  balance(address: string, deadline: Deadline): Promise<bigint>
  /** The same of any asset of the network. @throws Refused `not-supported` for one it cannot count */
  holding(asset: AssetId, address: string, deadline: Deadline): Promise<bigint>
  close(): void
}

/** A coin as a node lists it: nothing but where it is; what it is worth is read from its transaction. */
export interface FoundCoin extends OutPoint {
  readonly address: string
  /** 0 while it is in no block. */
  readonly confirmations: number
}

/** A transaction that is said to have paid an address. What it pays is read from it, and not believed before. */
export interface FoundPayment {
  readonly txid: string
  readonly address: string
  readonly inBlock: boolean
}

/**
 * A node of a chain whose accounts are sets of coins. Its answers are bounded, and what is spent is read from whole
 * transactions whose hash was checked: a node that lies about an amount is found out here. Transactions are named by their
 * txid as people read it, 64 hex digits. Errors as of `LedgerNode`.
 */
export interface CoinNode {
  readonly network: Network
  check(deadline: Deadline): Promise<void>
  /** Coins of these addresses that nothing known to the node spends. */
  coins(addresses: readonly string[], deadline: Deadline): Promise<readonly FoundCoin[]>
  /**
   * Payments to those of these addresses that were ever paid, whatever became of the coins, as far as an endpoint remembers;
   * one without a history knows of those that hold something. Of each address at least one, in a block where there is such.
   * Throws where one that may remember more gives no answer, and the others know of none.
   */
  received(addresses: readonly string[], deadline: Deadline): Promise<readonly FoundPayment[]>
  /** A whole transaction on the wire, its txid checked; undefined when the node does not know it. */
  transaction(txid: string, deadline: Deadline): Promise<Uint8Array | undefined>
  /** Base units for 1,000 virtual bytes, to be in one of the next `blocks` blocks; undefined while the node cannot tell. */
  feeRate(blocks: number, deadline: Deadline): Promise<bigint | undefined>
  /** Throws Failed `node-unavailable` when nothing is known: it may have been accepted. */
  send(raw: Uint8Array, deadline: Deadline): Promise<Sent>
  /** Looks a transaction up in pool and chain. `success` is always true: coins have no reverts. */
  sighting(txid: string, deadline: Deadline): Promise<Sighting>
  close(): void
}

/** What a transaction needs from its ledger before it can be made. */
export interface LedgerParameters {
  /** The least a transaction pays, in base units. */
  readonly minFee: bigint
  /** What the node suggests for each byte while blocks are full; 0 otherwise. The larger of both fees is paid. */
  readonly feePerByte: bigint
  /** The rounds, both included, in which a transaction made now may be confirmed: as many as the ledger allows. */
  readonly firstValid: bigint
  readonly lastValid: bigint
  /** What names the ledger inside a transaction, as its chain reads it. */
  readonly genesis: JsonObject
}

export interface LedgerAccount {
  readonly balance: bigint
  /** What the ledger locks as long as the account holds what it holds. */
  readonly minimum: bigint
  /** The address whose key signs for the account, where it was handed to another. */
  readonly authority?: string
  /** Assets held or made besides the chain's own, and contracts made or joined: lost with the key. */
  readonly assets: bigint
  readonly contracts: bigint
  /** The round all of this was read at. */
  readonly round: bigint
}

/**
 * `unknown`: the node never saw the transaction, or forgot it. `error`: the node dropped it, in its words, for people;
 * another node may still confirm it while it is valid.
 */
export type Confirmation = { readonly round: bigint } | { readonly error: string } | 'pending' | 'unknown'

export interface Simulation {
  readonly would: boolean
  /** Why it would not: the node's words, for people, never judged by. */
  readonly words?: string
  /** Transactions that contracts would add: the group pays for them too. */
  readonly inner: number
}

/**
 * A ledger without nonces, whose transactions are valid for some rounds and are confirmed for good or never. What is sent
 * is a group: all of it is confirmed, in one round, or none. The node is not trusted: every answer is bounded here or by
 * the caller. All methods throw Failed `node-unavailable` when no answer came, `node-refused` when it was an error or not
 * to be believed, and Refused `wrong-network` when the node serves another ledger.
 */
export interface LedgerNode {
  readonly network: Network
  /** Asks every endpoint; throws when one serves another ledger, or none of a kind answers. */
  check(deadline: Deadline): Promise<void>
  parameters(deadline: Deadline): Promise<LedgerParameters>
  /** An account the ledger never heard of is one with nothing in it. */
  account(address: string, deadline: Deadline): Promise<LedgerAccount>
  /** Accounts whose authority `address` is, besides itself; undefined where nothing is configured that could tell. */
  controlledBy(address: string, deadline: Deadline): Promise<readonly string[] | undefined>
  /**
   * Throws Failed `node-unavailable` when nothing is known: the group may have been accepted. A group that was not
   * accepted may have been before: `confirmation` tells.
   */
  broadcast(group: readonly Uint8Array[], deadline: Deadline): Promise<Sent>
  confirmation(id: string, deadline: Deadline): Promise<Confirmation>
  /**
   * Waits, round by round, until the transaction is confirmed or never will be: `expired` once one endpoint is past
   * `lastValid` and does not know it. `pending` or `unknown` when the deadline came first: nothing is settled then.
   */
  settled(id: string, lastValid: bigint, deadline: Deadline): Promise<Confirmation | 'expired'>
  /** Runs a group as if every signature that is missing were there. A signature that is there must be right. */
  simulate(group: readonly Uint8Array[], deadline: Deadline): Promise<Simulation>
  close(): void
}
