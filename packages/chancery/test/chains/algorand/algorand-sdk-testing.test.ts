// algorand/algorand-sdk-testing, features/unit: signed transactions as every SDK must make them.
import {
  Address,
  decodeSignedTransaction,
  encodeUnsignedTransaction,
  seedFromMnemonic,
  type SignedTransaction,
} from 'algosdk'
import { describe, expect, test } from 'vitest'
import { createAlgorand } from '../../../src/chains/algorand/chain.ts'
import { readMultisig } from '../../../src/chains/algorand/multisig.ts'
import type { Json, JsonObject } from '../../../src/base/json.ts'
import type { Network } from '../../../src/core/names.ts'
import { vectorsMissing } from '../../vectors/vectors.ts'
import { readFeature, type Row, type Scenario } from './features.ts'
import { base64, bytesOf, pairOfSeed, signedOf, signWith } from './signing.ts'

/** What is here, and is about something this chain does not do. */
const notApplicable: Readonly<Record<string, string>> = {
  'Encode and decode addresses': 'random: a property in address.test.ts',
  'Mnemonic to and from private key': 'words live in the signer processes; words.test.ts here and there',
  'Mnemonic to and from master derivation key': 'kmd has such keys, Chancery none',
  'Merge multisig': 'there is no key to sign with: signatures of others are taken over while signing',
  'Microalgos to algos': 'amounts are microalgos everywhere',
  'Sending transactions': 'integration: needs algod and kmd',
  'App Call Fee Test': 'has no golden: that a fee of 0 is left out is a property in transactions.test.ts',
  'Payment Txn Fee Test': 'has no golden, as above',
}

const runHere = [
  'Sign transaction with flat fee',
  'Multisig address',
  'Sign multisig',
  'Append multisig',
  'Application Transaction Tests (<operation>)',
  'Payment Transaction Tests',
  'Keyreg Transaction Tests',
]

// From the Background of transactions.feature: the accounts of these files are public.
const mnemonic =
  'awful drop leaf tennis indoor begin mandate discover uncle seven only coil atom any hospital uncover make any climb ' +
  'actor armed measure need above hundred'

/** The genesis hashes of these files are of networks of their own. */
function networkOf({ txn }: SignedTransaction): Network {
  return `algorand:${Buffer.from(txn.genesisHash ?? [])
    .toString('base64url')
    .slice(0, 32)}`
}

interface Signed {
  readonly bytes: Uint8Array | null | undefined
  readonly ids: Json | undefined
  readonly summary: JsonObject
}

function sign(golden: SignedTransaction, words: string, more: object = {}): Signed {
  const network = networkOf(golden)
  const chain = createAlgorand({ networks: [{ network }] })
  const value = [{ txn: base64(encodeUnsignedTransaction(golden.txn)), ...more }]
  const pair = pairOfSeed(seedFromMnemonic(words))
  const { signed, intent } = signWith(chain, pair, { operation: 'sign:transaction', network, value })
  const { transactions } = intent.summary
  const summary: Json | undefined = Array.isArray(transactions) ? transactions[0] : undefined
  return { bytes: signedOf(signed)[0], ids: signed.result['ids'], summary: summary as JsonObject }
}

/** Columns that have a field of the summary to themselves. */
const columns: Readonly<Record<string, string>> = {
  fee: 'fee',
  fv: 'firstValid',
  'first-valid': 'firstValid',
  lv: 'lastValid',
  'last-valid': 'lastValid',
  gh: 'genesisHash',
  'genesis-hash': 'genesisHash',
  gen: 'genesisID',
  'genesis-id': 'genesisID',
  note: 'note',
  sender: 'sender',
  to: 'receiver',
  receiver: 'receiver',
  close: 'closeRemainderTo',
  close_remainder_to: 'closeRemainderTo',
  amt: 'amount',
  amount: 'amount',
  'application-id': 'appIndex',
  'vote-pk': 'voteKey',
  'selection-pk': 'selectionKey',
  'state-proof-pk': 'stateProofKey',
}

/** The summary says what the table says. */
function columnsOf(row: Row): JsonObject {
  const named = Object.entries(row).flatMap(([column, text]) => {
    const field = columns[column]
    return field === undefined || text === '' ? [] : [[field, text] as const]
  })
  return Object.fromEntries(named)
}

const files = ['offline.feature', 'transactions.feature', 'rekey.feature', 'feetest.feature']

describe.skipIf(vectorsMissing('algorand'))('algorand-sdk-testing', () => {
  const scenarios: readonly Scenario[] = vectorsMissing('algorand') ? [] : files.flatMap(readFeature)
  const rowsOf = (name: string): readonly Row[] =>
    scenarios.find((scenario) => scenario.name === name)?.rows.map((row, i) => ({ ...row, n: String(i + 1) })) ?? []
  const cell = (row: Row, name: string): string => row[name] ?? ''

  test('every scenario is run here, or it is said why not', () => {
    const names = scenarios.map(({ name }) => name).toSorted()
    expect(names).toEqual([...Object.keys(notApplicable), ...runHere].toSorted())
    const count = runHere.reduce((sum, name) => sum + rowsOf(name).length, 0)
    expect(count).toBe(37)
  })

  const signedByOne = ['Sign transaction with flat fee', ...runHere.slice(4)].flatMap((name) =>
    rowsOf(name).map((row) => [name, row['n'] ?? '', row] as const),
  )

  test.each(signedByOne)('%s %s', (_name, _n, row) => {
    const golden = decodeSignedTransaction(bytesOf(cell(row, 'golden')))
    const { bytes, ids, summary } = sign(golden, row['mn'] ?? mnemonic)
    expect(bytes && base64(bytes)).toBe(row['golden'])
    expect(ids).toEqual([golden.txn.txID()])
    expect(summary).toMatchObject(columnsOf(row))
  })

  test.each(rowsOf('Multisig address'))('multisig address', (row) => {
    const addrs = cell(row, 'addresses').split(' ')
    expect(readMultisig({ version: 1, threshold: 2, addrs }, 'msig').address.toString()).toBe(row['golden'])
  })

  test.each(rowsOf('Sign multisig'))('a multisig account signs', (row) => {
    const golden = decodeSignedTransaction(bytesOf(cell(row, 'golden')))
    const addrs = cell(row, 'addresses').split(' ')
    const { bytes, summary } = sign(golden, cell(row, 'mn'), { msig: { version: 1, threshold: 2, addrs } })
    expect(bytes && base64(bytes)).toBe(row['golden'])
    // Its fee is by the byte.
    const { fee: _fee, ...columnsWithoutFee } = row
    expect(summary).toMatchObject(columnsOf(columnsWithoutFee))
  })

  test.each(rowsOf('Append multisig'))('a member adds its signature', (row) => {
    const before = decodeSignedTransaction(bytesOf(cell(row, 'mtx')))
    const addrs = before.msig?.subsig.map(({ pk }) => new Address(pk).toString()) ?? []
    const msig = { version: 1, threshold: before.msig?.thr ?? 0, addrs }
    const { bytes } = sign(before, cell(row, 'mn'), { msig, stxn: cell(row, 'mtx') })
    expect(bytes && base64(bytes)).toBe(row['golden'])
  })
})
