import { amountOf, type Rule } from '../rule.ts'

/** The most the fee can come to is within the network's maximum. A fee of zero needs none: gas-free chains charge none. */
export const fee: Rule = ({ facts, network, rules }) => {
  if (facts.fee === undefined) return []
  const { max } = facts.fee
  const where = facts.network ?? network ?? 'none'
  const allowed = amountOf(rules.fees, where) ?? 0n
  return [{ name: `fee ${where}`, ok: max >= 0n && max <= allowed, got: String(max), allowed: `at most ${allowed}` }]
}
