/** How full the windows of wallets are, as last looked at: for whoever watches, by rule and period, never by user. */
import type { Deadline } from '../../base/deadline.ts'
import type { WalletPolicy, WalletRule, WalletWindow } from '../../core/wallet-policy.ts'
import type { Store } from '../../core/store.ts'
import type { PolicyRooms } from './rooms.ts'
import { everyPayment } from './scopes.ts'
import { periodName, scopePrefix } from './windows.ts'

export interface Fullness {
  readonly rule: string
  readonly period: WalletWindow['period']
  /** Of the fullest wallet, user or asset, or of all payments: 0 to 1, and more where a limit was lowered. */
  readonly ratio: number
}

type Rooms = Pick<PolicyRooms, 'clock'> & { readonly store: Pick<Store, 'windowTotal' | 'fullestWindow'> }

/** One question of the store for each window of the policy, one after the other: nobody waits for it. */
export async function fullnessOf(
  rooms: Rooms,
  { rules }: WalletPolicy,
  deadline: Deadline,
): Promise<readonly Fullness[]> {
  const found = new Map<string, Fullness>()
  for (const rule of rules) {
    for (const window of rule.windows ?? []) {
      const { period } = window
      const ratio = ratioOf(await usedOf(rooms, rule, window, deadline), limitOf(window))
      const name = `${rule.name} ${period}`
      found.set(name, { rule: rule.name, period, ratio: Math.max(ratio, found.get(name)?.ratio ?? 0) })
    }
  }
  return [...found.values()]
}

async function usedOf(
  { store, clock }: Rooms,
  rule: WalletRule,
  window: WalletWindow,
  deadline: Deadline,
): Promise<bigint> {
  const period = periodName(window.period, clock.now())
  const found =
    window.per === 'all'
      ? store.windowTotal(everyPayment, period, deadline)
      : store.fullestWindow(scopePrefix(rule, window.per), period, deadline)
  return (await found) ?? 0n
}

function limitOf(window: WalletWindow): bigint {
  return BigInt(window.per === 'all' ? window.count : window.amount)
}

/** To four digits. What may take nothing is not full before it holds something. */
function ratioOf(used: bigint, limit: bigint): number {
  if (limit === 0n) return used === 0n ? 0 : 1
  return Number((used * 10_000n) / limit) / 10_000
}
