/** The policy of wallets as its documentation says it, over the list of everything that was paid. Slow, and short. */
import { periodOf } from '../../../src/core/period.ts'
import type { WalletPolicy, WalletRule, WalletWindow } from '../../../src/core/wallet-policy.ts'
import type { AskedPayment } from '../../../src/core/wallet-policies.ts'

export interface Paid extends AskedPayment {
  readonly at: number
}

/** First requests to pay somebody, by user and address. */
export type Known = ReadonlyMap<string, number>

export function mayPay(policy: WalletPolicy, paid: readonly Paid[], known: Known, asked: Paid): boolean {
  const rules = policy.rules.filter((rule) => isAbout(rule, asked))
  return rules.length > 0 && asked.amount > 0n && rules.every((rule) => allows(rule, paid, known, asked))
}

export function isAbout(rule: WalletRule, { asset, tier, user }: AskedPayment): boolean {
  if (rule.asset !== asset) return false
  if (rule.tiers && !rule.tiers.some((one) => one === tier)) return false
  return !rule.users || rule.users.some((one) => one === user)
}

function allows(rule: WalletRule, paid: readonly Paid[], known: Known, asked: Paid): boolean {
  const { to, amount, maxFee, at } = asked
  if (rule.recipients !== '*' && !rule.recipients.includes(to)) return false
  if (rule.denied?.includes(to)) return false
  if (amount > BigInt(rule.maximum) || maxFee > BigInt(rule.maximumFee)) return false
  const first = known.get(`${asked.user} ${to}`) ?? at
  if (at < first + (rule.newDestinationHours ?? 0) * 3_600_000) return false
  return (rule.windows ?? []).every((window) => used(rule, window, paid, asked) + own(window, asked) <= limit(window))
}

/** What a window holds at the moment of a payment, out of everything that was paid. */
export function used(rule: WalletRule, window: WalletWindow, paid: readonly Paid[], asked: Paid): bigint {
  const now = new Date(asked.at).toISOString().slice(0, window.period === 'day' ? 10 : 13)
  const period = periodOf(now)
  if (period === undefined) throw new Error('no period')
  const inside = paid.filter(({ at }) => at >= period.start && at < period.end)
  if (window.per === 'all') return BigInt(inside.length)
  const same = inside.filter(
    (one) => isAbout(rule, one) && (window.per === 'asset' || one[window.per] === asked[window.per]),
  )
  return same.reduce((sum, { amount }) => sum + amount, 0n)
}

export function limit(window: WalletWindow): bigint {
  return window.per === 'all' ? BigInt(window.count) : BigInt(window.amount)
}

function own(window: WalletWindow, { amount }: AskedPayment): bigint {
  return window.per === 'all' ? 1n : amount
}
