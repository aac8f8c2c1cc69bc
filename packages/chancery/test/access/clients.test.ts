import { describe, expect, test } from 'vitest'
import { createAuthenticator } from '../../src/access/authenticate.ts'
import { createClients } from '../../src/access/clients.ts'
import { createFreezing } from '../../src/access/freezing.ts'
import { ensureFirstAdministrator } from '../../src/access/first-administrator.ts'
import { operatorPrincipal } from '../../src/access/operator.ts'
import type { Grant } from '../../src/core/access.ts'
import { Refused } from '../../src/core/errors.ts'
import type { NewClient } from '../../src/core/services.ts'
import { callBy, clientId, keyId, keyRecord, memoryState, pepper, principal, refusalOf, testClock } from './fixture.ts'

const decoded = keyRecord('a')
const opaque = keyRecord('b', { kind: 'opaque' })
const sign: Grant = { operations: ['sign:transaction', 'relay'], keys: [decoded.id], networks: ['eip155:31337'] }
const shop: NewClient = { name: 'shop', grants: [sign] }
const operator = callBy(operatorPrincipal)

function setUp() {
  const clock = testClock()
  const state = memoryState([], [decoded, opaque])
  const parts = { state, pepper: pepper(), clock }
  const authenticator = createAuthenticator(parts)
  const enter = (secret: string) => authenticator.authenticate({ scheme: 'api-key', secret, address: '127.0.0.1' })
  return { clock, state, parts, clients: createClients(parts), enter }
}

describe('a new client', () => {
  test('is recorded by its keyed hash and enters with the secret shown once', async () => {
    const { clients, state, enter } = setUp()
    const { client, secret } = await clients.create({ ...shop, sources: ['127.0.0.0/8'] }, operator)
    const { id: secretId } = client.secrets[0] ?? {}
    const proved = {
      client: client.id,
      name: 'shop',
      grants: [sign],
      secretId,
      scheme: 'api-key',
      address: '127.0.0.1',
    }
    expect(await enter(secret)).toEqual(proved)
    expect(state.changes[0]).toMatchObject({ actor: 'operator', action: 'client.create', about: { client: client.id } })
    expect(JSON.stringify(state.changes)).not.toContain(secret.slice(-51, -7))
    expect((await clients.get(client.id, operator)).version).toBe(1)
  })

  test('ends after 90 days unless told otherwise', async () => {
    const { clients } = setUp()
    const { client } = await clients.create(shop, operator)
    expect(client.secrets[0]?.expiresAt).toBe('2026-04-01T00:00:00.000Z')
    const { client: short } = await clients.create({ ...shop, name: 'short', days: 1 }, operator)
    expect(short.secrets[0]?.expiresAt).toBe('2026-01-02T00:00:00.000Z')
  })

  const grantOf = (change: Partial<Grant>): NewClient => ({ ...shop, grants: [{ ...sign, ...change }] })
  const digest: Grant = { operations: ['sign:digest'], keys: '*', networks: '*' }
  const admin: Grant = { operations: ['admin'], keys: '*', networks: '*' }

  test.each<[string, NewClient, string]>([
    ['an empty name', { ...shop, name: '' }, 'name'],
    ['a name with a newline', { ...shop, name: 'a\nb' }, 'name'],
    ['a name too long', { ...shop, name: 'a'.repeat(65) }, 'name'],
    ['a source that is no range', { ...shop, sources: ['10.0.0.1'] }, 'sources'],
    ['no source at all', { ...shop, sources: [] }, 'sources'],
    ['no days', { ...shop, days: 0 }, 'days'],
    ['half a day', { ...shop, days: 0.5 }, 'days'],
    ['more than a year', { ...shop, days: 366 }, 'days'],
    ['an unknown operation', grantOf({ operations: ['sign:everything' as never] }), 'grants[0].operations'],
    ['no operation', grantOf({ operations: [] }), 'grants[0].operations'],
    ['an operation twice', grantOf({ operations: ['relay', 'relay'] }), 'grants[0].operations'],
    ['no key', grantOf({ keys: [] }), 'grants[0].keys'],
    ['an unknown key', grantOf({ keys: [keyId('z')] }), 'grants[0].keys'],
    ['no network', grantOf({ networks: [] }), 'grants[0].networks'],
    ['a network that is not CAIP-2', grantOf({ networks: ['mainnet' as never] }), 'grants[0].networks'],
    ['admin on one key', grantOf({ operations: ['admin'], networks: '*' }), 'grants[0]'],
    ['admin on one network', grantOf({ operations: ['admin'], keys: '*' }), 'grants[0]'],
    ['the register on one key', grantOf({ operations: ['register:read'] }), 'grants[0]'],
    ['digests on one network', { ...shop, grants: [{ ...digest, networks: ['eip155:1'] }] }, 'grants[0].networks'],
    ['digests by a decoded key', { ...shop, grants: [{ ...digest, keys: [decoded.id] }] }, 'grants[0]'],
    ['transactions by an opaque key', grantOf({ keys: [opaque.id] }), 'grants[0]'],
    [
      'digests and transactions in one grant',
      { ...shop, grants: [{ ...digest, operations: ['sign:digest', 'sign:message'] }] },
      'grants',
    ],
    ['digests on all keys beside transactions on one', { ...shop, grants: [digest, sign] }, 'grants'],
    [
      'transactions on all keys beside digests on one',
      {
        ...shop,
        grants: [
          { ...digest, keys: [opaque.id] },
          { ...sign, keys: '*' },
        ],
      },
      'grants',
    ],
    ['admin and signing', { ...shop, grants: [admin, sign] }, 'grants'],
    [
      'admin and signing in one grant',
      { ...shop, grants: [{ ...admin, operations: ['admin', 'sign:message'] }] },
      'grants',
    ],
  ])('is refused with %s', async (_, request, where) => {
    const { clients, state } = setUp()
    const { code, particulars } = await refusalOf(() => clients.create(request, operator))
    expect({ code, where: particulars.where }).toEqual({ code: 'invalid-request', where })
    expect(state.changes).toEqual([])
  })

  test('may hold digests on one key and transactions on another', async () => {
    const { clients } = setUp()
    const grants = [sign, { ...digest, keys: [opaque.id] }]
    await expect(clients.create({ ...shop, grants }, operator)).resolves.toBeDefined()
  })

  test('does not take the name of another, until that one is removed', async () => {
    const { clients } = setUp()
    const { client } = await clients.create(shop, operator)
    expect((await refusalOf(() => clients.create(shop, operator))).code).toBe('already-exists')
    await clients.remove(client.id, operator)
    await expect(clients.create(shop, operator)).resolves.toBeDefined()
  })
})

describe('who may', () => {
  const everythingElse = principal({
    operations: ['sign:transaction', 'keys:read', 'keys:create', 'keys:delete', 'relay', 'register:read'],
    keys: '*',
    networks: '*',
  })

  test('only admin', async () => {
    const { clients, state } = setUp()
    const { client } = await clients.create(shop, operator)
    const call = callBy(everythingElse)
    const attempts = [
      () => clients.create({ ...shop, name: 'other' }, call),
      () => clients.get(client.id, call),
      () => clients.list({ limit: 10 }, call),
      () => clients.putGrants(client.id, [], 1, call),
      () => clients.addSecret(client.id, 1, call),
      () => clients.removeSecret(client.id, client.secrets[0]?.id ?? '', call),
      () => clients.remove(client.id, call),
    ]
    for (const attempt of attempts) {
      expect((await refusalOf(async () => attempt())).code).toBe('denied')
    }
    expect(state.changes).toHaveLength(1)
  })

  test('nobody changes its own grants', async () => {
    const { clients, enter } = setUp()
    const admin: Grant = { operations: ['admin'], keys: '*', networks: '*' }
    const { client, secret } = await clients.create({ name: 'chief', grants: [admin] }, operator)
    const call = callBy(await enter(secret))
    expect((await refusalOf(() => clients.putGrants(client.id, [sign], 1, call))).code).toBe('denied')
  })
})

describe('two overlapping secrets', () => {
  test('both enter; the older goes when removed; a third is refused', async () => {
    const { clients, enter } = setUp()
    const { client, secret: older } = await clients.create(shop, operator)
    const { client: after, secret: newer } = await clients.addSecret(client.id, 30, operator)
    await expect(enter(older)).resolves.toBeDefined()
    await expect(enter(newer)).resolves.toBeDefined()
    expect((await refusalOf(() => clients.addSecret(client.id, 30, operator))).code).toBe('already-exists')
    await clients.removeSecret(client.id, after.secrets[0]?.id ?? '', operator)
    expect((await refusalOf(() => enter(older))).code).toBe('unauthenticated')
    await expect(enter(newer)).resolves.toBeDefined()
  })

  test('an ended secret makes room', async () => {
    const { clients, clock } = setUp()
    const { client } = await clients.create({ ...shop, days: 1 }, operator)
    await clients.addSecret(client.id, 30, operator)
    clock.time += 86_400_000
    const { client: after } = await clients.addSecret(client.id, 30, operator)
    expect(after.secrets).toHaveLength(2)
    expect(after.secrets).not.toContainEqual(client.secrets[0])
  })

  test('the last one stays, and an unknown one is not found', async () => {
    const { clients } = setUp()
    const { client } = await clients.create(shop, operator)
    const last = () => clients.removeSecret(client.id, client.secrets[0]?.id ?? '', operator)
    expect((await refusalOf(last)).code).toBe('denied')
    expect((await refusalOf(() => clients.removeSecret(client.id, 'other', operator))).code).toBe('not-found')
  })
})

describe('the life of a client', () => {
  test('new grants replace the version they were made for', async () => {
    const { clients } = setUp()
    const { client } = await clients.create(shop, operator)
    expect(await clients.putGrants(client.id, [], 1, operator)).toMatchObject({ version: 2, value: { grants: [] } })
    expect((await refusalOf(() => clients.putGrants(client.id, [sign], 1, operator))).code).toBe('version-conflict')
    const unknown = [{ ...sign, keys: [keyId('z')] }]
    expect((await refusalOf(() => clients.putGrants(client.id, unknown, 2, operator))).code).toBe('invalid-request')
  })

  test('a removed client neither enters nor is found', async () => {
    const { clients, enter } = setUp()
    const { client, secret } = await clients.create(shop, operator)
    await clients.remove(client.id, operator)
    expect((await refusalOf(() => enter(secret))).code).toBe('unauthenticated')
    expect((await refusalOf(async () => clients.get(client.id, operator))).code).toBe('not-found')
    expect((await refusalOf(() => clients.addSecret(client.id, 1, operator))).code).toBe('not-found')
    expect((await clients.list({ limit: 10 }, operator)).clients).toEqual([])
  })

  test('lists in pages', async () => {
    const { clients } = setUp()
    for (const name of ['a', 'b', 'c']) await clients.create({ ...shop, name }, operator)
    const first = await clients.list({ limit: 2 }, operator)
    expect(first.clients).toHaveLength(2)
    const rest = await clients.list({ limit: 2, after: first.next ?? '' }, operator)
    expect(rest.next).toBeUndefined()
    expect([...first.clients, ...rest.clients].map(({ name }) => name).toSorted()).toEqual(['a', 'b', 'c'])
  })

  test('what does not exist is not found', async () => {
    const { clients } = setUp()
    expect((await refusalOf(async () => clients.get(clientId('z'), operator))).code).toBe('not-found')
  })
})

describe('the first administrator', () => {
  async function firstStart() {
    const all = setUp()
    const shown: string[] = []
    const parts = { ...all.parts, show: (text: string) => void shown.push(text) }
    const id = await ensureFirstAdministrator(parts)
    return { ...all, shown, id, again: () => ensureFirstAdministrator(parts) }
  }

  test('is made once, and holds no grant', async () => {
    const { shown, enter, again, id } = await firstStart()
    const proved = await enter(shown[0] ?? '')
    expect(proved).toMatchObject({ client: id, grants: [] })
    expect(await again()).toBeUndefined()
    expect(shown).toHaveLength(1)
  })

  test('ends in the change that creates its first client, and is never made again', async () => {
    const { shown, enter, clients, state, again } = await firstStart()
    const first = callBy(await enter(shown[0] ?? ''))
    const { client, secret } = await clients.create(shop, first)
    expect(state.changes.at(-1)?.puts).toHaveLength(2)
    expect((await refusalOf(() => enter(shown[0] ?? ''))).code).toBe('unauthenticated')
    await expect(enter(secret)).resolves.toBeDefined()
    await clients.remove(client.id, operator)
    expect(await again()).toBeUndefined()
    expect(shown).toHaveLength(1)
  })

  test('changes no client, neither another nor itself, and is given no grants', async () => {
    const { shown, enter, clients, id } = await firstStart()
    const { client } = await clients.create(shop, operator)
    const first = callBy(await enter(shown[0] ?? ''))
    const tries = [
      () => clients.list({ limit: 1 }, first),
      () => clients.addSecret(client.id, 1, first),
      () => clients.putGrants(client.id, [], 1, first),
      () => clients.remove(client.id, first),
      () => clients.addSecret(id ?? client.id, 1, first),
      () => clients.putGrants(id ?? client.id, shop.grants, 1, operator),
    ]
    for (const one of tries) expect((await refusalOf(one)).code).toBe('denied')
  })

  test('creates one client even when asked twice', async () => {
    const { shown, enter, clients } = await firstStart()
    const first = callBy(await enter(shown[0] ?? ''))
    await clients.create(shop, first)
    const second = await refusalOf(() => clients.create({ ...shop, name: 'second' }, first))
    expect(second.code).toBe('unauthenticated')
  })

  test('a call that outlived its administrator changes nothing', async () => {
    const { clients, enter, state } = setUp()
    const grants: readonly Grant[] = [{ operations: ['admin'], keys: '*', networks: '*' }]
    const { client, secret } = await clients.create({ name: 'chief', grants }, operator)
    const call = callBy(await enter(secret))
    await createFreezing({ state }).freeze({ client: client.id }, operator)
    expect((await refusalOf(() => clients.create(shop, call))).code).toBe('unauthenticated')
    await createFreezing({ state }).thaw({ client: client.id }, operator)
    await clients.putGrants(client.id, [], 3, operator)
    expect((await refusalOf(() => clients.create(shop, call))).code).toBe('unauthenticated')
  })

  test('does not end by an attempt that was refused', async () => {
    const { shown, enter, clients } = await firstStart()
    const first = callBy(await enter(shown[0] ?? ''))
    await refusalOf(() => clients.create({ ...shop, name: '' }, first))
    await expect(enter(shown[0] ?? '')).resolves.toBeDefined()
  })

  test('of two processes that start at once, one makes it', async () => {
    const { parts, state } = setUp()
    const late = { ...state, change: async () => Promise.reject(new Refused('already-exists', 'The name is taken')) }
    const shown: string[] = []
    const show = (text: string) => void shown.push(text)
    expect(await ensureFirstAdministrator({ ...parts, state: late, show })).toBeUndefined()
    expect(shown).toEqual([])
  })
})
