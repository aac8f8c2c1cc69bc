import { opaqueOperations } from '../../core/names.ts'
import { oneOf, type Rule } from '../rule.ts'

/** The network that was asked for is allowed, and the intent is for that one. A bare digest belongs to no network. */
export const network: Rule = ({ operation, network: asked, facts, rules }) => {
  if (opaqueOperations.includes(operation)) return []
  const named = asked ?? facts.network
  const allowed = oneOf('network', named ?? 'none', rules.networks)
  if (facts.network === undefined || facts.network === named) return [allowed]
  return [allowed, { name: 'network of the intent', ok: false, got: facts.network, allowed: named ?? 'none' }]
}
