/** Transactions of the types that are signed here, and the table of all types there are. */
import type { Refused } from '../../core/errors.ts'
import { invalid, unsupported } from '../../core/refusals.ts'

export interface AccessListEntry {
  readonly address: Uint8Array
  /** 32 bytes each. */
  readonly storageKeys: readonly Uint8Array[]
}

interface Common {
  /** 0 only in a signed transaction from before EIP-155, which is never signed here. */
  readonly chainId: bigint
  readonly nonce: bigint
  readonly gas: bigint
  /** 20 bytes; absent when the transaction creates a contract. */
  readonly to?: Uint8Array
  readonly value: bigint
  readonly data: Uint8Array
}

/** https://eips.ethereum.org/EIPS/eip-155 */
export interface LegacyTransaction extends Common {
  readonly type: 0
  readonly gasPrice: bigint
}

/** https://eips.ethereum.org/EIPS/eip-2930 */
export interface AccessListTransaction extends Common {
  readonly type: 1
  readonly gasPrice: bigint
  readonly accessList: readonly AccessListEntry[]
}

/** https://eips.ethereum.org/EIPS/eip-1559 */
export interface FeeMarketTransaction extends Common {
  readonly type: 2
  readonly maxFeePerGas: bigint
  readonly maxPriorityFeePerGas: bigint
  readonly accessList: readonly AccessListEntry[]
}

export type Transaction = LegacyTransaction | AccessListTransaction | FeeMarketTransaction
export type TransactionType = Transaction['type']

export interface TypeRow {
  readonly name: string
  /** Fields that no type signed here has: what gives the type away where `type` is not given. */
  readonly own: readonly string[]
  readonly signed: boolean
}

/** Every type of transaction, by its number (EIP-2718). */
export const transactionTypes: readonly TypeRow[] = [
  { name: 'legacy', own: [], signed: true },
  { name: 'access list', own: [], signed: true },
  { name: 'fee market', own: [], signed: true },
  {
    name: 'blob',
    own: ['maxFeePerBlobGas', 'blobVersionedHashes', 'blobs', 'commitments', 'proofs', 'sidecars'],
    signed: false,
  },
  { name: 'set code', own: ['authorizationList'], signed: false },
]

export function isSignedType(type: number): type is TransactionType {
  return transactionTypes[type]?.signed === true
}

/** The refusal of a type that is not signed here. */
export function typeRefused(type: number, where: string): Refused {
  const row = transactionTypes[type]
  if (row === undefined) return invalid(where, type, 'a transaction type: 0, 1 or 2')
  return unsupported(where, type, `Transactions of type ${type} (${row.name}) are not signed here`)
}

/** The most one unit of gas can cost. */
export function priceCap(transaction: Transaction): bigint {
  return transaction.type === 2 ? transaction.maxFeePerGas : transaction.gasPrice
}

export function accessListOf(transaction: Transaction): readonly AccessListEntry[] {
  return transaction.type === 0 ? [] : transaction.accessList
}
