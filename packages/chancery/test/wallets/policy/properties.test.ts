/** Random policies and payments: what is allowed is what the short reference allows, and no window is ever exceeded. */
import fc from 'fast-check'
import { expect, test } from 'vitest'
import { toHex, uint64 } from '../../../src/base/bytes.ts'
import type { WindowClaim } from '../../../src/core/claim.ts'
import type { WalletPolicy, WalletRule, WalletWindow } from '../../../src/core/wallet-policy.ts'
import { destinationOf, evaluatePayment } from '../../../src/wallets/policy/evaluate.ts'
import { windowsOf } from '../../../src/wallets/policy/windows.ts'
import { alice, ether, hour, mallory, network, noon, policyOf, token } from './fixture.ts'
import { isAbout, limit, mayPay, used, type Paid } from './reference.ts'

const user = fc.constantFrom('1', '2', 'a name with spaces')
const tier = fc.constantFrom('native', 'hd')
const asset = fc.constantFrom(ether, token)
const to = fc.constantFrom(alice, mallory)
const some = <T>(of: fc.Arbitrary<T>) => fc.uniqueArray(of, { minLength: 1, maxLength: 3 })

const window: fc.Arbitrary<WalletWindow> = fc.oneof(
  fc.record({
    per: fc.constantFrom('wallet', 'user', 'asset'),
    period: fc.constantFrom('hour', 'day'),
    amount: fc.bigInt({ min: 8n, max: 40n }).map(String),
  }),
  fc.record({
    per: fc.constant('all' as const),
    period: fc.constantFrom('hour', 'day'),
    count: fc.integer({ min: 1, max: 6 }),
  }),
)

const windows = fc.uniqueArray(window, { maxLength: 4, selector: ({ per, period }) => `${per} ${period}` })

const rule: fc.Arbitrary<WalletRule> = fc.record(
  {
    name: fc.constantFrom('a', 'b', 'c'),
    asset,
    tiers: some(tier),
    users: some(user),
    recipients: fc.oneof(fc.constant('*' as const), some(to)),
    denied: fc.uniqueArray(to, { maxLength: 1 }),
    maximum: fc.bigInt({ min: 5n, max: 20n }).map(String),
    maximumFee: fc.bigInt({ min: 1n, max: 3n }).map(String),
    windows,
    newDestinationHours: fc.integer({ min: 0, max: 3 }),
  },
  { requiredKeys: ['name', 'asset', 'recipients', 'maximum', 'maximumFee'] },
)

const policy = fc
  .uniqueArray(rule, { minLength: 1, maxLength: 3, selector: ({ name }) => name })
  .map((rules) => policyOf(...rules))

const asked: fc.Arbitrary<Paid> = fc.record({
  wallet: fc.constantFrom('wal_1' as const, 'wal_2' as const, 'wal_3' as const),
  user,
  tier,
  network: fc.constant(network),
  asset,
  to,
  amount: fc.bigInt({ min: 0n, max: 12n }),
  maxFee: fc.bigInt({ min: 0n, max: 2n }),
  at: fc.integer({ min: 0, max: 30 }).map((steps) => noon + (steps * hour) / 2),
})

const history = fc.array(asked, { maxLength: 30 }).map((all) => all.toSorted((a, b) => a.at - b.at))

/** Windows as a store keeps them: a claim fits with all that was taken before, or nothing is taken. */
function counter() {
  const totals = new Map<string, bigint>()
  const nameOf = ({ scope, period }: WindowClaim) => `${scope} ${period}`
  return (claims: readonly WindowClaim[]): boolean => {
    expect(new Set(claims.map(nameOf)).size).toBe(claims.length)
    const after = claims.map((claim) => [claim, (totals.get(nameOf(claim)) ?? 0n) + claim.amount] as const)
    if (after.some(([claim, total]) => total > claim.limit)) return false
    for (const [claim, total] of after) totals.set(nameOf(claim), total)
    return true
  }
}

function run(given: WalletPolicy, payments: readonly Paid[]) {
  const [take, known, paid] = [counter(), new Map<string, number>(), [] as Paid[]]
  payments.forEach((payment, i) => {
    const name = `${payment.user} ${payment.to}`
    const since = known.get(name)
    const moment = { now: payment.at, ...(since !== undefined && { destinationSince: since }) }
    const { verdict, destination } = evaluatePayment(given, payment, moment)
    const expected = mayPay(given, paid, known, payment)
    const claims = windowsOf(given, payment, toHex(uint64(BigInt(i))), { now: () => payment.at })
    const allowed = verdict === 'allow' && take(claims)
    expect(allowed).toBe(expected)
    if (destination) {
      expect(destination).toEqual(destinationOf(payment))
      known.set(name, payment.at)
    }
    if (allowed) paid.push(payment)
  })
  return paid
}

test('a policy allows what the reference allows, payment after payment, and no window is exceeded', () => {
  const seen = { allowed: 0, refused: 0 }
  fc.assert(
    fc.property(policy, history, (given, payments) => {
      const paid = run(given, payments)
      seen.allowed += paid.length
      seen.refused += payments.length - paid.length
      for (const payment of paid) expectRoom(given, paid, payment)
    }),
    { numRuns: 1_000 },
  )
  expect(Math.min(seen.allowed, seen.refused)).toBeGreaterThan(200)
})

/** Of every window of every rule about the payment. */
function expectRoom(given: WalletPolicy, paid: readonly Paid[], payment: Paid): void {
  for (const one of given.rules.filter((about) => isAbout(about, payment))) {
    for (const part of one.windows ?? []) {
      // `all` may hold more by payments that this rule is not about.
      if (part.per !== 'all') expect(used(one, part, paid, payment)).toBeLessThanOrEqual(limit(part))
    }
  }
}
