import { Type } from 'typebox'
import { describe, expect, test } from 'vitest'
import { Refused } from '../../src/core/errors.ts'
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

describe('nothing is mended', () => {
  test.each([['7'], [null], [7.5], [true], [[7]]])('days: %j', (days) => {
    expect(refusal({ days })).toMatchObject({ where: 'days', got: expect.any(String) })
  })
})

test('says where, also deep inside', () => {
  expect(refusal({ days: 7, items: [{ to: 'a' }, { to: 1 }] })).toMatchObject({
    where: 'items[1].to',
    got: '1',
    wanted: 'it to be string',
  })
  expect(refusal({})).toMatchObject({ where: 'days', got: 'nothing' })
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
  expect(() => shape(target, '')({ a: { y: 1 } })).toThrow('a.y: got 1, wanted it to be string')
})
