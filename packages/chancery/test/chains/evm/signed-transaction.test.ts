import { describe, expect, test } from 'vitest'
import { concat, fromHex, toHex } from '../../../src/base/bytes.ts'
import { parseSigned } from '../../../src/chains/evm/signed-transaction.ts'
import { decodeRlp, encodeInteger, encodeRlp, type RlpItem } from '../../../src/chains/evm/rlp.ts'
import { refusalOf } from '../refusal.ts'
import { evm, signWith } from './signing.ts'

const privateKey = fromHex('0x4646464646464646464646464646464646464646464646464646464646464646')
const order = 0xfffffffffffffffffffffffffffffffebaaedce6af48a03bbfd25e8cd0364141n
const value = { nonce: 1, gas: 60_000, maxFeePerGas: 5, maxPriorityFeePerGas: 1 }
const { signed } = signWith(evm, privateKey, { operation: 'sign:transaction', value })
const raw = signed.raw ?? new Uint8Array()
const yParity = signed.result.yParity === 1 ? 1n : 0n
const { s } = parseSigned(raw).signature

/** The same transaction with some of its twelve fields replaced. */
function bent(changes: Readonly<Record<number, RlpItem>>): Uint8Array {
  const fields = decodeRlp(raw.subarray(1), 'raw')
  if (fields instanceof Uint8Array) throw new Error('not a list')
  return concat(Uint8Array.of(2), encodeRlp(fields.map((field, i) => changes[i] ?? field)))
}

const [parityAt, rAt, sAt] = [9, 10, 11] as const

test('what was signed reads back, with its sender', () => {
  expect(parseSigned(bent({}), 1n)).toMatchObject({ from: signed.result.from, hash: signed.hash })
  const { signature } = parseSigned(raw)
  expect([signature.r, signature.s].map((part) => toHex(encodeInteger(part)))).toEqual([
    signed.result.r,
    signed.result.s,
  ])
  expect(signature.yParity).toBe(signed.result.yParity)
})

describe('refused', () => {
  test('the mirrored signature, which recovers to the same sender (EIP-2)', () => {
    const mirrored = bent({ [parityAt]: encodeInteger(1n - yParity), [sAt]: encodeInteger(order - s) })
    expect(refusalOf(() => parseSigned(mirrored))).toMatchObject({ code: 'not-canonical', where: 'raw.s' })
  })

  test.each<[string, Uint8Array, string, string]>([
    ['a parity of 2', bent({ [parityAt]: encodeInteger(2n) }), 'invalid-payload', 'raw.v'],
    ['a parity of 27', bent({ [parityAt]: encodeInteger(27n) }), 'invalid-payload', 'raw.v'],
    ['r of zero', bent({ [rAt]: encodeInteger(0n) }), 'invalid-payload', 'raw.r'],
    ['r of n', bent({ [rAt]: encodeInteger(order) }), 'invalid-payload', 'raw.r'],
    ['s of n', bent({ [sAt]: encodeInteger(order) }), 'invalid-payload', 'raw.s'],
    ['a padded s', bent({ [sAt]: concat(new Uint8Array(1), encodeInteger(s)) }), 'not-canonical', 'raw.s'],
    ['a list for r', bent({ [rAt]: [] }), 'invalid-payload', 'raw.r'],
    ['another chain', bent({ 0: encodeInteger(5n) }), 'wrong-network', 'raw.chainId'],
    ['no chain', bent({ 0: encodeInteger(0n) }), 'wrong-network', 'raw.chainId'],
    ['type 3', concat(Uint8Array.of(3), raw.subarray(1)), 'unsupported-payload', 'raw.type'],
    ['type 4', concat(Uint8Array.of(4), raw.subarray(1)), 'unsupported-payload', 'raw.type'],
    ['a byte more', concat(raw, Uint8Array.of(0)), 'invalid-payload', 'raw'],
    ['a byte less', raw.subarray(0, -1), 'invalid-payload', 'raw'],
    ['nothing', new Uint8Array(0), 'invalid-payload', 'raw'],
  ])('%s', (_name, bytes, code, where) => {
    expect(refusalOf(() => parseSigned(bytes, 1n))).toMatchObject({ code, where })
  })
})

test('another parity is another sender', () => {
  const other = parseSigned(bent({ [parityAt]: encodeInteger(1n - yParity) }))
  expect(other.from).not.toBe(signed.result.from)
  expect(toHex(raw)).toBe(signed.result.raw)
})
