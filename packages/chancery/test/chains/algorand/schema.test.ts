import { Ajv } from 'ajv'
import { describe, expect, test } from 'vitest'
import type { Json, JsonObject } from '../../../src/base/json.ts'
import { refusalOf } from '../refusal.ts'
import { algorand, pairOf, signWith, testnet } from './signing.ts'

const own = pairOf(1)
const ajv = new Ajv({ strict: true, allErrors: true, strictTypes: false })

test('each operation has one schema, and each names the member that carries its value', () => {
  expect(algorand.schemas.map(({ operation, field }) => [operation, field])).toEqual([
    ['sign:transaction', 'transactions'],
    ['sign:message', 'message'],
    ['sign:logic-signature', 'logicSignature'],
    ['sign:program-data', 'programData'],
  ])
})

describe.each(algorand.schemas)('$operation', ({ operation, schema, example }) => {
  const validate = ajv.compile(schema)

  test('its example fits and is signed', () => {
    expect([validate(example), validate.errors]).toEqual([true, null])
    const value = operation === 'sign:transaction' ? forThisKey(example) : example
    const { signed } = signWith(algorand, own, { operation, value })
    const member = operation === 'sign:transaction' ? 'transactions' : 'signature'
    expect(Object.keys(signed.result)).toContain(member)
  })

  test('every object in it is closed', () => {
    expect(openObjects(schema)).toEqual([])
    expect([validate(null), validate('x'), validate(7)]).toEqual([false, false, false])
  })
})

/** The example is of nobody's account: whoever was rekeyed to the key. */
function forThisKey(example: Json): Json {
  if (!Array.isArray(example)) throw new Error('no list of transactions')
  return example.map((item: Json) => ({ ...(item as JsonObject), authAddr: own.text }))
}

describe('of transactions', () => {
  const schema = algorand.schemas[0]?.schema ?? {}
  const validate = ajv.compile(schema)
  const txn = 'gaFhAQ=='
  const msig = { version: 1, threshold: 1, addrs: [own.text] }

  test.each(
    asRows([
      [{ txn }],
      [{ txn, signers: [] }],
      [{ txn, signers: [own.text], authAddr: own.text }],
      [{ txn, msig, stxn: txn }],
      Array.from({ length: 16 }, () => ({ txn })),
    ]),
  )('%j fits', (value) => {
    expect([validate(value), validate.errors]).toEqual([true, null])
  })

  // What the schema refuses, the readers refuse as well: they are not behind a door everywhere.
  test.each(
    asRows([
      [],
      [{}],
      [null],
      { txn },
      [txn],
      [{ txn: null }],
      [{ txn: '' }],
      [{ txn: 'gaFhAQ' }],
      [{ txn: 1 }],
      [{ txn, extra: 1 }],
      [{ txn, signers: null }],
      [{ txn, signers: [own.text, own.text] }],
      [{ txn, authAddr: own.text.toLowerCase() }],
      [{ txn, authAddr: own.text.slice(1) }],
      [{ txn, msig: { ...msig, version: 2 } }],
      [{ txn, msig: { ...msig, threshold: 0 } }],
      [{ txn, msig: { ...msig, threshold: 1.5 } }],
      [{ txn, msig: { ...msig, threshold: '1' } }],
      [{ txn, msig: { ...msig, addrs: [] } }],
      [{ txn, msig: { ...msig, extra: 1 } }],
      [{ txn, msig: { version: 1, threshold: 1 } }],
      [{ txn, stxn: false }],
      Array.from({ length: 17 }, () => ({ txn })),
    ]),
  )('%j does not fit, and is refused', (value) => {
    expect(validate(value)).toBe(false)
    const request = { operation: 'sign:transaction', network: testnet, value, publicKey: own.publicKey } as const
    expect(refusalOf(() => algorand.parse(request)).code).toBe('invalid-payload')
  })
})

/** Arrays would be taken for lists of arguments. */
function asRows(values: readonly Json[]): readonly (readonly [Json])[] {
  return values.map((value) => [value])
}

/** Names of the objects that take members they do not name. */
function openObjects(schema: Json, name = ''): readonly string[] {
  if (Array.isArray(schema)) return schema.flatMap((item: Json) => openObjects(item, name))
  if (typeof schema !== 'object' || schema === null) return []
  const object = schema as JsonObject
  const open = object['type'] === 'object' && object['additionalProperties'] !== false ? [name] : []
  return [...open, ...Object.entries(object).flatMap(([key, value]) => openObjects(value, key))]
}
