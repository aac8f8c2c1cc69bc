import fc from 'fast-check'
import { expect, test } from 'vitest'
import { isUint64, mostUint64, parseUint64, uint64Pattern } from '../../src/base/uint64.ts'

test('reading inverts writing', () => {
  fc.assert(
    fc.property(fc.bigInt(0n, mostUint64), (value) => {
      const text = String(value)
      expect([parseUint64(text), isUint64(value), new RegExp(uint64Pattern).test(text)]).toEqual([value, true, true])
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
