/** Which rules a payment meets. */
import type { WalletPolicy, WalletRule } from '../../core/wallet-policy.ts'
import type { AskedPayment } from '../../core/wallet-policies.ts'

export type Met = Pick<AskedPayment, 'asset' | 'tier' | 'user'>

/** Every one of them must allow it, and there must be one. */
export function rulesMet({ rules }: WalletPolicy, payment: Met): readonly WalletRule[] {
  return rules.filter((rule) => isMet(rule, payment))
}

function isMet({ asset, tiers, users }: WalletRule, payment: Met): boolean {
  return (
    asset === payment.asset &&
    (tiers === undefined || tiers.includes(payment.tier)) &&
    (users === undefined || users.includes(payment.user))
  )
}
