/** The id of a group covers all of its transactions, in their order: a part of it has another. */
import { computeGroupID, decodeUnsignedTransaction, type Transaction } from 'algosdk'
import { equal } from '../../base/bytes.ts'
import { base64 } from './base64.ts'

/** The first that is not of the group which all of them make; the ids in base64. */
export interface Stray {
  readonly index: number
  readonly got: string | undefined
  readonly wanted: string
}

export function strayOf(transactions: readonly Transaction[]): Stray | undefined {
  const wanted = computeGroupID(transactions.map(withoutGroup))
  const index = transactions.findIndex(({ group }) => group === undefined || !equal(group, wanted))
  if (index === -1) return undefined
  const got = transactions[index]?.group
  return { index, got: got && base64(got), wanted: base64(wanted) }
}

/** Decoded again, because the one that was read stays as it is. */
function withoutGroup(transaction: Transaction): Transaction {
  const bare = decodeUnsignedTransaction(transaction.toByte())
  delete bare.group
  return bare
}
