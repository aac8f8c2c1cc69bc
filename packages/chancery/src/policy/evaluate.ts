/** May it? The policy over facts: pure, deny by default. */
import type { Decision, Question } from '../core/decision.ts'
import type { Rule } from './rule.ts'
import { effects } from './rules/effects.ts'
import { fee } from './rules/fee.ts'
import { keyKind } from './rules/key-kind.ts'
import { maximums } from './rules/maximums.ts'
import { network } from './rules/network.ts'
import { operation } from './rules/operation.ts'

/** In the order their checks are listed. */
const everyRule: readonly Rule[] = [keyKind, operation, network, effects, maximums, fee]

/**
 * Allows when every check of every rule passes. All checks are made and listed, passed ones included, in a stable order:
 * a caller mends them all at once. `needs-approval` is not given yet.
 */
export function evaluate(question: Question): Decision {
  const checks = everyRule.flatMap((rule) => rule(question))
  return { verdict: checks.every(({ ok }) => ok) ? 'allow' : 'deny', checks }
}
