/** What the relay needs from a blockchain node. The node is not trusted: every answer is bounded by the caller. */
import type { Hex } from '../base/bytes.ts'
import type { Deadline } from '../base/deadline.ts'
import type { JsonObject } from '../base/json.ts'
import type { Network } from './names.ts'

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
  close(): void
}
