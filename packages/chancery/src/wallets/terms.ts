/** What a payment was asked for with, in words: kept on its row, and read back from there. */
import { isJsonObject, type JsonObject } from '../base/json.ts'
import { Failed } from '../core/errors.ts'
import type { AssetId } from '../core/names.ts'
import type { TransactionRow } from '../core/store.ts'

export interface PaymentTerms {
  readonly purpose: 'withdrawal' | 'sweep'
  readonly user: string
  readonly asset: AssetId
  readonly to: string
  /** Absent for a sweep of coins: all there are, less the fee. */
  readonly amount?: bigint
  readonly maxFee: bigint
}

export function termsMember({ amount, maxFee, ...words }: PaymentTerms): JsonObject {
  return { ...words, ...(amount !== undefined && { amount: String(amount) }), maxFee: String(maxFee) }
}

/** @throws Failed `store-corrupt` */
export function termsOf({ id, body }: Pick<TransactionRow, 'id' | 'body'>): PaymentTerms {
  const { terms } = body
  const { purpose, user, asset, to, amount, maxFee } = isJsonObject(terms) ? terms : {}
  if (
    (purpose !== 'withdrawal' && purpose !== 'sweep') ||
    typeof user !== 'string' ||
    typeof asset !== 'string' ||
    typeof to !== 'string' ||
    typeof maxFee !== 'string'
  ) {
    throw new Failed('store-corrupt', `The payment ${id} does not say what was asked for`)
  }
  const named: PaymentTerms = { purpose, user, asset: asset as AssetId, to, maxFee: BigInt(maxFee) }
  return typeof amount === 'string' ? { ...named, amount: BigInt(amount) } : named
}
