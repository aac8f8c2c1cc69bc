/** Signed transactions are handed in from outside, and each input names the whole transaction it spends: both are bounded. */
import { describe, expect, test } from 'vitest'
import { RawTx } from '@scure/btc-signer/script.js'
import { sha256, utf8 } from '../../../src/base/bytes.ts'
import { readSigned } from '../../../src/chains/bitcoin/signed-transaction.ts'
import { encodeSigned, readTransaction } from '../../../src/chains/bitcoin/transaction.ts'
import { refusalOf } from '../refusal.ts'
import { ecdsaKey, ownOf } from './wallet.ts'

const own = ownOf(ecdsaKey('alice'), 'p2wpkh')

/** A payout to one key again and again. */
function payout(outputs: number): Uint8Array {
  return RawTx.encode({
    version: 2,
    segwitFlag: false,
    inputs: [{ txid: sha256(utf8('payout')), index: 0, finalScriptSig: new Uint8Array(), sequence: 0 }],
    outputs: Array.from({ length: outputs }, () => ({ amount: 1_000n, script: own.script })),
    witnesses: [],
    lockTime: 0,
  })
}

/** Spends all of it, with nothing that proves an input. */
function spending(previous: Uint8Array): Uint8Array {
  const { txid, outputs } = readTransaction(previous, 'previous')
  const inputs = outputs.map((_, index) => ({ txid, index, sequence: 0 }))
  const transaction = { version: 2, lockTime: 0, inputs, outputs: [{ amount: 1_000n, script: own.script }] }
  const proof = { scriptSig: new Uint8Array(), witness: [Uint8Array.of(1)] }
  return encodeSigned(
    transaction,
    inputs.map(() => proof),
  ).raw
}

describe('is refused before anything is built of it', () => {
  test('of more than nodes relay', () => {
    const previous = payout(2_500)
    const refused = refusalOf(() => readSigned(spending(previous), [previous]))
    expect(refused).toMatchObject({ code: 'invalid-request', where: 'raw', wanted: 'at most 100000' })
    expect(refused.got).toMatch(/^1\d{5} virtual bytes$/)
  })

  test('of many inputs from one large transaction, which each of them would name as a whole', () => {
    const previous = payout(1_000)
    const refused = refusalOf(() => readSigned(spending(previous), [previous]))
    expect(refused).toMatchObject({ code: 'invalid-request', where: 'raw', wanted: 'at most 4194304' })
    expect(refused.got).toMatch(/^\d{8} bytes of transactions/)
  })

  test('but not where these are small', () => {
    const previous = payout(300)
    expect(refusalOf(() => readSigned(spending(previous), [previous]))).toMatchObject({ code: 'invalid-payload' })
  })
})
