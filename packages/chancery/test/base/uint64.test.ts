import fc from 'fast-check'
import { expect, test } from 'vitest'
import { compareUint64, isUint64, mostUint64, parseUint64, uint64Pattern } from '../../src/base/uint64.ts'

test('reading inverts writing', () => {
  fc.assert(
    fc.property(fc.bigInt(0n, mostUint64), (value) => {
      const text = String(value)
      expect([parseUint64(text), isUint64(value), new RegExp(uint64Pattern).test(text)]).toEqual([value, true, true])
    }),
  )
})

test('texts are sorted as the numbers they stand for', () => {
  fc.assert(
    fc.property(fc.bigInt(0n, mostUint64), fc.bigInt(0n, mostUint64), fc.nat(99), (a, b, near) => {
      for (const other of [a, b, a / 10n, BigInt(near)]) {
        const expected = a < other ? -1 : Number(a > other)
        expect(Math.sign(compareUint64(String(a), String(other)))).toBe(expected)
      }
    }),
  )
})

test.each([
  '',
  '-1',
  '+1',
  '01',
  '00',
  '0x1',
  '1.0',
  '1e3',
  ' 1',
  '1\n',
  '١',
  '18446744073709551616',
  '100000000000000000000',
  1,
  null,
  undefined,
])('%j is no uint64 as text', (text) => {
  expect(parseUint64(text)).toBeUndefined()
})

test.each<[bigint, boolean]>([
  [-1n, false],
  [0n, true],
  [mostUint64, true],
  [mostUint64 + 1n, false],
])('%s fits: %s', (value, fits) => {
  expect(isUint64(value)).toBe(fits)
})
