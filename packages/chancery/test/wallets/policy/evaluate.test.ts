/** What the policy of wallets allows: nothing, unless a rule is about it and every rule that is allows it. */
import { describe, expect, test } from 'vitest'
import { evaluatePayment, evaluateSweep } from '../../../src/wallets/policy/evaluate.ts'
import { noWalletPolicy, type WalletRule } from '../../../src/core/wallet-policy.ts'
import { type AskedPayment } from '../../../src/core/wallet-policies.ts'
import { alice, ether, hour, mallory, network, noon, payment, policyOf, rule, token, treasury } from './fixture.ts'

function decide(rules: readonly WalletRule[], asked: AskedPayment, destinationSince?: number) {
  const moment = { now: noon, ...(destinationSince !== undefined && { destinationSince }) }
  return evaluatePayment(policyOf(...rules), asked, moment)
}

const failed = (...given: Parameters<typeof decide>) =>
  decide(...given).checks.flatMap(({ name, ok }) => (ok ? [] : [name]))

describe('a payment', () => {
  test('is allowed by the rule about it, with every check shown', () => {
    const { verdict, checks, destination } = decide([rule({ denied: [mallory] })], payment())
    expect([verdict, destination]).toEqual(['allow', undefined])
    expect(checks).toEqual([
      { name: 'rules', ok: true, got: 'daily', allowed: 'at least 1' },
      { name: 'daily recipient', ok: true, got: alice, allowed: 'any' },
      { name: 'daily denied', ok: true, got: alice, allowed: `any but ${mallory}` },
      { name: 'daily maximum', ok: true, got: '50', allowed: 'at most 100' },
      { name: 'daily maximum fee', ok: true, got: '5', allowed: 'at most 10' },
    ])
  })

  test.each<[string, readonly WalletRule[], Partial<AskedPayment>, string]>([
    ['no rule at all', [], {}, 'rules'],
    ['no rule about its asset', [rule({ asset: token })], {}, 'rules'],
    ['no rule about its tier', [rule({ tiers: ['native', 'hd'] })], {}, 'rules'],
    ['no rule about its user', [rule({ users: ['12', '1234'] })], {}, 'rules'],
    ['a recipient that is not listed', [rule({ recipients: [mallory] })], {}, 'daily recipient'],
    ['nobody listed', [rule({ recipients: [] })], {}, 'daily recipient'],
    ['a denied recipient, whoever else is allowed', [rule({ denied: [alice] })], {}, 'daily denied'],
    ['a unit above the maximum', [rule()], { amount: 101n }, 'daily maximum'],
    ['a unit above the maximum fee', [rule()], { maxFee: 11n }, 'daily maximum fee'],
    ['a fee below zero', [rule()], { maxFee: -1n }, 'daily maximum fee'],
    ['nothing', [rule()], { amount: 0n }, 'amount'],
    ['a maximum that is no amount', [rule({ maximum: '1e9' })], {}, 'daily maximum'],
    [
      'more than a whole window',
      [rule({ windows: [{ per: 'user', period: 'day', amount: '49' }] })],
      {},
      'daily user day',
    ],
  ])('is denied: %s', (_, rules, more, check) => {
    expect(failed(rules, payment(more))).toEqual([check])
    expect(decide(rules, payment(more)).verdict).toBe('deny')
  })

  test('is denied below zero', () => {
    expect(failed([rule()], payment({ amount: -1n }))).toEqual(['amount', 'daily maximum'])
  })

  test('is at the maximum still within it', () => {
    expect(decide([rule()], payment({ amount: 100n, maxFee: 10n })).verdict).toBe('allow')
  })

  test('must be allowed by every rule about it, and those about others say nothing', () => {
    const small = rule({ name: 'small', maximum: '49' })
    expect(failed([rule(), small], payment())).toEqual(['small maximum'])
    expect(failed([rule(), { ...small, users: ['124'] }], payment())).toEqual([])
    expect(failed([rule(), rule({ name: 'sanctions', denied: [alice] })], payment())).toEqual(['sanctions denied'])
  })
})

describe('a new destination', () => {
  const rules = [rule({ newDestinationHours: 24 })]

  test('waits from its first request on, which is noted for the user', () => {
    const decision = decide(rules, payment())
    expect(decision).toMatchObject({
      verdict: 'deny',
      retryAfter: 24 * 3_600,
      destination: { scope: 'user 123', network, address: alice },
      hint: 'The destination is new: ask again from 2026-11-22T12:00:00.000Z on',
    })
    expect(failed(rules, payment())).toEqual(['daily new destination'])
  })

  test('is paid when the time is over, and not a millisecond before', () => {
    const since = noon - 24 * hour
    expect(decide(rules, payment(), since)).toMatchObject({ verdict: 'allow' })
    const early = decide(rules, payment(), since + 1)
    expect(early).toMatchObject({ verdict: 'deny', retryAfter: 1 })
    expect(early.destination).toBeUndefined()
  })

  test('waits for the rule that takes longest', () => {
    const slow = rule({ name: 'slow', newDestinationHours: 48 })
    expect(decide([...rules, slow], payment(), noon - 24 * hour)).toMatchObject({ retryAfter: 24 * 3_600 })
    expect(failed([...rules, slow], payment(), noon - 24 * hour)).toEqual(['slow new destination'])
  })

  test('is not noted, and no time is told, where something else stands against it', () => {
    const { destination, retryAfter, hint } = decide(rules, payment({ amount: 101n }))
    expect([destination, retryAfter, hint]).toEqual([undefined, undefined, undefined])
  })

  test('is noted and paid at once where the delay is none', () => {
    const decision = decide([rule({ newDestinationHours: 0 })], payment())
    expect(decision).toMatchObject({ verdict: 'allow', destination: { address: alice } })
  })
})

describe('a sweep', () => {
  const policy = { ...noWalletPolicy, treasury: { [network]: [treasury] }, sweepFees: { [network]: '10' } }

  test('goes to the treasury, within its fee', () => {
    expect(evaluateSweep(policy, { network, to: treasury, maxFee: 10n }).verdict).toBe('allow')
  })

  test.each([
    ['to anybody else', policy, { network, to: alice, maxFee: 1n }],
    ['for a higher fee', policy, { network, to: treasury, maxFee: 11n }],
    ['on another network', policy, { network: 'eip155:1', to: treasury, maxFee: 1n }],
    ['without a fee', { ...policy, sweepFees: {} }, { network, to: treasury, maxFee: 0n }],
    ['without a policy', noWalletPolicy, { network, to: treasury, maxFee: 1n }],
    ['where a name of every object is a network', policy, { network: 'constructor:1', to: treasury, maxFee: 1n }],
  ] as const)('is denied %s', (_, given, sweep) => {
    expect(evaluateSweep(given, sweep).verdict).toBe('deny')
  })

  test('is not made by a rule that lets anybody be paid', () => {
    expect(evaluateSweep(policyOf(rule({ asset: ether })), { network, to: alice, maxFee: 1n }).verdict).toBe('deny')
  })
})
