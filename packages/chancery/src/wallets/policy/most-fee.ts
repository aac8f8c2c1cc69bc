/** The most a payment's fee may come to, by the rules it meets. */
import type { WalletPolicy } from '../../core/wallet-policy.ts'
import { rulesMet, type Met } from './matching.ts'

/** The strictest of them; 0 where none is about the payment, which is then refused anyway. */
export function mostFee(policy: WalletPolicy, payment: Met): bigint {
  const [first = 0n, ...rest] = rulesMet(policy, payment).map(({ maximumFee }) => BigInt(maximumFee))
  return rest.reduce((least, one) => (one < least ? one : least), first)
}
