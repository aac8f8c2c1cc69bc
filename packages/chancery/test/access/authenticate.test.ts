import fc from 'fast-check'
import { describe, expect, test, vi } from 'vitest'
import { newSecret, parseApiKey } from '../../src/access/api-key.ts'
import { createAuthenticator } from '../../src/access/authenticate.ts'
import { comesFrom, isSourceRange } from '../../src/access/sources.ts'
import { Secret } from '../../src/base/secret.ts'
import type { ClientRecord } from '../../src/core/access.ts'
import { clientId, memoryState, pepper, refusalOf, testClock } from './fixture.ts'

const id = clientId('a')
const clock = testClock()
const first = newSecret(id, pepper(), clock.now(), 90)
const second = newSecret(id, pepper(), clock.now(), 30)
const client: ClientRecord = {
  id,
  name: 'shop',
  secrets: [first.record, second.record],
  grants: [{ operations: ['keys:read'], keys: '*', networks: '*' }],
  frozen: false,
  createdAt: '2026-01-01T00:00:00.000Z',
}

function authenticate(secret: string, change: Partial<ClientRecord> = {}, address = '127.0.0.1', days = 0) {
  const state = memoryState([{ ...client, ...change }])
  const later = testClock(clock.now() + days * 86_400_000)
  return createAuthenticator({ state, pepper: pepper(), clock: later }).authenticate({
    scheme: 'api-key',
    secret,
    address,
  })
}

const lastChanged = (text: string) => text.slice(0, -1) + (text.endsWith('0') ? '1' : '0')

describe('authentication', () => {
  test.each([first, second])('either secret proves the client', async ({ text, record }) => {
    const proved = {
      client: id,
      name: 'shop',
      grants: client.grants,
      secretId: record.id,
      scheme: 'api-key',
      address: '127.0.0.1',
    }
    expect(await authenticate(text)).toEqual(proved)
  })

  test('a first administrator holds no grant, whatever an older store has on record', async () => {
    const grants = [{ operations: ['admin', 'keys:read'], keys: '*', networks: '*' }] as const
    expect(await authenticate(first.text, { once: true, grants })).toMatchObject({ client: id, grants: [] })
  })

  test('every failure is the same answer', async () => {
    const other = newSecret(id, pepper(), clock.now(), 90)
    const stranger = newSecret(clientId('b'), pepper(), clock.now(), 90)
    const failures = [
      () => authenticate(''),
      () => authenticate('x'.repeat(100_000)),
      () => authenticate(lastChanged(first.text)),
      () => authenticate(other.text),
      () => authenticate(stranger.text),
      () => authenticate(first.text, {}, '127.0.0.1', 90),
      () => authenticate(second.text, {}, '127.0.0.1', 30),
      () => authenticate(first.text, { frozen: true }),
      () => authenticate(first.text, { sources: ['10.0.0.0/8'] }),
      () => authenticate(first.text, { sources: [] }),
      () => authenticate(first.text, { secrets: [second.record] }),
      () => authenticate(first.text, { secrets: [{ ...first.record, mac: second.record.mac }] }),
    ]
    for (const failure of failures) {
      const { code, message, particulars } = await refusalOf(failure)
      expect({ code, message, particulars }).toEqual({
        code: 'unauthenticated',
        message: 'The credential is missing, wrong or not valid here and now',
        particulars: {},
      })
    }
  })

  test('every attempt takes one keyed hash, whoever it names', async () => {
    const ours = pepper()
    const hashes = vi.spyOn(ours, 'use')
    const { authenticate: enter } = createAuthenticator({ state: memoryState([client]), pepper: ours, clock })
    const stranger = newSecret(clientId('b'), pepper(), clock.now(), 90).text
    const unknownSecret = newSecret(id, pepper(), clock.now(), 90).text
    for (const secret of ['', 'x'.repeat(100_000), stranger, unknownSecret, lastChanged(first.text), first.text]) {
      hashes.mockClear()
      await Promise.allSettled([enter({ scheme: 'api-key', secret, address: '127.0.0.1' })])
      expect(hashes).toHaveBeenCalledTimes(1)
    }
  })

  test('a secret holds to the end of its last day', async () => {
    await expect(authenticate(second.text, {}, '127.0.0.1', 29.99)).resolves.toBeDefined()
  })

  test('another pepper proves nothing', async () => {
    const state = memoryState([client])
    const other = createAuthenticator({ state, pepper: new Secret(new Uint8Array(32).fill(8)), clock })
    const attempt = () => other.authenticate({ scheme: 'api-key', secret: first.text, address: '127.0.0.1' })
    expect((await refusalOf(attempt)).code).toBe('unauthenticated')
  })

  test('a mapped IPv4 address is the IPv4 address', async () => {
    await expect(authenticate(first.text, { sources: ['10.0.0.0/8'] }, '::ffff:10.1.2.3')).resolves.toBeDefined()
  })
})

describe('the text of an API key', () => {
  test('looks as documented, and only its keyed hash is kept', () => {
    expect(first.text).toMatch(/^chancery_0a{25}_[0-9a-hjkmnp-tv-z]{8}_[A-Za-z0-9_-]{43}_[0-9A-Za-z]{6}$/)
    const secret = first.text.split('_').slice(3).join('_').slice(0, 43)
    expect(JSON.stringify(first.record)).not.toContain(secret)
    expect(first.record).toMatchObject({ createdAt: '2026-01-01T00:00:00.000Z', expiresAt: '2026-04-01T00:00:00.000Z' })
  })

  test('never the same twice', () => {
    expect(second.text).not.toBe(first.text)
    expect(second.record.id).not.toBe(first.record.id)
  })

  test('any one changed character is noticed before a hash is compared', () => {
    fc.assert(
      fc.property(fc.nat({ max: first.text.length - 1 }), fc.constantFrom('0', 'a', 'Z', '-'), (at, letter) => {
        fc.pre(first.text[at] !== letter)
        expect(parseApiKey(first.text.slice(0, at) + letter + first.text.slice(at + 1))).toBeUndefined()
      }),
    )
    expect(parseApiKey(first.text)?.client).toBe(id)
    expect(parseApiKey(`${first.text}\n`)).toBeUndefined()
  })
})

describe('sources', () => {
  test.each([
    ['192.0.2.7', ['192.0.2.0/24'], true],
    ['192.0.3.7', ['192.0.2.0/24'], false],
    ['192.0.2.7', ['192.0.2.7/32'], true],
    ['192.0.2.8', ['192.0.2.7/32'], false],
    ['203.0.113.9', ['0.0.0.0/0'], true],
    ['::1', ['0.0.0.0/0'], false],
    ['2001:db8::5', ['2001:db8::/32'], true],
    ['2001:db9::5', ['2001:db8::/32'], false],
    ['::ffff:192.0.2.7', ['192.0.2.0/24'], true],
    ['::FFFF:c000:0207', ['192.0.2.0/24'], true],
    ['::ffff:192.0.3.7', ['192.0.2.0/24'], false],
    ['192.0.2.7', ['10.0.0.0/8', '192.0.2.0/24'], true],
    ['', ['0.0.0.0/0'], false],
    ['localhost', ['0.0.0.0/0'], false],
    ['192.0.2.7', ['192.0.2.7'], false],
  ])('%s in %j: %s', (address, ranges, expected) => {
    expect(comesFrom(address, ranges)).toBe(expected)
  })

  test.each([
    ['10.0.0.0/8', true],
    ['10.0.0.0/0', true],
    ['::/0', true],
    ['2001:db8::/128', true],
    ['10.0.0.0/33', false],
    ['::/129', false],
    ['10.0.0.0', false],
    ['10.0.0/8', false],
    ['10.0.0.0/08', false],
    ['::ffff:10.0.0.0/104', false],
    ['office', false],
  ])('%s is a range: %s', (text, expected) => {
    expect(isSourceRange(text)).toBe(expected)
  })
})
