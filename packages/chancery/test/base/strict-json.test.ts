import { Ajv } from 'ajv'
import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { JsonRefusal, parseJson } from '../../src/base/strict-json.ts'
import type { Json } from '../../src/base/json.ts'

function refusal(input: string | Uint8Array): JsonRefusal {
  try {
    parseJson(input)
  } catch (error) {
    if (error instanceof JsonRefusal) return error
    throw error
  }
  throw new Error('it was accepted')
}

const nested = (levels: number) => '['.repeat(levels) + ']'.repeat(levels)

describe('what is refused', () => {
  test.each([
    // name, text, where, part of got, byte offset
    ['a name twice', '{"a":1,"a":2}', '', 'a second "a"', 7],
    ['a name twice, once escaped', '{"a":1,"\\u0061":2}', '', 'a second "a"', 7],
    ['a name twice, deeper', '{"a":[{"b":{"c":1,"c":1}}]}', 'a[0].b', 'a second "c"', 18],
    ['__proto__', '{"__proto__":{}}', '', '__proto__', 1],
    ['__proto__, escaped', '{"\\u005f_proto__":{}}', '', '__proto__', 1],
    ['constructor', '{"a":{"constructor":1}}', 'a', 'constructor', 6],
    ['prototype', '[{"prototype":1}]', '[0]', 'prototype', 2],
    ['2^53', '{"a":9007199254740992}', 'a', '9007199254740992', 5],
    ['-2^53', '[-9007199254740992]', '[0]', '-9007199254740992', 1],
    ['2^53+1, which rounds', '[9007199254740993]', '[0]', '9007199254740993', 1],
    ['a fraction', '{"value":1.5}', 'value', '1.5', 9],
    ['a whole fraction', '[1.0]', '[0]', '1.0', 1],
    ['an exponent', '[1e21]', '[0]', '1e21', 1],
    ['a small exponent', '[1E2]', '[0]', '1E2', 1],
    ['minus zero', '[-0]', '[0]', '-0', 1],
    ['a leading zero', '[01]', '[0]', '01', 1],
    ['a plus', '[+1]', '[0]', '"+"', 1],
    ['a bare minus', '[-]', '[0]', '"-"', 1],
    ['NaN', '[NaN]', '[0]', '"N"', 1],
    ['a lone high surrogate', '{"a":"\\ud800"}', 'a', 'a lone surrogate', 5],
    ['a lone low surrogate', '["x\\udc00"]', '[0]', 'a lone surrogate', 1],
    ['a lone surrogate as a name', '{"\\ud800":1}', '', 'a lone surrogate', 1],
    ['a raw newline in a string', '["a\nb"]', '[0]', 'the control character 0x0a', 3],
    ['a raw NUL in a string', '["\u0000"]', '[0]', 'the control character 0x00', 2],
    ['a byte order mark', '\uFEFF{}', '', 'a byte order mark', 0],
    ['something after the end', '{} {}', '', '"{"', 3],
    ['a trailing NUL', '{}\u0000', '', 'the control character 0x00', 2],
    ['a trailing comma', '[1,]', '[1]', '"]"', 3],
    ['a trailing comma in an object', '{"a":1,}', '', '"}"', 7],
    ['a comment', '{}//', '', '"/"', 2],
    ['a name in single quotes', "{'a':1}", '', '"\'"', 1],
    ['an unknown escape', '["\\x41"]', '[0]', 'the escape \\x', 2],
    ['a short code point escape', '["\\u12"]', '[0]', 'the escape \\u', 2],
    ['an escape named like an own method', '["\\c"]', '[0]', 'the escape \\c', 2],
    ['no colon', '{"a" 1}', 'a', '"1"', 5],
    ['no end', '{"a":[1', 'a', 'the end of the text', 7],
    ['an open string', '["a', '[0]', 'the end of the text', 3],
    ['nothing', '', '', 'the end of the text', 0],
    ['33 levels', nested(33), '[0]'.repeat(32), 'more than 32 levels', 32],
    ['an offset counted in bytes', '{"é":1.5}', 'é', '1.5', 6],
  ])('%s', (_, text, where, got, offset) => {
    for (const input of [text, new TextEncoder().encode(text)]) {
      // The encoder itself replaces lone surrogates, which none of the texts holds unescaped.
      const found = refusal(input)
      expect(found).toMatchObject({ where, offset })
      expect(found.got).toContain(got)
      expect(found.message).toContain(found.wanted)
    }
  })

  test.each([
    ['a stray continuation byte', [0x22, 0x80, 0x22], 1],
    ['an overlong slash', [0x22, 0xc0, 0xaf, 0x22], 1],
    ['an encoded surrogate', [0x22, 0x61, 0xed, 0xa0, 0x80, 0x22], 3],
    ['a cut character', [0x22, 0xe2, 0x82], 2],
  ])('invalid UTF-8: %s', (_, bytes, offset) => {
    const found = refusal(Uint8Array.from(bytes))
    expect(found.got).toBe('invalid UTF-8')
    expect(found.offset).toBe(offset)
  })

  test('a number says how to send it', () => {
    expect(refusal('[1e21]').hint).toBe('send it as a decimal string')
    expect(refusal('[tru]').hint).toBeUndefined()
  })

  test('a raw lone surrogate in a string handed in', () => {
    expect(refusal('["\ud800"]').got).toBe('a lone surrogate')
  })

  test('a long name or number is cut short in the message', () => {
    expect(refusal(`[${'9'.repeat(5000)}]`).message.length).toBeLessThan(200)
    const name = 'n'.repeat(5000)
    expect(refusal(`{"${name}":1,"${name}":1}`).message.length).toBeLessThan(200)
  })

  test('a depth of one', () => {
    expect(parseJson('{"a":1}', { depth: 1 })).toEqual({ a: 1 })
    expect(() => parseJson('{"a":[]}', { depth: 1 })).toThrow(JsonRefusal)
    expect(() => parseJson('{"a": []}', { depth: 1 })).toThrow(JsonRefusal)
  })
})

describe('what is accepted', () => {
  test.each([
    ['null'],
    ['true'],
    ['0'],
    ['-9007199254740991'],
    ['9007199254740991'],
    [' \t\r\n[ 1 , 2 ] '],
    ['{"a":{},"b":[],"c":""}'],
    ['["\\u0000\\n\\"\\\\\\/\\ud83d\\ude00"]'],
    ['{"":1,"toString":2,"hasOwnProperty":3}'],
    ['{"10":1,"2":2}'],
    ['"\\"__proto__\\":"'],
    ['["constructor","__proto__"]'],
    [nested(32)],
  ])('%s', (text) => {
    expect(parseJson(text)).toEqual(JSON.parse(text))
    expect(parseJson(Buffer.from(text))).toEqual(JSON.parse(text))
  })

  test('a view into a larger buffer is read where it begins and ends', () => {
    const bytes = Buffer.from('xx[1]yy').subarray(2, 5)
    expect(parseJson(new Uint8Array(bytes.buffer, bytes.byteOffset, bytes.byteLength))).toEqual([1])
  })

  test('suits Ajv, uniqueItems included', () => {
    const check = new Ajv().compile({ type: 'array', uniqueItems: true, items: { type: 'object' } })
    expect(check(parseJson('[{"a":1}, {"a":2}]'))).toBe(true)
    expect(check(parseJson('[{"a":1}, {"a":1}]'))).toBe(false)
  })
})

const strictValue = fc
  .letrec<{ value: Json; leaf: Json }>((tie) => ({
    leaf: fc.oneof(
      fc.constant(null),
      fc.boolean(),
      fc.maxSafeInteger().map((n) => n + 0),
      fc.string({ unit: 'grapheme' }),
    ),
    value: fc.oneof(
      { maxDepth: 5 },
      tie('leaf'),
      fc.array(tie('value'), { maxLength: 5 }),
      fc.dictionary(fc.string(), tie('value'), { maxKeys: 5 }),
    ),
  }))
  .value.filter((value) => !/"(__proto__|constructor|prototype)":/.test(JSON.stringify(value)))

const pieces = '{ } [ ] , : "a" "b" "a": "\\u0061" "__proto__": 1 -1 -0 1.0 1e2 0 true null'.split(' ')

function answer(text: string | Uint8Array): { value: Json } | 'refused' {
  try {
    return { value: parseJson(text) }
  } catch (error) {
    if (!(error instanceof JsonRefusal)) throw error
    return 'refused'
  }
}

function loosely(text: string): unknown {
  return JSON.parse(text)
}

describe('properties', () => {
  test('reads what JSON.parse reads, in any layout', () => {
    fc.assert(
      fc.property(strictValue, fc.constantFrom(undefined, 1, '\t'), (value, space) => {
        const text = JSON.stringify(value, null, space)
        expect(parseJson(text)).toEqual(JSON.parse(text))
        expect(parseJson(Buffer.from(` ${text}`))).toEqual(JSON.parse(text))
      }),
      { numRuns: 500 },
    )
  })

  test('never reads what JSON.parse does not, and spaces around never change the answer', () => {
    const text = fc.array(fc.constantFrom(...pieces), { maxLength: 12 }).map((parts) => parts.join(''))
    fc.assert(
      fc.property(text, (written) => {
        const found = answer(written)
        expect(answer(` ${written}`)).toEqual(found)
        expect([found, 'refused']).toContainEqual(found === 'refused' ? found : { value: loosely(written) })
      }),
      { numRuns: 5_000 },
    )
  })

  test('any bytes give a value or a refusal, nothing else', () => {
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 40 }), (bytes) => {
        expect(answer(bytes)).toBeDefined()
      }),
      { numRuns: 2_000 },
    )
  })

  test('nothing reaches Object.prototype', () => {
    const before = Object.getOwnPropertyNames(Object.prototype)
    for (const text of [
      '{"__proto__":{"x":1}}',
      '{"a":{"__proto__":{"x":1}}}',
      '[{"constructor":{"prototype":{"x":1}}}]',
    ]) {
      expect(() => parseJson(text)).toThrow(JsonRefusal)
    }
    expect(Object.getOwnPropertyNames(Object.prototype)).toEqual(before)
  })
})
