/** Every effect is allowed, and there is at least one (safety rule 16). Amounts are judged by `maximums`. */
import type { Check, Question } from '../../core/decision.ts'
import type { Effect } from '../../core/facts.ts'
import { recipientNotShown } from '../../core/facts.ts'
import { dutyOperations, opaqueOperations, type Operation } from '../../core/names.ts'
import { oneOf, type Rule } from '../rule.ts'

type EffectOf<K extends Effect['kind']> = Extract<Effect, { readonly kind: K }>
type Judges = { readonly [K in Effect['kind']]: (effect: EffectOf<K>, question: Question) => readonly Check[] }

/** The type makes a new kind of effect impossible to forget here. */
const judges: Judges = {
  transfer: ({ to }, { rules }) => [oneOf('recipient', to, rules.recipients)],
  approval: ({ spender }, { rules }) => [oneOf('delegate', spender, rules.delegates)],
  authority: ({ what, to }, { rules }) => [
    oneOf('authority', what, rules.authorities),
    ...(to === undefined ? [] : [oneOf('delegate', to, rules.delegates)]),
  ],
  call: ({ contract, selector }, { rules }) => [oneOf('call', `${contract} ${selector}`, rules.calls.map(callText))],
  'typed-data': ({ contract, type }, { rules }) => [
    oneOf('typed data', `${contract} ${type}`, rules.typedData.map(typedDataText)),
  ],
  // The operation is all there is to allow about words.
  message: (_, { operation }) => [oneOf('message', operation, ['sign:message'])],
  // As with words: which duties a key has is said by its operations.
  duty: ({ what }, { operation }) => [
    { name: `duty ${what}`, ok: isDuty(operation), got: operation, allowed: 'a duty' },
  ],
  earnings: ({ to }, { rules }) => [oneOf('recipient', to ?? recipientNotShown, rules.recipients)],
  opaque: (_, { operation }) => [oneOf('opaque bytes', operation, opaqueOperations)],
}

export const effects: Rule = (question) => {
  const { length } = question.facts.effects
  const some = { name: 'effects', ok: length > 0, got: String(length), allowed: 'at least 1' }
  return [some, ...question.facts.effects.flatMap((effect) => judge(effect, question))]
}

function judge<K extends Effect['kind']>(effect: EffectOf<K>, question: Question): readonly Check[] {
  if (!Object.hasOwn(judges, effect.kind)) return [oneOf('effect', effect.kind, Object.keys(judges))]
  const judgeOfKind: Judges[K] = judges[effect.kind as K]
  return judgeOfKind(effect, question)
}

function isDuty(operation: Operation): boolean {
  return dutyOperations.some((duty) => duty === operation)
}

function callText({ contract, selector }: Question['rules']['calls'][number]): string {
  return `${contract} ${selector}`
}

function typedDataText({ contract, type }: Question['rules']['typedData'][number]): string {
  return `${contract} ${type}`
}
