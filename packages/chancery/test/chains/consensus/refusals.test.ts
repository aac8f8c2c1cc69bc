import { describe, expect, test } from 'vitest'
import type { Json, JsonObject } from '../../../src/base/json.ts'
import { isJsonObject } from '../../../src/base/json.ts'
import type { SignRequestBody } from '../../../src/core/chain.ts'
import { createConsensus } from '../../../src/chains/consensus/chain.ts'
import { clientRequests } from './client-requests.ts'
import { refusalOf } from '../refusal.ts'
import { consensus, mainnetForkInfo, parsed, publicKey, requestOf, signingRoot, type Body } from './signing.ts'

const attestation: Body = clientRequests.find(({ client, body }) => client === 'SSV' && body.type === 'ATTESTATION')
  ?.body ?? { type: '' }
const randao: Body = { type: 'RANDAO_REVEAL', fork_info: mainnetForkInfo, randao_reveal: { epoch: '412500' } }

interface Place {
  readonly path: readonly (string | number)[]
  readonly value: Json
}

/** Every member at every depth. Bodies carry no root here, so nothing but the readers can refuse. */
function places(value: Json, path: readonly (string | number)[] = []): readonly Place[] {
  if (Array.isArray(value))
    return value.flatMap((item: Json, i) => [{ path: [...path, i], value: item }, ...places(item, [...path, i])])
  if (!isJsonObject(value)) return []
  return Object.entries(value).flatMap(([name, inner]) => [
    { path: [...path, name], value: inner },
    ...places(inner, [...path, name]),
  ])
}

/** With another value at a place; `undefined` takes the member away. */
function changed(value: Json, [name, ...rest]: readonly (string | number)[], to: Json | undefined): Json {
  if (name === undefined) return to ?? null
  if (Array.isArray(value)) {
    return value.flatMap((item: Json, i) =>
      i !== name ? [item] : rest.length === 0 && to === undefined ? [] : [changed(item, rest, to)],
    )
  }
  const object = value as JsonObject
  const { [name]: inner, ...others } = object
  if (rest.length === 0 && to === undefined) return others
  return { ...object, [name]: changed(inner ?? null, rest, to) }
}

/** Any code: what a root was changed to may be of an unknown network, a deposit's version of another one. */
const refusedCode: unknown = expect.stringMatching(
  /^(invalid-payload|unsupported-payload|unknown-network|wrong-network|invalid-request)$/,
)

function codeOf(body: Json, network?: SignRequestBody['network']): string {
  return refusalOf(() => parsed(body as Body, network)).code
}

const optional = ['version', 'proofs']

describe.each(clientRequests.map((one) => [one.client, one.body.type, one] as const))(
  '%s %s',
  (_, __, { body, network }) => {
    const all = places(body).filter(({ path: [first] }) => first !== 'proofs')

    test('every member is needed', () => {
      for (const { path } of all) {
        const last = path.at(-1)
        if (typeof last === 'number' || optional.includes(String(last))) continue
        if (path[0] === 'fork_info' && path.length === 1 && body.type === 'VALIDATOR_REGISTRATION') continue
        if (last === 'committee_bits') continue
        expect([path, codeOf(changed(body, path, undefined), network)]).toEqual([path, refusedCode])
      }
    })

    test('no member may be null, a number, an empty text, an object or a list in place of what it is', () => {
      for (const { path, value } of all) {
        for (const wrong of [null, 7, '', {}, [], '0xzz', '-1', '18446744073709551616', '01', '1e3']) {
          // Its own kind is not wrong: any list of what it lists is a value.
          if (Array.isArray(value) && Array.isArray(wrong)) continue
          // The one number of 256 bits.
          if (wrong === '18446744073709551616' && path.at(-1) === 'base_fee_per_gas') continue
          expect([path, wrong, codeOf(changed(body, path, wrong), network)]).toEqual([path, wrong, refusedCode])
        }
      }
    })

    test('no object of the payload or of fork_info takes a member it does not know', () => {
      for (const { path, value } of all) {
        if (!isJsonObject(value)) continue
        expect([path, codeOf(changed(body, [...path, 'extra'], '1'), network)]).toEqual([path, refusedCode])
      }
    })

    test('hex of another length is refused', () => {
      for (const { path, value } of all) {
        if (typeof value !== 'string' || !/^0x[0-9a-f]{8,}$/.test(value)) continue
        const open = ['transactions', 'data', 'block_access_list', 'aggregation_bits'].some(
          (name) => path.includes(name) && path.at(-1) !== 'root',
        )
        if (open) continue
        for (const wrong of [value.slice(0, -2), `${value}00`, value.slice(2), value.slice(0, -1)]) {
          expect([path, wrong, codeOf(changed(body, path, wrong), network)]).toEqual([path, wrong, refusedCode])
        }
      }
    })
  },
)

describe('the refusal says where, what it got and what it wanted', () => {
  test.each([
    [
      { ...attestation, type: 'ATTEST' },
      { code: 'unsupported-payload', where: 'type', got: 'ATTEST' },
    ],
    [
      { ...randao, fork_info: undefined },
      { code: 'invalid-payload', where: 'fork_info', got: 'nothing' },
    ],
    [
      { ...randao, randao_reveal: { epoch: 5 } },
      { code: 'invalid-payload', where: 'randao_reveal.epoch', got: '5' },
    ],
    [
      { ...randao, randao_reveal: { epoch: '5', slot: '5' } },
      { code: 'invalid-payload', where: 'randao_reveal.slot' },
    ],
    [
      { ...randao, randao_reveal: undefined },
      { code: 'invalid-payload', where: 'randao_reveal' },
    ],
    [
      { ...randao, aggregation_slot: { slot: '1' } },
      { code: 'invalid-payload', where: 'randao_reveal', got: 'fork_info' },
    ],
  ] as const)('%o', (body, wanted) => {
    const { got, ...rest } = wanted as { got?: string; code: string; where: string }
    const clean = JSON.parse(JSON.stringify(body)) as Body
    const refusal = refusalOf(() => parsed(clean))
    expect(refusal).toMatchObject(rest)
    if (got !== undefined && got !== 'fork_info') expect(refusal.got).toBe(got)
  })

  test('two payloads mean two things', () => {
    const refusal = refusalOf(() => parsed({ ...randao, aggregation_slot: { slot: '1' } }))
    expect(refusal).toMatchObject({ code: 'invalid-payload', got: 'randao_reveal, aggregation_slot' })
  })

  test('both spellings of the root are compared', () => {
    const root = signingRoot(randao)
    const other = `0x${'00'.repeat(32)}`
    expect(signingRoot({ ...randao, signing_root: root, signingRoot: root })).toBe(root)
    expect(refusalOf(() => parsed({ ...randao, signing_root: root, signingRoot: other }))).toMatchObject({
      where: 'signingRoot',
    })
    expect(refusalOf(() => parsed({ ...randao, signing_root: other, signingRoot: root }))).toMatchObject({
      where: 'signing_root',
    })
    expect(refusalOf(() => parsed({ ...randao, signingRoot: null }))).toMatchObject({ where: 'signingRoot' })
  })
})

describe('networks', () => {
  test('a genesis validators root nobody configured', () => {
    const root = `0x${'77'.repeat(32)}`
    const fork_info = { ...mainnetForkInfo, genesis_validators_root: root }
    expect(refusalOf(() => parsed({ ...randao, fork_info }))).toMatchObject({ code: 'unknown-network', got: root })
  })

  test('a request that names another network than its fork_info', () => {
    const refusal = refusalOf(() => parsed(randao, 'beacon:hoodi'))
    expect(refusal).toMatchObject({
      code: 'wrong-network',
      got: 'that of beacon:mainnet',
      wanted: 'that of beacon:hoodi',
    })
  })

  const registration = clientRequests.find(
    ({ client, body }) => client === 'Teku' && body.type === 'VALIDATOR_REGISTRATION',
  )?.body ?? { type: '' }

  test('without fork_info the network must be named, unless there is only one', () => {
    expect(refusalOf(() => parsed(registration))).toMatchObject({ code: 'invalid-request', where: 'network' })
    expect(refusalOf(() => parsed(registration, 'beacon:other'))).toMatchObject({ code: 'unknown-network' })
    const only = createConsensus({ networks: [{ network: 'beacon:hoodi' }] })
    expect(parsed(registration, undefined, only).network).toBe('beacon:hoodi')
  })

  test('a deposit for another network', () => {
    const deposit = clientRequests.find(({ body }) => body.type === 'DEPOSIT')?.body ?? { type: '' }
    const refusal = refusalOf(() => parsed(deposit, 'beacon:hoodi'))
    expect(refusal).toMatchObject({
      code: 'wrong-network',
      where: 'deposit.genesis_fork_version',
      got: '0x00000000',
      wanted: '0x10000910',
    })
  })
})

test.each([
  ['VALIDATOR_REGISTRATION', 'validator_registration', 'pubkey'],
  ['DEPOSIT', 'deposit', 'pubkey'],
  ['BLS_TO_EXECUTION_CHANGE', 'BLS_TO_EXECUTION_CHANGE', 'from_bls_pubkey'],
])('%s of another key than the one that signs', (type, field, name) => {
  const found = clientRequests.find(({ body }) => body.type === type)
  const other = changed(found?.body ?? {}, [field, name], `0x${'aa'.repeat(48)}`)
  expect(refusalOf(() => parsed(other as Body, 'beacon:mainnet'))).toMatchObject({
    code: 'invalid-payload',
    where: `${field}.${name}`,
  })
})

describe('bombs', () => {
  const body = clientRequests.find(({ body: { type } }) => type === 'EXECUTION_PAYLOAD_BID')?.body ?? { type: '' }
  const envelope = clientRequests.find(({ body: { type } }) => type === 'EXECUTION_PAYLOAD_ENVELOPE')?.body ?? {
    type: '',
  }
  const unread = new Proxy(
    {},
    {
      get: () => {
        throw new Error('an item was read')
      },
      ownKeys: () => {
        throw new Error('an item was read')
      },
    },
  )

  test('a list that is too long is refused before its items are read', () => {
    const commitments = Array.from({ length: 4097 }, () => unread)
    const value = {
      ...body,
      execution_payload_bid: {
        ...(body['execution_payload_bid'] as { data: object }).data,
        blob_kzg_commitments: commitments,
      },
    }
    const refusal = refusalOf(() => parsed(value))
    expect(refusal).toMatchObject({ where: 'execution_payload_bid.blob_kzg_commitments', got: '4097 items' })
    const withdrawals = Array.from({ length: 17 }, () => unread)
    const { execution_payload_envelope: inner } = envelope
    const { payload } = inner as { payload: object }
    const long = {
      ...envelope,
      execution_payload_envelope: { ...(inner as object), payload: { ...payload, withdrawals } },
    }
    expect(refusalOf(() => parsed(long))).toMatchObject({ got: '17 items' })
  })

  test('bits and bytes beyond their limit are refused by their length alone', () => {
    const found = clientRequests.find(
      ({ client, body: { type } }) => client === 'Teku' && type === 'AGGREGATE_AND_PROOF',
    )
    const long = changed(
      found?.body ?? {},
      ['aggregate_and_proof', 'aggregate', 'aggregation_bits'],
      `0x${'ff'.repeat(16_386)}`,
    )
    expect(refusalOf(() => parsed(long as Body)).where).toBe('aggregate_and_proof.aggregate.aggregation_bits')
    for (const bits of ['0x', '0x00', '0xff00']) {
      const wrong = changed(found?.body ?? {}, ['aggregate_and_proof', 'aggregate', 'aggregation_bits'], bits)
      expect([bits, codeOf(wrong)]).toEqual([bits, refusedCode])
    }
    const data = `0x${'00'.repeat(4097)}`
    const auth = { type: 'BUILDER_REQUEST_AUTH', builder_request_auth: { version: 'GLOAS', data: { data, slot: '1' } } }
    expect(refusalOf(() => parsed(auth, 'beacon:sepolia')).where).toBe('builder_request_auth.data.data')
  })

  test('domains of made-up versions do not pile up', () => {
    for (let i = 0; i < 3000; i++) {
      const current_version = `0x${i.toString(16).padStart(8, '0')}`
      parsed({ ...randao, fork_info: { ...mainnetForkInfo, fork: { ...mainnetForkInfo.fork, current_version } } })
    }
    expect(parsed(randao).beacon.domains.size).toBeLessThanOrEqual(1024)
  })
})

describe('bare roots', () => {
  const root = `0x${'5a'.repeat(32)}`
  const request = { operation: 'sign:opaque-root', value: root, publicKey } as const

  test('are signed as they are, without network, claims or anything readable', () => {
    const intent = consensus.parse(request)
    expect(intent).toMatchObject({ kind: 'root', operation: 'sign:opaque-root', summary: { root } })
    expect(intent.network).toBeUndefined()
    expect(consensus.facts(intent, publicKey)).toEqual({ effects: [{ kind: 'opaque' }], claims: [] })
    expect(consensus.payloads(intent, 'key_test')).toMatchObject([{ urgency: 0, prehashed: true }])
  })

  test('belong to no network', () => {
    expect(refusalOf(() => consensus.parse({ ...request, network: 'beacon:mainnet' }))).toMatchObject({
      code: 'invalid-request',
    })
    expect(refusalOf(() => consensus.parse({ ...request, value: root.slice(0, -2) }))).toMatchObject({ where: 'root' })
  })

  test('a duty is never signed under another operation than its own', () => {
    const act = () => consensus.parse({ ...requestOf(attestation), operation: 'sign:randao' })
    expect(refusalOf(act)).toMatchObject({ code: 'unsupported-payload', where: 'type' })
  })
})
