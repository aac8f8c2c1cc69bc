// What people read before they allow it, and the register keeps: all of it.
import {
  assignGroupID,
  makeApplicationNoOpTxnFromObject,
  makePaymentTxnWithSuggestedParamsFromObject,
  multisigAddress,
  signMultisigTransaction,
  type Transaction,
} from 'algosdk'
import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { canonical, isJsonObject, type Json, type JsonObject } from '../../../src/base/json.ts'
import { parseJson } from '../../../src/base/strict-json.ts'
import { algorand, base64, pairOf, params, signWith } from './signing.ts'
import { rebuilt } from './summary-reading.ts'
import { drafts, transactionOf } from './transaction-arbitrary.ts'

const own = pairOf(1)
const other = pairOf(2)

function summaryOf(items: readonly object[]): JsonObject {
  const { intent } = signWith(algorand, own, { operation: 'sign:transaction', value: items })
  return intent.summary
}

const item = (transaction: Transaction): { readonly txn: string } => ({ txn: base64(transaction.toByte()) })

function eachOf({ transactions }: JsonObject): readonly JsonObject[] {
  if (!Array.isArray(transactions)) throw new Error('no transactions')
  return transactions.filter((one: Json) => isJsonObject(one))
}

function pay(fee = 1_000n, sender = own.address): Transaction {
  const suggestedParams = { ...params, fee }
  return makePaymentTxnWithSuggestedParamsFromObject({ sender, receiver: other.address, amount: 5, suggestedParams })
}

function call(fee = 1_000n): Transaction {
  const suggestedParams = { ...params, fee }
  return makeApplicationNoOpTxnFromObject({ sender: own.address, appIndex: 7, suggestedParams })
}

test('nothing is left out: the transaction can be made again from its summary', () => {
  fc.assert(
    fc.property(drafts, (draft) => {
      const transaction = transactionOf(draft, own.address)
      const [summary] = eachOf(summaryOf([item(transaction)]))
      if (summary === undefined) throw new Error('no summary')
      expect(summary['id']).toBe(transaction.txID())
      expect(base64(rebuilt(read(canonical(summary))).toByte())).toBe(base64(transaction.toByte()))
    }),
    { numRuns: 3_000 },
  )
}, 60_000)

/** As it comes back out of the register. */
function read(text: string): JsonObject {
  const value = parseJson(text)
  if (isJsonObject(value)) return value
  throw new Error('no object')
}

test('a payment', () => {
  expect(summaryOf([item(pay())])).toEqual({
    transactions: [
      {
        id: pay().txID(),
        signed: true,
        type: 'pay',
        sender: own.text,
        fee: '1000',
        firstValid: '1000',
        lastValid: '2000',
        genesisID: 'testnet-v1.0',
        genesisHash: 'SGO1GKSzyE7IEPItTxCByw9x8FmnrCDexi9/cOUJOiI=',
        receiver: other.text,
        amount: '5',
      },
    ],
  })
})

test('a group: its id, and which of it the key signs', () => {
  const group = assignGroupID([pay(), pay(7n, other.address)])
  const [mine, theirs] = group.map(item)
  const summary = summaryOf([mine ?? {}, { ...theirs, signers: [] }])
  expect(summary['group']).toBe(base64(group[0]?.group ?? new Uint8Array()))
  expect(eachOf(summary).map(({ signed, fee }) => [signed, fee])).toEqual([
    [true, '1000'],
    [false, '7'],
  ])
})

test('the authority over a rekeyed account', () => {
  const [summary] = eachOf(summaryOf([{ ...item(pay(1_000n, other.address)), authAddr: own.text }]))
  expect(summary).toMatchObject({ sender: other.text, authority: own.text })
})

test('a multisig account: how many must sign, and have', () => {
  const msig = { version: 1, threshold: 2, addrs: [own.text, other.text, pairOf(3).text] }
  const account = multisigAddress(msig)
  const transaction = pay(1_000n, account)
  const { blob } = signMultisigTransaction(transaction, msig, other.sk)
  const [summary] = eachOf(summaryOf([{ ...item(transaction), msig, stxn: base64(blob) }]))
  expect(summary?.['multisig']).toEqual({ address: account.toString(), threshold: 2, members: 3, signatures: 1 })
})

describe('what the fees leave for inner transactions', () => {
  const budget = (...transactions: readonly Transaction[]): Json | undefined =>
    summaryOf(transactions.map(item))['innerTransactions']

  test('of a call, alone and pooled in its group', () => {
    expect(budget(call())).toBe('at most 0')
    expect(budget(call(3_500n))).toBe('at most 2')
    expect(budget(...assignGroupID([pay(10_000n), call(0n)]))).toBe('at most 8')
    expect(budget(...assignGroupID([call(0n), call(500n)]))).toBe('at most 0')
  })

  test('nothing is said where nothing is called, or where fees are not pooled', () => {
    expect(budget(pay(10_000n))).toBeUndefined()
    expect(budget(pay(10_000n), call())).toBeUndefined()
  })
})
