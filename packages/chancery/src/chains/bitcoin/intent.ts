/** What a request of the Bitcoin family says, decoded: one transaction, all of whose inputs are the wallet's. */
import type { Hex } from '../../base/bytes.ts'
import type { Intent } from '../../core/chain.ts'
import type { Network } from '../../core/names.ts'
import type { BitcoinNetwork } from './networks.ts'
import type { Psbt } from './psbt.ts'
import type { OwnScript } from './own-scripts.ts'
import type { UnsignedTransaction } from './transaction.ts'

/** A signature that was verified: in the form in which it is proof, its type of hash at the end. */
export interface PlacedSignature {
  readonly publicKey: Uint8Array
  readonly bytes: Uint8Array
}

export interface SpentInput {
  readonly own: OwnScript
  /** The coin, as its claim names it. */
  readonly outpoint: Hex
  readonly amount: bigint
  readonly sighashType: number
  readonly digest: Uint8Array
  /** Those that came with it. */
  readonly signatures: readonly PlacedSignature[]
  /** Whether this wallet's key has not signed it yet. */
  readonly unsigned: boolean
}

export interface PaidOutput {
  readonly amount: bigint
  readonly script: Uint8Array
  /** Absent of an OP_RETURN, whose amount is 0. */
  readonly address?: string
  /** It comes back to the wallet: its script was derived again. */
  readonly own: boolean
}

/** The transaction that this one replaces. */
export interface Replaced {
  readonly root: Hex
  readonly transaction: UnsignedTransaction
  readonly fee: bigint
}

export interface BitcoinIntent extends Intent {
  readonly chain: 'bitcoin'
  readonly operation: 'sign:transaction'
  readonly network: Network
  readonly on: BitcoinNetwork
  readonly psbt: Psbt
  readonly inputs: readonly SpentInput[]
  readonly outputs: readonly PaidOutput[]
  readonly fee: bigint
  readonly root: Hex
  readonly replaced?: Replaced
}
