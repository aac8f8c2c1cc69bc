/** May a wallet pay? Pure, deny by default: at least one rule is about the payment, and every one that is allows it. */
import { isoTime } from '../../base/clock.ts'
import type { Check, Decision } from '../../core/decision.ts'
import type { Network } from '../../core/names.ts'
import type { WalletPolicy, WalletRule } from '../../core/wallet-policy.ts'
import type { AskedPayment, PaymentDecision } from '../../core/wallet-policies.ts'
import { rulesMet } from './matching.ts'
import { userScope } from './scopes.ts'

/** Times are milliseconds since 1970, by the store's clock. */
export interface Moment {
  readonly now: number
  /** When somebody first asked to pay the destination for this user; absent: never, or nobody asked. */
  readonly destinationSince?: number
}

/** Windows are not judged here: only the store knows what they hold. An amount beyond a whole window is. */
export function evaluatePayment(policy: WalletPolicy, payment: AskedPayment, moment: Moment): PaymentDecision {
  const rules = rulesMet(policy, payment)
  const checks = [someRule(rules, payment), ...sound(payment), ...rules.flatMap((rule) => judge(rule, payment))]
  const waits = rules.flatMap((rule) => waitOf(rule, moment) ?? [])
  const decision = decide([...checks, ...waits.map(({ check }) => check)])
  if (waits.length === 0 || !checks.every(({ ok }) => ok)) return decision
  // Only a wait can stand against it: it is worth coming again, and the time may begin to run.
  const isNew = moment.destinationSince === undefined
  return { ...decision, ...(isNew && { destination: destinationOf(payment) }), ...comeAgain(waits, moment.now) }
}

function comeAgain(waits: readonly Wait[], now: number): Pick<PaymentDecision, 'retryAfter' | 'hint'> {
  const until = Math.max(...waits.map((wait) => wait.until))
  if (until <= now) return {}
  const hint = `The destination is new: ask again from ${isoTime(until)} on`
  return { retryAfter: Math.ceil((until - now) / 1_000), hint }
}

/** Whether a rule asks since when the destination is known. */
export function asksForDestination(policy: WalletPolicy, payment: AskedPayment): boolean {
  return rulesMet(policy, payment).some(({ newDestinationHours }) => newDestinationHours !== undefined)
}

/** Known for each user apart: that one user pays somebody makes him known to no other. */
export function destinationOf({ user, network, to }: Pick<AskedPayment, 'user' | 'network' | 'to'>) {
  return { scope: userScope(user), network, address: to }
}

export interface AskedSweep {
  readonly network: Network
  readonly to: string
  readonly maxFee: bigint
}

/** A sweep goes to the organisation itself, within the network's fee, and nowhere else. No window counts it. */
export function evaluateSweep({ treasury, sweepFees }: WalletPolicy, { network, to, maxFee }: AskedSweep): Decision {
  const own = Object.hasOwn(treasury, network) ? (treasury[network] ?? []) : []
  const fee = Object.hasOwn(sweepFees, network) ? sweepFees[network] : undefined
  return decide([oneOf(`treasury ${network}`, to, own), atMost(`sweep fee ${network}`, maxFee, fee)])
}

function decide(checks: readonly Check[]): Decision {
  return { verdict: checks.every(({ ok }) => ok) ? 'allow' : 'deny', checks }
}

function someRule(rules: readonly WalletRule[], { asset, tier }: AskedPayment): Check {
  const got = rules.map(({ name }) => name).join(', ') || `none for ${asset} of tier ${tier}`
  return { name: 'rules', ok: rules.length > 0, got, allowed: 'at least 1' }
}

/** Nobody pays nothing, or less. */
function sound({ amount }: AskedPayment): readonly Check[] {
  return amount > 0n ? [] : [{ name: 'amount', ok: false, got: String(amount), allowed: 'at least 1' }]
}

function judge(rule: WalletRule, { to, amount, maxFee }: AskedPayment): readonly Check[] {
  const { name, recipients, denied = [], windows = [] } = rule
  const amounts = windows.flatMap((one) => (one.per === 'all' ? [] : [one]))
  return [
    oneOf(`${name} recipient`, to, recipients),
    ...(denied.length === 0 ? [] : [noneOf(`${name} denied`, to, denied)]),
    atMost(`${name} maximum`, amount, rule.maximum),
    atMost(`${name} maximum fee`, maxFee, rule.maximumFee),
    ...amounts.map((one) => atMost(`${name} ${one.per} ${one.period}`, amount, one.amount)),
  ]
}

const hour = 3_600_000

interface Wait {
  readonly check: Check
  /** Milliseconds since 1970. */
  readonly until: number
}

function waitOf(rule: WalletRule, { now, destinationSince }: Moment): Wait | undefined {
  const { name, newDestinationHours: hours } = rule
  if (hours === undefined) return undefined
  const until = (destinationSince ?? now) + hours * hour
  const got =
    destinationSince === undefined ? 'asked for now, for the first time' : `since ${isoTime(destinationSince)}`
  const check = { name: `${name} new destination`, ok: now >= until, got, allowed: `from ${isoTime(until)} on` }
  return { check, until }
}

function oneOf(name: string, got: string, allowed: readonly string[] | '*'): Check {
  if (allowed === '*') return { name, ok: true, got, allowed: 'any' }
  return { name, ok: allowed.includes(got), got, allowed: list(allowed) }
}

function noneOf(name: string, got: string, denied: readonly string[]): Check {
  return { name, ok: !denied.includes(got), got, allowed: `any but ${list(denied)}` }
}

const decimal = /^(?:0|[1-9][0-9]*)$/

/** What is no decimal amount allows nothing. */
function atMost(name: string, got: bigint, limit: string | undefined): Check {
  const most = limit !== undefined && decimal.test(limit) ? BigInt(limit) : undefined
  const ok = most !== undefined && got >= 0n && got <= most
  return { name, ok, got: String(got), allowed: most === undefined ? 'none' : `at most ${most}` }
}

/** Long lists are cut short: a check is read by people. */
function list(names: readonly string[]): string {
  if (names.length === 0) return 'none'
  const shown = names.slice(0, 20).join(', ')
  return names.length > 20 ? `${shown}, and ${names.length - 20} more` : shown
}
