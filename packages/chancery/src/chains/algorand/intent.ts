/** What an Algorand request says, decoded. */
import type { Address, Transaction } from 'algosdk'
import type { Intent } from '../../core/chain.ts'
import type { PublicKey } from '../../core/key.ts'
import type { Network, SignOperation } from '../../core/names.ts'
import type { Multisig } from './multisig.ts'

interface AlgorandBase extends Intent {
  readonly chain: 'algorand'
  readonly network: Network
  readonly publicKey: PublicKey
}

/** How the key signs one transaction. `authority` is named where it is not the sender (the account was rekeyed). */
export interface Signing {
  readonly authority?: Address
  readonly multisig?: Multisig
}

export interface Grouped {
  readonly transaction: Transaction
  /** Absent: it is shown for the group's sake, and signed by somebody else. */
  readonly signing?: Signing
}

export interface TransactionsIntent extends AlgorandBase {
  readonly kind: 'transactions'
  readonly operation: 'sign:transaction'
  readonly transactions: readonly Grouped[]
}

/** Bytes with a prefix that keeps them apart from transactions: a message, a program, or data for a program. */
export interface PrefixedIntent extends AlgorandBase {
  readonly kind: 'prefixed'
  readonly operation: Extract<SignOperation, 'sign:message' | 'sign:logic-signature' | 'sign:program-data'>
  readonly bytes: Uint8Array
  /** The address of the program it is about. */
  readonly program?: { readonly address: string; readonly bytes?: Uint8Array }
}

export type AlgorandIntent = TransactionsIntent | PrefixedIntent
