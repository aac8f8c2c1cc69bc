/** A transaction as bytes: unsigned (what is hashed and signed) and signed (what is broadcast). */
import { concat } from '../../base/bytes.ts'
import { keccak256 } from './keccak.ts'
import { encodeInteger, encodeRlp, type RlpItem } from './rlp.ts'
import type { AccessListEntry, Transaction } from './transaction.ts'

export interface TransactionSignature {
  readonly r: bigint
  readonly s: bigint
  readonly yParity: 0 | 1
}

/** The bytes whose Keccak-256 hash is signed. */
export function serialiseUnsigned(transaction: Transaction): Uint8Array {
  const fields = fieldsOf(transaction)
  if (transaction.type !== 0) return typed(transaction.type, fields)
  // Before EIP-155 the six fields alone were signed; their place is kept for reading old signed transactions.
  const replay = transaction.chainId === 0n ? [] : [transaction.chainId, 0n, 0n].map(encodeInteger)
  return encodeRlp([...fields, ...replay])
}

export function signingHash(transaction: Transaction): Uint8Array {
  return keccak256(serialiseUnsigned(transaction))
}

export function serialiseSigned(transaction: Transaction, signature: TransactionSignature): Uint8Array {
  const v = transaction.type === 0 ? legacyV(transaction.chainId, signature.yParity) : BigInt(signature.yParity)
  const fields = [...fieldsOf(transaction), ...[v, signature.r, signature.s].map(encodeInteger)]
  return transaction.type === 0 ? encodeRlp(fields) : typed(transaction.type, fields)
}

/** EIP-155: the chain id is folded into v. */
export function legacyV(chainId: bigint, yParity: 0 | 1): bigint {
  return BigInt(yParity) + (chainId === 0n ? 27n : 35n + 2n * chainId)
}

function typed(type: number, fields: readonly RlpItem[]): Uint8Array {
  return concat(Uint8Array.of(type), encodeRlp(fields))
}

function fieldsOf(transaction: Transaction): readonly RlpItem[] {
  const { chainId, nonce, gas, value } = transaction
  const target = [transaction.to ?? new Uint8Array(0), encodeInteger(value), transaction.data]
  const numbers = (...values: readonly bigint[]): readonly RlpItem[] => values.map(encodeInteger)
  switch (transaction.type) {
    case 0:
      return [...numbers(nonce, transaction.gasPrice, gas), ...target]
    case 1:
      return [...numbers(chainId, nonce, transaction.gasPrice, gas), ...target, accessListItem(transaction.accessList)]
    case 2: {
      const fees = numbers(chainId, nonce, transaction.maxPriorityFeePerGas, transaction.maxFeePerGas, gas)
      return [...fees, ...target, accessListItem(transaction.accessList)]
    }
  }
}

function accessListItem(accessList: readonly AccessListEntry[]): RlpItem {
  return accessList.map(({ address, storageKeys }) => [address, storageKeys])
}
