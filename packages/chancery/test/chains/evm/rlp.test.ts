import { decodeRlp as ethersDecode, encodeRlp as ethersEncode } from 'ethers'
import fc from 'fast-check'
import { expect, test } from 'vitest'
import { fromHex, toHex } from '../../../src/base/bytes.ts'
import { Refused } from '../../../src/core/errors.ts'
import { decodeRlp, encodeRlp, type RlpItem } from '../../../src/chains/evm/rlp.ts'
import { refusalOf } from '../refusal.ts'

const { item: items } = fc.letrec<{ item: RlpItem }>((tie) => ({
  item: fc.oneof(
    { maxDepth: 6 },
    fc.oneof(fc.uint8Array({ maxLength: 3 }), fc.uint8Array({ maxLength: 70 })),
    fc.array(tie('item'), { maxLength: 5 }),
  ),
}))

type HexItem = string | HexItem[]
const asHex = (item: RlpItem): HexItem => (item instanceof Uint8Array ? toHex(item) : item.map(asHex))

test('decoding inverts encoding, and ethers does the same', () => {
  fc.assert(
    fc.property(items, (item) => {
      const bytes = encodeRlp(item)
      expect(asHex(decodeRlp(bytes, 'raw'))).toEqual(asHex(item))
      expect(ethersEncode(asHex(item))).toBe(toHex(bytes))
      expect(ethersDecode(toHex(bytes))).toEqual(asHex(item))
    }),
  )
})

test('whatever is decoded has no other encoding', () => {
  fc.assert(
    fc.property(fc.uint8Array({ maxLength: 20 }), (bytes) => {
      const item = decoded(bytes)
      expect(item === undefined ? toHex(bytes) : toHex(encodeRlp(item))).toBe(toHex(bytes))
    }),
    { numRuns: 20_000 },
  )
})

test('lengths around the bounds of the prefixes', () => {
  for (const length of [0, 1, 55, 56, 255, 256, 65_535, 65_536, 131_072]) {
    const item = new Uint8Array(length).fill(0x80)
    expect(decodeRlp(encodeRlp(item), 'raw')).toEqual(item)
    expect(decodeRlp(encodeRlp([item, item]), 'raw')).toEqual([item, item])
  }
})

test('a list of many items', () => {
  const bytes = encodeRlp(Array.from({ length: 500_000 }, () => Uint8Array.of(1)))
  expect(bytes.length).toBe(500_004)
  expect(decodeRlp(bytes, 'raw')).toHaveLength(500_000)
})

test('nesting is bounded, however long the input', () => {
  const nested = (depth: number): Uint8Array => {
    let item: RlpItem = []
    for (let i = 1; i < depth; i++) item = [item]
    return encodeRlp(item)
  }
  expect(decodeRlp(nested(8), 'raw')).toHaveLength(1)
  expect(refusalOf(() => decodeRlp(nested(9), 'raw')).code).toBe('invalid-payload')
  const bomb = fromHex(`0xf9ffff${'f9fffc'.repeat(21_845)}`)
  expect(refusalOf(() => decodeRlp(bomb, 'raw')).code).toBe('invalid-payload')
})

function decoded(bytes: Uint8Array): RlpItem | undefined {
  try {
    return decodeRlp(bytes, 'raw')
  } catch (error) {
    if (error instanceof Refused) return undefined
    throw error
  }
}
