/** What a payment claims: each scope once a period, readable, and short whatever a user is called. */
import { describe, expect, test } from 'vitest'
import { toHex, utf8, sha256 } from '../../../src/base/bytes.ts'
import { windowRow } from '../../../src/guard/window.ts'
import type { WalletPolicy } from '../../../src/core/wallet-policy.ts'
import type { AskedPayment } from '../../../src/core/wallet-policies.ts'
import { windowsOf } from '../../../src/wallets/policy/windows.ts'
import { ether, noon, payment, policyOf, rule, token, walletId } from './fixture.ts'

const root = toHex(sha256(utf8('a payment')))
const clock = { now: () => noon }
const claims = (policy: WalletPolicy, asked: AskedPayment) => windowsOf(policy, asked, root, clock)

describe('windows', () => {
  test('count the amount for each scope in its period', () => {
    const windows = [
      { per: 'wallet', period: 'hour', amount: '60' },
      { per: 'user', period: 'day', amount: '70' },
      { per: 'asset', period: 'day', amount: '80' },
    ] as const
    const common = { kind: 'window', amount: 50n, root }
    expect(claims(policyOf(rule({ windows })), payment())).toEqual([
      { ...common, scope: `wallet-policy daily wallet ${walletId}`, period: '2026-11-21T12', limit: 60n },
      { ...common, scope: 'wallet-policy daily user 123', period: '2026-11-21', limit: 70n },
      { ...common, scope: `wallet-policy daily asset ${ether}`, period: '2026-11-21', limit: 80n },
    ])
  })

  test('of all count every payment, limited or not, by the strictest rule about it', () => {
    const all = (count: number) => ({ per: 'all', period: 'day', count }) as const
    const policy = policyOf(
      rule({ windows: [all(7)] }),
      rule({ name: 'strict', users: ['123'], windows: [all(3)] }),
      rule({ name: 'tokens', asset: token }),
    )
    const counted = { kind: 'window', scope: 'wallet-policy * all', period: '2026-11-21', amount: 1n, root }
    expect(claims(policy, payment())).toEqual([{ ...counted, limit: 3n }])
    expect(claims(policy, payment({ user: '124' }))).toEqual([{ ...counted, limit: 7n }])
    expect(claims(policy, payment({ asset: token }))).toEqual([{ ...counted, limit: (1n << 256n) - 1n }])
    expect(claims(policyOf(rule()), payment())).toEqual([])
  })

  test.each([
    ['a long one', 'x'.repeat(5_000)],
    ['one with spaces', 'a b'],
    ['one that is not ASCII', 'Zoë'],
    ['one with NUL', 'a\0b'],
    ['an empty one', ''],
  ])('have a short scope for a user with %s', (_, user) => {
    const windows = [{ per: 'user', period: 'day', amount: '70' }] as const
    const name = 'n'.repeat(40)
    const [claim] = claims(policyOf(rule({ name, windows })), payment({ user }))
    expect(claim?.scope).toMatch(/^wallet-policy n{40} user-sha256 [0-9a-f]{64}$/)
    // A user who is called like a hash is somebody else.
    const like = claim?.scope.slice(-64) ?? ''
    expect(claims(policyOf(rule({ name, windows })), payment({ user: like }))[0]?.scope).not.toBe(claim?.scope)
    if (claim) expect(windowRow(claim).scope.length).toBeLessThanOrEqual(256)
  })

  test('have a short scope for the longest asset and user', () => {
    const asset = `${'n'.repeat(8)}:${'r'.repeat(32)}/${'s'.repeat(8)}:${'t'.repeat(128)}` as const
    const windows = (['asset', 'user', 'wallet'] as const).map((per) => ({ per, period: 'day', amount: '9' }) as const)
    const policy = policyOf(rule({ name: 'n'.repeat(40), asset, windows }))
    const made = claims(policy, payment({ asset, user: 'u'.repeat(128) }))
    expect(made).toHaveLength(3)
    for (const claim of made) expect(windowRow(claim).scope.length).toBeLessThanOrEqual(256)
  })
})
