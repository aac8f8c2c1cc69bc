/** A transaction in words: what people read and the register keeps. */
import { toHex } from '../../base/bytes.ts'
import type { JsonObject } from '../../base/json.ts'
import { checksummed } from './address.ts'
import type { Transaction } from './transaction.ts'

export function summariseTransaction(transaction: Transaction, from: string): JsonObject {
  return {
    type: transaction.type,
    chainId: String(transaction.chainId),
    from,
    nonce: String(transaction.nonce),
    to: transaction.to === undefined ? null : checksummed(transaction.to),
    value: String(transaction.value),
    data: toHex(transaction.data),
    gas: String(transaction.gas),
    ...summariseFees(transaction),
    ...(transaction.type === 0 ? {} : { accessList: transaction.accessList.map(summariseEntry) }),
  }
}

function summariseFees(transaction: Transaction): JsonObject {
  if (transaction.type !== 2) return { gasPrice: String(transaction.gasPrice) }
  const { maxFeePerGas, maxPriorityFeePerGas } = transaction
  return { maxFeePerGas: String(maxFeePerGas), maxPriorityFeePerGas: String(maxPriorityFeePerGas) }
}

function summariseEntry(entry: { address: Uint8Array; storageKeys: readonly Uint8Array[] }): JsonObject {
  return { address: checksummed(entry.address), storageKeys: entry.storageKeys.map(toHex) }
}
