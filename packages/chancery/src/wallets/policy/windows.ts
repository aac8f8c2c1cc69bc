/** What a payment counts against: claimed in the round that accepts it, and never given back, whatever becomes of it. */
import type { Clock } from '../../base/clock.ts'
import type { Hex } from '../../base/bytes.ts'
import type { WindowClaim } from '../../core/claim.ts'
import { dayOf, hourOf } from '../../core/period.ts'
import type { WalletPolicy, WalletRule, WalletWindow } from '../../core/wallet-policy.ts'
import type { AskedPayment } from '../../core/wallet-policies.ts'
import { rulesMet } from './matching.ts'
import { everyPayment, ruleScope, userScope } from './scopes.ts'

type Period = WalletWindow['period']
type Counting = Extract<WalletWindow, { per: 'all' }>
type Adding = Exclude<WalletWindow, Counting>

/** Where nobody limits what is counted all the same: uint256, the largest there is. */
const unlimited = (1n << 256n) - 1n

/**
 * The claims of one payment; `root` names it, so that it counts once, however often it is signed. No two of them have one
 * scope and period. Whether the payment is allowed, `evaluatePayment` says.
 */
export function windowsOf(
  policy: WalletPolicy,
  payment: AskedPayment,
  root: Hex,
  clock: Pick<Clock, 'now'>,
): readonly WindowClaim[] {
  const now = clock.now()
  const common = (period: Period) => ({ kind: 'window', period: periodName(period, now), root }) as const
  const met = rulesMet(policy, payment)
  const adding = met.flatMap((rule) =>
    addingWindows(rule).map((window): WindowClaim => ({
      ...common(window.period),
      scope: scopeOf(rule, window, payment),
      amount: payment.amount,
      limit: BigInt(window.amount),
    })),
  )
  const counting = countedPeriods(policy).map((period): WindowClaim => ({
    ...common(period),
    scope: everyPayment,
    amount: 1n,
    limit: countOf(met, period),
  }))
  return [...adding, ...counting]
}

export function periodName(period: Period, now: number): string {
  return period === 'day' ? dayOf(now) : hourOf(now)
}

/** What the scopes of a window begin with, whoever is counted. */
export function scopePrefix(rule: Pick<WalletRule, 'name'>, per: Adding['per']): string {
  return `${ruleScope(rule.name)} ${per}`
}

function scopeOf(rule: WalletRule, { per }: Adding, { wallet, user, asset }: AskedPayment): string {
  if (per === 'user') return `${ruleScope(rule.name)} ${userScope(user)}`
  return `${scopePrefix(rule, per)} ${per === 'wallet' ? wallet : asset}`
}

function addingWindows({ windows = [] }: WalletRule): readonly Adding[] {
  return windows.flatMap((window) => (window.per === 'all' ? [] : [window]))
}

function countingWindows({ windows = [] }: WalletRule): readonly Counting[] {
  return windows.flatMap((window) => (window.per === 'all' ? [window] : []))
}

/** Where one rule of the policy counts all payments, all are counted: also those that it is not about. */
function countedPeriods({ rules }: WalletPolicy): readonly Period[] {
  return [...new Set(rules.flatMap(countingWindows).map(({ period }) => period))]
}

/** The strictest of the rules that are about the payment. */
function countOf(met: readonly WalletRule[], period: Period): bigint {
  const counts = met.flatMap(countingWindows).filter((window) => window.period === period)
  return counts.reduce((least, { count }) => (BigInt(count) < least ? BigInt(count) : least), unlimited)
}
