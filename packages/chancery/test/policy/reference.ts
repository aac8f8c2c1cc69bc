/**
 * The policy once more, as one boolean written from its description and without looking at the product: safety.md's
 * invariant 5 compares the two.
 */
import type { Question } from '../../src/core/decision.ts'

const duties = ['block', 'attestation', 'aggregation', 'randao', 'sync-committee', 'registration', 'builder']
  .map((what) => `sign:${what}`)
  .concat('sign:payload-attestation')

export function allowedByReference({ facts, operation, network, rules, kind }: Question): boolean {
  if (!rules.operations.includes(operation)) return false
  const bare = operation === 'sign:digest' || operation === 'sign:opaque-root'
  if (bare) {
    if (kind !== 'opaque') return false
  } else {
    const named = network ?? facts.network
    if (kind !== 'decoded' || named === undefined || !rules.networks.includes(named)) return false
    if (facts.network !== undefined && facts.network !== named) return false
  }
  if (facts.effects.length === 0) return false
  const sums = new Map<string, bigint>()
  for (const effect of facts.effects) {
    switch (effect.kind) {
      case 'transfer':
        if (effect.amount < 0n) return false
        if (rules.recipients !== '*' && !rules.recipients.includes(effect.to)) return false
        sums.set(effect.asset, (sums.get(effect.asset) ?? 0n) + effect.amount)
        break
      case 'approval':
        if (effect.amount < 0n || !rules.delegates.includes(effect.spender)) return false
        sums.set(effect.asset, (sums.get(effect.asset) ?? 0n) + effect.amount)
        break
      case 'authority':
        if (!rules.authorities.includes(effect.what)) return false
        if (effect.to !== undefined && !rules.delegates.includes(effect.to)) return false
        break
      case 'call':
        if (!rules.calls.some((c) => c.contract === effect.contract && c.selector === effect.selector)) return false
        break
      case 'typed-data':
        if (!rules.typedData.some((t) => t.contract === effect.contract && t.type === effect.type)) return false
        break
      case 'message':
        if (operation !== 'sign:message') return false
        break
      case 'opaque':
        if (!bare) return false
        break
      case 'duty':
        if (!duties.includes(operation)) return false
        break
      case 'earnings':
        if (rules.recipients !== '*' && !rules.recipients.includes(effect.to ?? 'not-shown')) return false
        break
      default:
        return false
    }
  }
  for (const [asset, sum] of sums) {
    const maximum = Object.entries(rules.maximums).find(([name]) => name === asset)?.[1]
    if (maximum === undefined || sum > BigInt(maximum)) return false
  }
  const fee = facts.fee?.max ?? 0n
  if (fee < 0n) return false
  if (fee === 0n) return true
  const most = Object.entries(rules.fees).find(([name]) => name === (facts.network ?? network))?.[1]
  return most !== undefined && fee <= BigInt(most)
}
