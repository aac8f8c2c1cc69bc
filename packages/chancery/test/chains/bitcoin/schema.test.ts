import { Ajv } from 'ajv'
import { expect, test } from 'vitest'
import type { JsonObject } from '../../../src/base/json.ts'
import { chain, ecdsaKey, run, textOf } from './wallet.ts'

const [only] = chain.schemas
const validate = new Ajv({ strict: true, allErrors: true }).compile(only?.schema ?? {})
const example = only?.example as JsonObject | undefined
const psbt = textOf(example?.psbt)

test('there is one thing to sign', () => {
  expect(chain.schemas.map(({ operation, field }) => [operation, field])).toEqual([['sign:transaction', 'transaction']])
})

test('its example fits, is signed, and reads as a person wants to read it', () => {
  expect([validate(example), validate.errors]).toEqual([true, null])
  const { signed, intent } = run({ psbt, key: ecdsaKey('alice') }, ['alice'])
  expect(signed.result).toMatchObject({ complete: true })
  expect(intent.summary).toEqual({
    symbol: 'BTC',
    networkName: 'mainnet',
    inputs: [
      {
        txid: '8187bb7b81e7cadeaa9d4087bffe796dee802a9446e7fa874d4620c2106bade0',
        index: 1,
        amount: '60000',
        address: 'bc1qxwu5ku9m6s60ptgpjftxn0klx35cx26cs326se',
        form: 'p2wpkh',
        sequence: 0xffffffff,
        sighash: 'ALL',
      },
    ],
    outputs: [
      { address: 'bc1q0j92p70heuk0g9zhyylcpz0ftw8ed5ksn4xlzp', amount: '40000' },
      { address: 'bc1qxwu5ku9m6s60ptgpjftxn0klx35cx26cs326se', amount: '19000', own: true },
    ],
    fee: '1000',
    feeRate: '7092',
    virtualSize: 141,
    change: '19000',
    version: 2,
    lockTime: 0,
    replaceable: false,
  })
})

test.each([
  [[]],
  [{}],
  [{ psbt: null }],
  [{ psbt: 1 }],
  [{ psbt: '' }],
  [{ psbt: `${psbt}=` }],
  [{ psbt, extra: 1 }],
  [{ psbt, replaces: 'abc' }],
])('%j does not fit', (value) => {
  expect(validate(value)).toBe(false)
})
