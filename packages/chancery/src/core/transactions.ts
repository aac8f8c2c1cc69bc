/** Relayed transactions as the edge sees them, and how a request for one is known again. */
import type { Hex } from '../base/bytes.ts'
import type { SignedTransaction, TransactionRow } from './store.ts'

export interface IdempotencyKey {
  readonly route: string
  readonly key: string
  /** SHA-256 of the canonical body. */
  readonly bodyHash: Hex
}

export interface TransactionView {
  readonly row: TransactionRow
  readonly signed: readonly SignedTransaction[]
}
