import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import {
  concat,
  equal,
  fromHex,
  fromUint64,
  hexAsTyped,
  isHex,
  isLowerHex,
  sameHex,
  sha256,
  toHex,
  type Hex,
  uint64,
  utf8,
} from '../../src/base/bytes.ts'

describe('hex', () => {
  test.each<[unknown, number | undefined, boolean, boolean]>([
    ['0x', undefined, true, true],
    ['0xab', undefined, true, true],
    ['0xAb', undefined, true, false],
    ['0xab', 1, true, true],
    ['0xab', 2, false, false],
    ['0xa', undefined, false, false],
    ['ab', undefined, false, false],
    ['0Xab', undefined, false, false],
    ['0xgg', undefined, false, false],
    ['0xab\n', undefined, false, false],
    [' 0xab', undefined, false, false],
    [12, undefined, false, false],
    [null, undefined, false, false],
  ])('%j of size %s: any %s, lower %s', (text, size, any, lower) => {
    expect(isHex(text, size)).toBe(any)
    expect(isLowerHex(text, size)).toBe(lower)
  })

  test.each(['', '0x0', 'ab', '0xgg', '0x00gg', '0x\u0130\u0131', '0xab\n'])('%j is not decoded', (text) => {
    expect(() => fromHex(text)).toThrow(RangeError)
  })

  test('decoding inverts encoding', () => {
    fc.assert(
      fc.property(fc.uint8Array(), (bytes) => {
        const hex = toHex(bytes)
        expect(isLowerHex(hex, bytes.length)).toBe(true)
        expect(fromHex(hex)).toEqual(bytes)
        expect(fromHex(`0x${hex.slice(2).toUpperCase()}`)).toEqual(bytes)
      }),
    )
  })

  test('a view is encoded from where it begins', () => {
    expect(toHex(Uint8Array.of(1, 2, 3, 4).subarray(1, 3))).toBe('0x0203')
  })

  test.each<[Hex | undefined, Hex | undefined, boolean]>([
    ['0xab', '0xab', true],
    ['0xab', '0xAB', true],
    ['0xab', '0xac', false],
    ['0xab', undefined, false],
    [undefined, '0xab', false],
    [undefined, undefined, false],
  ])('%s and %s are the same: %s', (a, b, same) => {
    expect(sameHex(a, b)).toBe(same)
  })

  test('as people write it comes out in one spelling', () => {
    fc.assert(
      fc.property(fc.uint8Array({ minLength: 1, maxLength: 48 }), fc.boolean(), (bytes, upper) => {
        const hex = toHex(bytes)
        const digits = upper ? hex.slice(2).toUpperCase() : hex.slice(2)
        for (const text of [digits, `0x${digits}`, `0X${digits}`]) expect(hexAsTyped(text, bytes.length)).toBe(hex)
        expect(hexAsTyped(hex, bytes.length + 1)).toBeUndefined()
      }),
    )
  })

  test.each(['', '0x', 'a', '0xzz', '0x0xab', '0xx', 'ab ', ' ab', 'ab\n', '0xab0'])(
    '%j is no byte as typed',
    (text) => {
      expect(hexAsTyped(text, 1)).toBeUndefined()
    },
  )

  test.each(['', '0x1', 'ff', '0xzz'])('%j is refused', (text) => {
    expect(() => fromHex(text)).toThrow(RangeError)
  })
})

describe('bytes', () => {
  test('concatenation', () => {
    expect(concat(Uint8Array.of(1), new Uint8Array(), Uint8Array.of(2, 3))).toEqual(Uint8Array.of(1, 2, 3))
    expect(concat()).toEqual(new Uint8Array())
  })

  test('equality', () => {
    expect(equal(Uint8Array.of(1, 2), Uint8Array.of(1, 2))).toBe(true)
    expect(equal(Uint8Array.of(1, 2), Uint8Array.of(1, 3))).toBe(false)
    expect(equal(Uint8Array.of(1, 2), Uint8Array.of(1, 2, 3))).toBe(false)
    expect(equal(new Uint8Array(), new Uint8Array())).toBe(true)
  })

  // FIPS 180-2, appendix B.1.
  test('SHA-256 of "abc", whole and in parts', () => {
    const digest = '0xba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad'
    expect(toHex(sha256(utf8('abc')))).toBe(digest)
    expect(toHex(sha256(utf8('a'), utf8(''), utf8('bc')))).toBe(digest)
  })
})

describe('uint64', () => {
  test.each<[bigint, string]>([
    [0n, '0x0000000000000000'],
    [1n, '0x0000000000000001'],
    [2n ** 53n + 1n, '0x0020000000000001'],
    [2n ** 64n - 1n, '0xffffffffffffffff'],
  ])('%s', (value, hex) => {
    expect(toHex(uint64(value))).toBe(hex)
    expect(fromUint64(fromHex(hex))).toBe(value)
  })

  test('bytes sort as numbers do', () => {
    const anyUint64 = fc.bigInt(0n, 2n ** 64n - 1n)
    fc.assert(
      fc.property(anyUint64, anyUint64, (a, b) => {
        expect(Math.sign(Buffer.compare(uint64(a), uint64(b)))).toBe(a < b ? -1 : a > b ? 1 : 0)
      }),
    )
  })

  test('a view is read from where it begins', () => {
    expect(fromUint64(concat(Uint8Array.of(9), uint64(7n)).subarray(1))).toBe(7n)
  })

  test.each([-1n, 2n ** 64n])('%s is refused', (value) => {
    expect(() => uint64(value)).toThrow(RangeError)
  })

  test.each([0, 7, 9])('%s bytes are refused', (size) => {
    expect(() => fromUint64(new Uint8Array(size))).toThrow(RangeError)
  })
})
