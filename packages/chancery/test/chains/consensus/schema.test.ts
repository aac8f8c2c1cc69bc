import { Ajv } from 'ajv'
import { describe, expect, test } from 'vitest'
import { toHex } from '../../../src/base/bytes.ts'
import type { Json, JsonObject } from '../../../src/base/json.ts'
import { isJsonObject } from '../../../src/base/json.ts'
import { hashPairs, hashPairsByNode } from '../../../src/chains/consensus/ssz/hash.ts'
import { refusalOf } from '../refusal.ts'
import { consensus, publicKey } from './signing.ts'

const ajv = new Ajv({ strict: true, allErrors: true })

test('a duty and a bare root are two fields', () => {
  expect(consensus.schemas.map(({ operation, field }) => [operation, field])).toEqual([
    ['sign:attestation', 'duty'],
    ['sign:opaque-root', 'root'],
  ])
})

describe.each(consensus.schemas)('$field', ({ operation, schema, example }) => {
  test('its example fits and is read', () => {
    const validate = ajv.compile(schema)
    expect([validate(example), validate.errors]).toEqual([true, null])
    const intent = consensus.parse({ operation, value: example, publicKey })
    const signature = { algorithm: 'bls12-381', bytes: new Uint8Array(96) } as const
    expect(consensus.assemble(intent, [signature]).result).toMatchObject({ signingRoot: toHex(intent.signingRoot) })
  })

  test('every object in it is closed, but for what the readers describe', () => {
    expect(openObjects(schema)).toEqual(
      operation === 'sign:opaque-root'
        ? []
        : [
            'items',
            'block',
            'block',
            'aggregate_and_proof',
            'contribution_and_proof',
            'proposer_preferences',
            'execution_payload_bid',
            'execution_payload_envelope',
            'builder_request_auth',
            'payload_attestation_message',
          ],
    )
  })
})

test('the operation of a duty is that of its type, in either case', () => {
  const operationOf = consensus.schemas[0]?.operationOf
  expect(operationOf?.({ type: 'voluntary_exit' })).toBe('sign:voluntary-exit')
  expect(operationOf?.({ type: 'Block_V2' })).toBe('sign:block')
  for (const value of [{ type: 'constructor' }, { type: 7 }, {}, [], null, 'BLOCK']) {
    expect(['unsupported-payload', 'invalid-payload']).toContain(refusalOf(() => operationOf?.(value)).code)
  }
})

test('an operation without BLS signature, or with two, is a fault', () => {
  const intent = consensus.parse({ operation: 'sign:opaque-root', value: `0x${'00'.repeat(32)}`, publicKey })
  const signature = { algorithm: 'bls12-381', bytes: new Uint8Array(96) } as const
  for (const signatures of [[], [signature, signature], [{ ...signature, bytes: new Uint8Array(64) }]]) {
    expect(() => consensus.assemble(intent, signatures)).toThrow(/one BLS signature/)
  }
})

test('hashing without native code gives the same', () => {
  const input = Uint8Array.from({ length: 64 * 5 }, (_, i) => (i * 37) & 0xff)
  const [native, node] = [new Uint8Array(32 * 5), new Uint8Array(32 * 5)]
  hashPairs(input, native)
  hashPairsByNode(input, node)
  expect(toHex(native)).toBe(toHex(node))
})

/** Names of the objects that take members they do not name. */
function openObjects(schema: Json, name = ''): readonly string[] {
  if (Array.isArray(schema)) return schema.flatMap((item: Json) => openObjects(item, name))
  if (!isJsonObject(schema)) return []
  const object: JsonObject = schema
  const open = object['type'] === 'object' && object['additionalProperties'] !== false ? [name] : []
  return [...open, ...Object.entries(object).flatMap(([key, value]) => openObjects(value, key))]
}
