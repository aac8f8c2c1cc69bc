import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { canonical, type Json } from '../../src/base/json.ts'
import { parseJson } from '../../src/base/strict-json.ts'

describe('canonical JSON', () => {
  test.each<[Json, string]>([
    [null, 'null'],
    [true, 'true'],
    [0, '0'],
    [-0, '0'],
    [Number.MIN_SAFE_INTEGER, '-9007199254740991'],
    ['', '""'],
    [[], '[]'],
    [{}, '{}'],
    [{ b: 1, a: [2, { d: 3, c: 4 }] }, '{"a":[2,{"c":4,"d":3}],"b":1}'],
    [{ 10: 1, 9: 2 }, '{"10":1,"9":2}'],
  ])('%j', (value, text) => {
    expect(canonical(value)).toBe(text)
  })

  // RFC 8785, section 3.2.3: names sort by UTF-16 code units.
  test('the sorting example of RFC 8785', () => {
    const value = {
      '\u20ac': 'Euro Sign',
      '\r': 'Carriage Return',
      '\ufb33': 'Hebrew Letter Dalet With Dagesh',
      '1': 'One',
      '\u{1f600}': 'Emoji: Grinning Face',
      '\u0080': 'Control',
      '\u00f6': 'Latin Small Letter O With Diaeresis',
    }
    const names = Object.keys(parseJson(canonical(value)) as object)
    expect(names).toEqual(['1', '\r', '\u0080', '\u00f6', '\u20ac', '\u{1f600}', '\ufb33'])
  })

  // RFC 8785, section 3.2.2, without its fractions.
  test('the string example of RFC 8785', () => {
    expect(canonical('\u20ac$\u000f\nA\'B"\\\\"/')).toBe(String.raw`"€$\u000f\nA'B\"\\\\\"/"`)
  })

  test('a member that is undefined is left out', () => {
    expect(canonical({ a: undefined, b: 1 } as never)).toBe('{"b":1}')
  })

  test.each<[string, unknown]>([
    ['a fraction', 1.5],
    ['an unsafe integer', 2 ** 53],
    ['NaN', Number.NaN],
    ['infinity', Infinity],
    ['a lone surrogate', '\ud800'],
    ['a lone surrogate in a name', { '\udc00': 1 }],
    ['undefined', undefined],
    ['undefined in a list', [undefined]],
    ['a hole in a list', Object.assign([], { length: 1 })],
    ['a bigint', 1n],
    ['a function', () => 1],
    ['a date', new Date(0)],
    ['bytes', Uint8Array.of(1)],
    ['a map', new Map()],
  ])('%s is refused', (_, value) => {
    expect(() => canonical(value as Json)).toThrow(TypeError)
    expect(() => canonical({ a: [value as Json] })).toThrow(TypeError)
  })

  const names = fc
    .string({ unit: 'grapheme' })
    .filter((name) => !['__proto__', 'constructor', 'prototype'].includes(name))
  const { value: anyValue } = fc.letrec<{ value: Json }>((tie) => ({
    value: fc.oneof(
      { maxDepth: 4 },
      fc.constantFrom(null, true, false),
      fc.maxSafeInteger(),
      fc.string({ unit: 'grapheme' }),
      fc.array(tie('value'), { maxLength: 4 }),
      fc.dictionary(names, tie('value'), { maxKeys: 4 }),
    ),
  }))

  test('is read back as what was written, and written again the same', () => {
    fc.assert(
      fc.property(anyValue, (value) => {
        const text = canonical(value)
        expect(canonical(parseJson(text))).toBe(text)
        expect(JSON.parse(text)).toEqual(JSON.parse(JSON.stringify(value)))
      }),
    )
  })

  test('does not depend on the order members were set in', () => {
    fc.assert(
      fc.property(fc.dictionary(names, fc.integer()), (value) => {
        const turned = Object.fromEntries(Object.entries(value).toReversed())
        expect(canonical(turned)).toBe(canonical(value))
      }),
    )
  })
})
