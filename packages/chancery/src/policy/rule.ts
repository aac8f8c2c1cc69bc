/** What every rule of the policy is: a pure function from what was asked to the checks it made. */
import type { Check, Question } from '../core/decision.ts'

/** No check means that the rule has nothing to say about this question. */
export type Rule = (question: Question) => readonly Check[]

/** A check that `got` is one of `allowed`. */
export function oneOf(name: string, got: string, allowed: readonly string[] | '*'): Check {
  const any = allowed === '*'
  return { name, ok: any || allowed.includes(got), got, allowed: any ? 'any' : list(allowed) }
}

/** Long lists are cut short: a check is read by people. */
function list(names: readonly string[]): string {
  if (names.length === 0) return 'none'
  const shown = names.slice(0, 20).join(', ')
  return names.length > 20 ? `${shown}, and ${names.length - 20} more` : shown
}

const decimal = /^(?:0|[1-9][0-9]*)$/

/** An amount kept as decimal text, of the record's own members only. What is not one allows nothing. */
export function amountOf(amounts: Readonly<Record<string, string>>, name: string): bigint | undefined {
  const text = Object.hasOwn(amounts, name) ? amounts[name] : undefined
  return text !== undefined && decimal.test(text) ? BigInt(text) : undefined
}
