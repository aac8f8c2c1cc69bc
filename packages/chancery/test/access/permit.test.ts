import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { operatorPrincipal } from '../../src/access/operator.ts'
import { holdsGrantOn, permits, requireAny, requirePermit, type About } from '../../src/access/permit.ts'
import type { Grant } from '../../src/core/access.ts'
import { isSignOperation, operations } from '../../src/core/names.ts'
import { keyId, principal, refusalOf } from './fixture.ts'

const a = keyId('a')
const b = keyId('b')
const one = 'eip155:1'
const test31337 = 'eip155:31337'
const signA: Grant = { operations: ['sign:transaction'], keys: [a], networks: [test31337] }
const readAll: Grant = { operations: ['keys:read'], keys: '*', networks: '*' }
const admin: Grant = { operations: ['admin'], keys: '*', networks: '*' }

describe('permits', () => {
  test.each([
    ['the granted operation, key and network', [signA], 'sign:transaction', { key: a, network: test31337 }, true],
    ['another operation', [signA], 'sign:message', { key: a, network: test31337 }, false],
    ['another key', [signA], 'sign:transaction', { key: b, network: test31337 }, false],
    ['another network', [signA], 'sign:transaction', { key: a, network: one }, false],
    ['no grant at all', [], 'keys:read', { key: a }, false],
    ['any key by *', [readAll], 'keys:read', { key: b }, true],
    ['nothing asked about a key', [signA], 'sign:transaction', {}, true],
    ['two grants do not add up', [signA, { ...readAll }], 'sign:transaction', { key: b, network: test31337 }, false],
    ['admin gives no other right', [admin], 'keys:read', { key: a }, false],
    ['an empty list of operations', [{ ...signA, operations: [] }], 'sign:transaction', { key: a }, false],
    ['an empty list of keys', [{ ...signA, keys: [] }], 'sign:transaction', { key: a }, false],
    ['an empty list of networks', [{ ...signA, networks: [] }], 'sign:transaction', { key: a, network: one }, false],
  ] as const)('%s', (_, grants, operation, about, expected) => {
    expect(permits(principal(...grants), operation, about)).toBe(expected)
  })

  test('admin and the operator sign nothing', () => {
    for (const operation of operations.filter(isSignOperation)) {
      expect(permits(principal(admin), operation, { key: a })).toBe(false)
      expect(permits(operatorPrincipal, operation, { key: a })).toBe(false)
    }
    expect(permits(operatorPrincipal, 'relay', { key: a })).toBe(false)
    expect(permits(operatorPrincipal, 'admin')).toBe(true)
  })

  const anyGrant = fc.record({
    operations: fc.subarray([...operations]),
    keys: fc.oneof(fc.constant('*' as const), fc.subarray([a, b])),
    networks: fc.oneof(fc.constant('*' as const), fc.subarray([one, test31337] as const)),
  })

  test('agrees with a search through every granted triple', () => {
    const triples = (grants: readonly Grant[]) =>
      grants.flatMap((grant) =>
        grant.operations.flatMap((operation) =>
          (grant.keys === '*' ? [a, b] : grant.keys).flatMap((key) =>
            (grant.networks === '*' ? [one, test31337] : grant.networks).map((n) => `${operation} ${key} ${n}`),
          ),
        ),
      )
    const asked = fc.tuple(fc.constantFrom(...operations), fc.constantFrom(a, b), fc.constantFrom(one, test31337))
    fc.assert(
      fc.property(fc.array(anyGrant, { maxLength: 3 }), asked, (grants, [operation, key, network]) => {
        const expected = triples(grants).includes(`${operation} ${key} ${network}`)
        expect(permits(principal(...grants), operation, { key, network: network as `${string}:${string}` })).toBe(
          expected,
        )
      }),
    )
  })
})

describe('requirePermit', () => {
  const refused = (grants: readonly Grant[], about: About) =>
    refusalOf(() => requirePermit(principal(...grants), 'sign:transaction', about))

  test('lets the granted pass', () => {
    expect(() => requirePermit(principal(signA), 'sign:transaction', { key: a, network: test31337 })).not.toThrow()
  })

  test('a key without any grant looks like no key, whatever other grants there are', async () => {
    const strangers = await Promise.all([refused([], { key: b }), refused([signA], { key: b })])
    for (const { code, message, particulars } of strangers) {
      expect({ code, message, particulars }).toEqual({
        code: 'key-not-found',
        message: 'There is no such key, or the client holds no grant on it',
        particulars: {},
      })
    }
  })

  test('a granted key says which check failed, got and allowed', async () => {
    const network = await refused([signA], { key: a, network: one })
    expect(network.code).toBe('denied')
    expect(network.particulars.checks).toEqual([
      { name: 'grant operation', ok: true, got: 'sign:transaction', allowed: 'sign:transaction' },
      { name: 'grant network', ok: false, got: one, allowed: test31337 },
    ])
    const operation = await refused([{ ...readAll, keys: [a] }], { key: a, network: one })
    expect(operation.particulars.checks).toEqual([
      { name: 'grant operation', ok: false, got: 'sign:transaction', allowed: 'keys:read' },
    ])
  })

  test('its checks say nothing about grants on other keys', async () => {
    const mixed = await refused([signA, { ...readAll, keys: [b] }], { key: b, network: one })
    expect(JSON.stringify(mixed.particulars)).not.toContain(test31337)
    expect(mixed.particulars.checks?.[0]?.allowed).toBe('keys:read')
  })

  test('an operation that is about no key is denied, not hidden', async () => {
    const refusal = await refusalOf(() => requirePermit(principal(signA), 'admin'))
    expect(refusal.code).toBe('denied')
  })

  test('a grant without operations is no grant on its keys', () => {
    expect(holdsGrantOn(principal({ ...readAll, operations: [] }), a)).toBe(false)
    expect(holdsGrantOn(principal(readAll), a)).toBe(true)
  })
})

describe('requireAny', () => {
  test('takes a grant of one of them, on whatever key', () => {
    expect(() => requireAny(principal(signA), ['sign:message', 'sign:transaction'])).not.toThrow()
    expect(() => requireAny(principal(readAll), ['keys:read'])).not.toThrow()
  })

  test.each([[[]], [[readAll]], [[admin]]])('refuses whoever holds none: %j', async (grants) => {
    const several = await refusalOf(() => requireAny(principal(...grants), ['sign:message', 'sign:transaction']))
    expect(several).toMatchObject({ code: 'denied', particulars: { checks: [{ name: 'grant operation', ok: false }] } })
    const one = await refusalOf(() => requireAny(principal(...grants), ['relay']))
    expect(one).toEqual(await refusalOf(() => requirePermit(principal(...grants), 'relay')))
  })

  test('a grant that holds elsewhere is none', async () => {
    const bound = { ...readAll, sources: ['10.0.0.0/8'] }
    const from = (address: string) => () => requireAny({ ...principal(bound), address }, ['keys:read'])
    expect(from('10.1.2.3')).not.toThrow()
    expect(await refusalOf(from('192.168.0.1'))).toMatchObject({ code: 'denied' })
  })
})
