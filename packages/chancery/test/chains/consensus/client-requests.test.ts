import { Ajv } from 'ajv'
import { describe, expect, test } from 'vitest'
import { dutyOperations } from '../../../src/core/names.ts'
import { canonical } from '../../../src/base/json.ts'
import { duties } from '../../../src/chains/consensus/duties/duties.ts'
import { clientRequests } from './client-requests.ts'
import { refusalOf } from '../refusal.ts'
import { consensus, parsed, publicKey, requestOf, signingRoot } from './signing.ts'

const validate = new Ajv({ strict: true }).compile(consensus.schemas[0]?.schema ?? {})
const wrongRoot = `0x${'ee'.repeat(32)}`

describe.each(clientRequests.map((one) => [one.client, one.body.type, one] as const))('%s %s', (_, __, one) => {
  const { body, network, root } = one

  test('is read, with its root and without', () => {
    const wanted = signingRoot(body, network)
    if (root !== undefined) expect(signingRoot({ ...body, [root]: wanted }, network)).toBe(wanted)
    expect([validate({ ...body, ...(root && { [root]: wanted }) }), validate.errors]).toEqual([true, null])
  })

  test('is refused with another root', () => {
    for (const where of ['signingRoot', 'signing_root']) {
      const refusal = refusalOf(() => parsed({ ...body, [where]: wrongRoot }, network))
      expect(refusal).toMatchObject({
        code: 'invalid-payload',
        where,
        got: wrongRoot,
        wanted: signingRoot(body, network),
      })
    }
  })

  test('has effects, a payload of 32 bytes, and a summary the register can hold', () => {
    const intent = parsed(body, network)
    const facts = consensus.facts(intent, publicKey)
    const isDuty = dutyOperations.some((operation) => operation === intent.operation)
    expect(facts.effects[0]?.kind).toBe(isDuty ? 'duty' : 'authority')
    const [payload, ...more] = consensus.payloads(intent, 'key_test')
    expect([payload?.bytes.length, payload?.prehashed, payload?.algorithm, more]).toEqual([32, true, 'bls12-381', []])
    expect(canonical(intent.summary).length).toBeLessThan(1500)
    const bytes = new Uint8Array(96).fill(7)
    const { result } = consensus.assemble(intent, [{ algorithm: 'bls12-381', bytes }])
    expect(result).toEqual({ signature: `0x${'07'.repeat(96)}`, signingRoot: signingRoot(body, network) })
  })

  test('is read whatever a client adds beside the payload, and in any case of its type', () => {
    const wanted = signingRoot(body, network)
    expect(signingRoot({ ...body, comment: 'of the client', type: body.type.toLowerCase() }, network)).toBe(wanted)
  })

  test('maps its type to one operation', () => {
    expect(consensus.schemas[0]?.operationOf?.(body)).toBe(requestOf(body).operation)
  })
})

test('every type is sent by somebody here, but for the deprecated BLOCK', () => {
  const sent = new Set(clientRequests.map(({ body }) => body.type))
  expect([...duties.keys()].filter((type) => !sent.has(type))).toEqual(['BLOCK'])
})
