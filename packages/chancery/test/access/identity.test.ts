/** Clients that bring no API key: how they are named, and what an address alone may never do. */
import { describe, expect, test } from 'vitest'
import { createAuthenticator } from '../../src/access/authenticate.ts'
import { createClients } from '../../src/access/clients.ts'
import { loopbackPrincipal } from '../../src/access/loopback.ts'
import { operatorPrincipal } from '../../src/access/operator.ts'
import { permits } from '../../src/access/permit.ts'
import { assumedAcknowledgement, type ClientRecord, type Grant } from '../../src/core/access.ts'
import { dutyOperations, operations } from '../../src/core/names.ts'
import type { Credential, NewClient } from '../../src/core/services.ts'
import { callBy, clientId, memoryState, pepper, refusalOf, testClock } from './fixture.ts'

const [one, two] = ['1f'.repeat(32), '2f'.repeat(32)]
const duty: Grant = { operations: ['sign:attestation', 'keys:read'], keys: '*', networks: '*' }
const operator = callBy(operatorPrincipal)

function record(letter: string, change: Partial<ClientRecord>): ClientRecord {
  const id = clientId(letter)
  const secrets = [{ id: 's', mac: '0x00' as const, createdAt: '2026-01-01T00:00:00.000Z' }]
  return { id, name: letter, secrets, grants: [duty], frozen: false, createdAt: '2026-01-01T00:00:00.000Z', ...change }
}

const enter = (clients: readonly ClientRecord[], credential: Credential) =>
  createAuthenticator({ state: memoryState(clients), pepper: pepper(), clock: testClock() }).authenticate(credential)

const certificate = (fingerprint: string, name?: string): Credential => ({
  scheme: 'certificate',
  fingerprint,
  address: '10.1.2.3',
  ...(name !== undefined && { name }),
})

describe('a credential that is no API key', () => {
  const clients = [
    record('a', { identity: { certificates: [one] } }),
    record('b', { identity: { certificateNames: ['teku'] } }),
    record('c', { identity: { assumedFrom: ['10.0.0.0/8'] } }),
    record('d', { identity: { certificates: [two], assumedFrom: ['192.0.2.0/24'] }, frozen: true }),
  ]

  test.each([
    ['a certificate', certificate(one), 'a'],
    ['a name that was vouched for', certificate(two.replaceAll('2', '3'), 'teku'), 'b'],
    ['an address', { scheme: 'source', address: '10.1.2.3' } as const, 'c'],
  ])('%s is a client', async (_, credential, name) => {
    const { scheme, address } = credential
    const found = { client: clientId(name), name, grants: [duty], scheme, address }
    expect(await enter(clients, credential)).toEqual(found)
  })

  test('that is wrong, frozen or unknown gets the answer of a wrong API key', async () => {
    const wrong: readonly Credential[] = [
      certificate(two),
      certificate('4f'.repeat(32)),
      certificate('4f'.repeat(32), 'prysm'),
      { scheme: 'source', address: '192.0.2.7' },
      { scheme: 'source', address: '203.0.113.7' },
      { scheme: 'source', address: '' },
      { scheme: 'api-key', secret: 'chancery_wrong', address: '10.1.2.3' },
    ]
    const answers = await Promise.all(wrong.map((credential) => refusalOf(() => enter(clients, credential))))
    const said = answers.map(({ code, message, particulars }) => JSON.stringify({ code, message, particulars }))
    expect(new Set(said).size).toBe(1)
  })

  test('an address nobody claims is whom the listener says; one of a frozen client is nobody', async () => {
    const from = (address: string) => enter(clients, { scheme: 'source', address, otherwise: loopbackPrincipal })
    expect(await from('127.0.0.1')).toEqual({ ...loopbackPrincipal, address: '127.0.0.1' })
    expect((await from('10.1.2.3')).client).toBe(clientId('c'))
    expect((await refusalOf(() => from('192.0.2.7'))).code).toBe('unauthenticated')
  })

  test('grants of other sources are not held', async () => {
    const near = { ...duty, sources: ['10.1.0.0/16'] }
    const far: Grant = { operations: ['sign:voluntary-exit'], keys: '*', networks: '*', sources: ['10.9.0.0/16'] }
    const known = [record('a', { identity: { certificates: [one] }, grants: [near, far] })]
    expect((await enter(known, certificate(one))).grants).toEqual([near])
  })
})

describe('a new client', () => {
  const create = (request: Partial<NewClient>, others: readonly ClientRecord[] = []) => {
    const state = memoryState(others)
    const clients = createClients({ state, pepper: pepper(), clock: testClock() })
    return { state, made: () => clients.create({ name: 'vc', grants: [duty], ...request }, operator) }
  }
  const assumed = { identity: { assumedFrom: ['10.0.0.0/8'] }, acknowledge: assumedAcknowledgement }

  test('known by its address is put on record with the words that admit it', async () => {
    const { state, made } = create(assumed)
    expect((await made()).client.identity).toEqual(assumed.identity)
    expect(state.changes[0]).toMatchObject({
      about: { identity: assumed.identity, acknowledged: assumedAcknowledgement },
    })
  })

  test.each(['', 'yes', 'The address is all that proves it', undefined])('is not, for the words %j', async (words) => {
    const request = { identity: assumed.identity, ...(words !== undefined && { acknowledge: words }) }
    expect(await refusalOf(create(request).made)).toMatchObject({ particulars: { where: 'acknowledge' } })
  })

  const beyond = operations.filter((one) => one !== 'keys:read' && !dutyOperations.some((other) => other === one))

  test.each(beyond)('known by its address never holds %s', async (operation) => {
    const grants: readonly Grant[] = [{ operations: [operation], keys: '*', networks: '*' }]
    expect(await refusalOf(create({ ...assumed, grants }).made)).toMatchObject({ code: 'invalid-request' })
  })

  test.each(beyond)('known by its address is never given %s later', async (operation) => {
    const state = memoryState([record('a', { identity: assumed.identity }), record('b', {})])
    const clients = createClients({ state, pepper: pepper(), clock: testClock() })
    const grants: readonly Grant[] = [{ operations: [operation], keys: '*', networks: '*' }]
    const given = (letter: string) => clients.putGrants(clientId(letter), grants, 1, operator)
    expect(await refusalOf(() => given('a'))).toMatchObject({ code: 'invalid-request' })
    expect((await given('b')).value.grants).toEqual(grants)
  })

  test.each<readonly [string, NewClient['identity'] & object]>([
    ['identity.certificates', { certificates: [one.toUpperCase()] }],
    ['identity.certificates', { certificates: ['1f'] }],
    ['identity.certificates', { certificates: [] }],
    ['identity.certificateNames', { certificateNames: [' teku'] }],
    ['identity.assumedFrom', { assumedFrom: ['10.0.0.1'] }],
  ])('%s: %j is refused', async (where, identity) => {
    const request = { identity, acknowledge: assumedAcknowledgement }
    expect(await refusalOf(create(request).made)).toMatchObject({ code: 'invalid-request', particulars: { where } })
  })

  test.each<readonly [string, NewClient['identity'] & object]>([
    ['certificates', { certificates: [two, one] }],
    ['certificateNames', { certificateNames: ['teku'] }],
    ['assumedFrom', { assumedFrom: ['10.1.0.0/16'] }],
    ['assumedFrom', { assumedFrom: ['0.0.0.0/0'] }],
  ])('is not known by the %s of another', async (member, identity) => {
    const known = { certificates: [one], certificateNames: ['teku'], assumedFrom: ['10.0.0.0/8'] }
    const request = { identity, ...(identity.assumedFrom && { acknowledge: assumedAcknowledgement }) }
    const refusal = await refusalOf(create(request, [record('a', { identity: known })]).made)
    expect(refusal).toMatchObject({ code: 'already-exists', particulars: { where: `identity.${member}` } })
  })

  test('that was removed is known by nothing any more', async () => {
    const state = memoryState([record('a', { identity: { certificates: [one] } })])
    const clients = createClients({ state, pepper: pepper(), clock: testClock() })
    await clients.remove(clientId('a'), operator)
    const { authenticate } = createAuthenticator({ state, pepper: pepper(), clock: testClock() })
    expect((await refusalOf(() => authenticate(certificate(one)))).code).toBe('unauthenticated')
    const again = await clients.create({ name: 'vc', grants: [duty], identity: { certificates: [one] } }, operator)
    expect((await authenticate(certificate(one))).client).toBe(again.client.id)
  })

  test('holds no grant whose source is no range', async () => {
    const grants: readonly Grant[] = [{ ...duty, sources: ['office'] }]
    expect(await refusalOf(create({ grants }).made)).toMatchObject({ particulars: { where: 'grants[0].sources' } })
  })
})

describe('whoever comes from this machine', () => {
  test.each(operations)('%s', (operation) => {
    const isDuty = operation === 'keys:read' || dutyOperations.some((one) => one === operation)
    expect(permits({ ...loopbackPrincipal, address: '127.0.0.1' }, operation)).toBe(isDuty)
  })
})
