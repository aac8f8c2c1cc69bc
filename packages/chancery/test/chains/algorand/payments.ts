/** Payments and transfers with whatever else they may carry, and what they do. */
import {
  type Address,
  makeAssetTransferTxnWithSuggestedParamsFromObject,
  makePaymentTxnWithSuggestedParamsFromObject,
  type Transaction,
} from 'algosdk'
import type { Effect, Facts } from '../../../src/core/facts.ts'
import { algorand, base64, pairOf, params, signWith, testnet } from './signing.ts'

export const own = pairOf(1)
export const alice = pairOf(2)
export const bob = pairOf(3)
export const native = `${testnet}/slip44:283` as const
export const token = `${testnet}/asa:9` as const
export const { address: sender } = own
export const suggestedParams = params

export function factsOf(...transactions: readonly Transaction[]): Facts {
  const value = transactions.map((one) => ({ txn: base64(one.toByte()) }))
  return signWith(algorand, own, { operation: 'sign:transaction', value }).facts
}

export const effectsOf = (...transactions: readonly Transaction[]): readonly Effect[] =>
  factsOf(...transactions).effects

export function pay(
  more: { readonly rekeyTo?: Address; readonly closeRemainderTo?: Address; readonly amount?: bigint } = {},
) {
  const { address: receiver } = alice
  return makePaymentTxnWithSuggestedParamsFromObject({ sender, receiver, amount: 5n, suggestedParams, ...more })
}

interface Transferred {
  readonly receiver?: Address
  readonly amount?: bigint
  readonly closeRemainderTo?: Address
  readonly assetSender?: Address
  readonly rekeyTo?: Address
}

export function transfer(more: Transferred = {}): Transaction {
  const { address: receiver } = alice
  const fields = { sender, receiver, amount: 5n, assetIndex: 9n, suggestedParams }
  return makeAssetTransferTxnWithSuggestedParamsFromObject({ ...fields, ...more })
}
