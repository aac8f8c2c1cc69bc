/** What an EVM request says, decoded. `digest` is what the key signs. */
import type { Intent } from '../../core/chain.ts'
import type { Network } from '../../core/names.ts'
import type { Transaction } from './transaction.ts'
import type { TypedData } from './typed-data.ts'

interface EvmBase extends Intent {
  readonly chain: 'evm'
  readonly digest: Uint8Array
}

export interface TransactionIntent extends EvmBase {
  readonly kind: 'transaction'
  readonly operation: 'sign:transaction'
  readonly network: Network
  readonly transaction: Transaction
}

/** `sign:digest` when the message is itself a hash that nobody here can read (safety rule 18). */
export interface MessageIntent extends EvmBase {
  readonly kind: 'message'
  readonly operation: 'sign:message' | 'sign:digest'
  readonly network: Network
}

export interface DigestIntent extends EvmBase {
  readonly kind: 'digest'
  readonly operation: 'sign:digest'
}

export interface TypedDataIntent extends EvmBase {
  readonly kind: 'typed-data'
  readonly operation: 'sign:typed-data'
  readonly network: Network
  readonly typedData: TypedData
}

export type EvmIntent = TransactionIntent | MessageIntent | TypedDataIntent | DigestIntent
