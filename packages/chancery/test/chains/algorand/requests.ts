/** Requests to begin with: a payment that is signed, whole and by hand, for tests to spoil. */
import { makePaymentTxnWithSuggestedParamsFromObject, msgpackRawEncode, type Transaction } from 'algosdk'
import type { SignOperation } from '../../../src/core/names.ts'
import { type Refusal, refusalOf } from '../refusal.ts'
import { algorand, base64, pairOf, params, signWith, testnetHash } from './signing.ts'

export const own = pairOf(1)
export const other = pairOf(2)

export function refused(value: unknown, operation: SignOperation = 'sign:transaction'): Refusal {
  return refusalOf(() => signWith(algorand, own, { operation, value }))
}

export function pay(overrides: object = {}, sender = own.address): Transaction {
  return makePaymentTxnWithSuggestedParamsFromObject({
    sender,
    receiver: other.address,
    amount: 5n,
    suggestedParams: { ...params, ...overrides },
  })
}

export const txn = (transaction: Transaction): string => base64(transaction.toByte())
export const good = { txn: txn(pay()) }
/** A transaction by hand, in MessagePack as it is written here. */
export const raw = (members: object): string => base64(msgpackRawEncode(members))
export const snd = own.address.publicKey
export const fields = {
  amt: 5,
  fee: 1_000,
  fv: 1_000,
  gh: testnetHash,
  lv: 2_000,
  rcv: other.address.publicKey,
  snd,
  type: 'pay',
}

const { amt: _amt, rcv: _rcv, ...common } = fields
export const appl = { ...common, apid: 7, type: 'appl' }
export const keyreg = { ...common, type: 'keyreg' }
