import { Type } from 'typebox'
import { describe, expect, test } from 'vitest'
import { Refused } from '../../src/core/errors.ts'
import { schemas } from '../../src/chains/evm/schema.ts'
import { shape } from '../../src/http/shape.ts'

const closed = { additionalProperties: false }
const schema = Type.Object(
  {
    days: Type.Integer({ minimum: 7, maximum: 30 }),
    items: Type.Optional(Type.Array(Type.Object({ to: Type.String() }, closed))),
    choice: Type.Optional(
      Type.Union([
        Type.Object({ format: Type.Literal('hex'), hex: Type.String({ pattern: '^0x' }) }, closed),
        Type.Object({ format: Type.Literal('file'), name: Type.String() }, closed),
      ]),
    ),
    secret: Type.Optional(Type.String({ writeOnly: true, maxLength: 4 })),
  },
  closed,
)

function refusal(value: unknown): Refused['particulars'] {
  try {
    shape(schema, '')(value)
  } catch (error) {
    if (error instanceof Refused && error.code === 'invalid-request') return error.particulars
    throw error
  }
  return expect.unreachable('it was taken')
}

test('a value of the shape comes back as it is', () => {
  const value = { days: 7, items: [{ to: 'a' }] }
  expect(shape(schema, '')(value)).toBe(value)
})

test('a schema that is wrong takes nothing, however often it is asked', () => {
  const wrong = shape(Type.Unsafe<unknown>({ type: 'object', properties: { a: 5 } }), '')
  expect(() => wrong({ a: 1 })).toThrow('schema is invalid')
  expect(() => wrong({ a: 1 })).toThrow('schema is invalid')
})

describe('nothing is mended', () => {
  test.each([['7'], [null], [7.5], [true], [[7]]])('days: %j', (days) => {
    expect(refusal({ days })).toMatchObject({ where: 'days', got: expect.any(String) })
  })
})

test('says where, also deep inside', () => {
  expect(refusal({ days: 7, items: [{ to: 'a' }, { to: 1 }] })).toMatchObject({
    where: 'items[1].to',
    got: '1',
    wanted: 'a string',
  })
})

test('says of what is missing what it would be', () => {
  expect(refusal({})).toMatchObject({
    where: 'days',
    got: 'nothing',
    wanted: 'this member: a whole number from 7 to 30',
  })
})

test('a member that is nearly one is named', () => {
  expect(refusal({ days: 7, itmes: [] })).toMatchObject({
    where: 'itmes',
    got: 'an unknown member',
    hint: 'did you mean items?',
  })
})

test('of alternatives, the one that was meant', () => {
  expect(refusal({ days: 7, choice: { format: 'hex', hex: 'ff' } })).toMatchObject({ where: 'choice.hex' })
  expect(refusal({ days: 7, choice: { format: 'file', name: 1 } })).toMatchObject({ where: 'choice.name' })
})

test('a secret is not repeated', () => {
  expect(refusal({ days: 7, secret: 'abcdef' })).toMatchObject({ where: 'secret', got: 'a value not shown' })
})

test('a choice nobody came near is told in words', () => {
  const target = Type.Object({
    a: Type.Union([Type.Object({ x: Type.String() }, closed), Type.Object({ y: Type.String() }, closed)], {
      description: 'either x or y',
    }),
  })
  expect(() => shape(target, '')({ a: {} })).toThrow('a: got an object, wanted either x or y')
  expect(() => shape(target, '')({ a: { y: 1 } })).toThrow('a.y: got 1, wanted a string')
})

describe('what is wanted is said in words', () => {
  const wantedOf = (schema: object, value: unknown) => {
    const read = shape(Type.Unsafe<unknown>({ ...schema }), 'it')
    try {
      read(value)
    } catch (error) {
      if (error instanceof Refused) return error.particulars.wanted
      throw error
    }
    return expect.unreachable('it was taken')
  }

  test.each([
    [Type.Integer(), 'a whole number'],
    [Type.Integer({ minimum: 7, maximum: 30 }), 'a whole number from 7 to 30'],
    [Type.Integer({ minimum: 0 }), 'a whole number of at least 0'],
    [Type.Boolean(), 'true or false'],
    [Type.Null(), 'null'],
    [Type.Array(Type.String(), { maxItems: 3 }), 'an array of at most 3'],
    [Type.Object({ a: Type.String(), b: Type.Optional(Type.String()) }), 'an object with a'],
    [Type.String({ enum: ['x', 'y'] }), 'one of ["x","y"]'],
    [Type.String({ enum: ['x', 'y'], description: 'x unless given' }), 'one of ["x","y"]'],
    [Type.Array(Type.String(), { description: 'who may be paid' }), 'an array'],
    [Type.Union([Type.Null(), Type.Integer()]), 'null or a whole number'],
    [Type.String({ pattern: '^a+$', description: 'letters a; one is enough' }), 'letters a'],
    [Type.String({ pattern: '^a+$', description: 'Explains what it is for' }), 'text matching ^a+$'],
  ])('%#: %s', (schema, wanted) => {
    expect(wantedOf(schema, 'q')).toBe(wanted)
  })

  test.each([
    [Type.String({ minLength: 2, maxLength: 4 }), 'a string of 2 to 4 characters'],
    [Type.String({ minLength: 1 }), 'a string of at least 1 character'],
  ])('%#: of the length of a string', (schema, wanted) => {
    expect(wantedOf(schema, '')).toBe(wanted)
  })

  const quantity = 'text of decimal or 0x hex digits without leading zeros or a whole number from 0 to 9007199254740991'

  test.each([
    ['transaction', { nonce: 1, value: '01' }, quantity],
    ['transaction', { nonce: -1 }, quantity],
    ['transaction', { nonce: 1, to: 'abc' }, '0x and 40 hex digits or null'],
    ['transaction', { nonce: 1, data: '0x1' }, '0x and hex of whole bytes'],
    ['transaction', { nonce: 1, from: '0x1' }, '0x and 40 hex digits'],
    ['transaction', 'x', 'an object with nonce or an object with unsigned'],
    ['message', 'hello', 'an object with text or an object with bytes'],
    ['message', {}, 'an object with text or an object with bytes'],
    ['typedData', 5, 'an object with domain, types, primaryType, message'],
    ['digest', '0x1', '0x and 64 hex digits'],
    ['transaction', { unsigned: '0x' }, '0x and hex of at least one byte'],
  ])('%s %j', (field, value, wanted) => {
    const found = schemas.find((one) => one.field === field)
    expect(wantedOf(found?.schema ?? {}, value)).toBe(wanted)
  })

  test('and never as a pattern, whatever a chain declares', () => {
    const found = patternsIn(schemas)
    expect(found.length).toBeGreaterThan(5)
    for (const schema of found) expect(wantedOf(schema, '!')).not.toContain('matching')
  })
})

/** Every schema with a pattern, at any depth. */
function patternsIn(value: unknown): readonly object[] {
  if (typeof value !== 'object' || value === null) return []
  const below = Object.values(value).flatMap(patternsIn)
  return 'pattern' in value ? [value, ...below] : below
}

test('words that may be a private key are not repeated, wherever they were sent', () => {
  const words = 'advice pudding treat near rule blouse same whisper inner electric quit surface sunny'
  for (const body of [{ days: words }, { days: 7, alias: words }, { days: 7, [words]: 1 }]) {
    expect(JSON.stringify(refusal(body))).not.toMatch(/advice|pudding|whisper/)
  }
})
