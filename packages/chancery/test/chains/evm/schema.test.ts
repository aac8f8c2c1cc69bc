import { Ajv } from 'ajv'
import { describe, expect, test } from 'vitest'
import { fromHex } from '../../../src/base/bytes.ts'
import type { Json, JsonObject } from '../../../src/base/json.ts'
import { evm, signWith } from './signing.ts'

const privateKey = fromHex('0x4646464646464646464646464646464646464646464646464646464646464646')
const ajv = new Ajv({ strict: true, allErrors: true })

test('each operation has one schema, and each names the member that carries its value', () => {
  expect(evm.schemas.map(({ operation, field }) => [operation, field])).toEqual([
    ['sign:transaction', 'transaction'],
    ['sign:message', 'message'],
    ['sign:typed-data', 'typedData'],
    ['sign:digest', 'digest'],
  ])
})

describe.each(evm.schemas)('$operation', ({ operation, schema, example }) => {
  const validate = ajv.compile(schema)

  test('its example fits and is signed', () => {
    expect([validate(example), validate.errors]).toEqual([true, null])
    const network = operation === 'sign:digest' ? undefined : 'eip155:1'
    const { signed } = signWith(evm, privateKey, { operation, network, value: example })
    expect(Object.keys(signed.result)).toEqual(expect.arrayContaining(['r', 's', 'yParity']))
  })

  test('every object in it is closed', () => {
    expect(openObjects(schema)).toEqual(operation === 'sign:typed-data' ? ['types', 'message'] : [])
    expect(validate([])).toBe(false)
  })
})

test('an unknown field, null and a float do not fit', () => {
  const [transaction] = evm.schemas
  const validate = ajv.compile(transaction?.schema ?? {})
  const example = transaction?.example as JsonObject
  expect(validate({ unsigned: '0x02c0' })).toBe(true)
  for (const bad of [
    { extra: 1 },
    { nonce: null },
    { gas: 1.5 },
    { data: null },
    { nonce: 1e21 },
    { unsigned: '0x02c0' },
  ]) {
    expect([bad, validate({ ...example, ...bad })]).toEqual([bad, false])
  }
})

/** Names of the objects that take members they do not name. Typed data names its own. */
function openObjects(schema: Json, name = ''): readonly string[] {
  if (Array.isArray(schema)) return schema.flatMap((item: Json) => openObjects(item, name))
  if (typeof schema !== 'object' || schema === null) return []
  const object = schema as JsonObject
  const open = object.type === 'object' && object.additionalProperties !== false ? [name] : []
  return [...open, ...Object.entries(object).flatMap(([key, value]) => openObjects(value, key))]
}
