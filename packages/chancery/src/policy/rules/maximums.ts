/** Per asset, the transfers and approvals of one request add up to no more than the maximum. No maximum allows nothing. */
import type { Check, Question } from '../../core/decision.ts'
import type { Effect } from '../../core/facts.ts'
import type { AssetId } from '../../core/names.ts'
import { amountOf, type Rule } from '../rule.ts'

export const maximums: Rule = ({ facts, rules }) => {
  const moving = facts.effects.filter(movesAsset)
  const assets = [...new Set(moving.map(({ asset }) => asset))]
  return assets.map((asset) =>
    withinMaximum(
      asset,
      moving.filter((effect) => effect.asset === asset),
      rules,
    ),
  )
}

type Moving = Extract<Effect, { readonly kind: 'transfer' | 'approval' }>

function movesAsset(effect: Effect): effect is Moving {
  return effect.kind === 'transfer' || effect.kind === 'approval'
}

function withinMaximum(asset: AssetId, moving: readonly Moving[], rules: Question['rules']): Check {
  const sum = moving.reduce((total, { amount }) => total + amount, 0n)
  const maximum = amountOf(rules.maximums, asset)
  // An amount below zero would make room for another one.
  const ok = maximum !== undefined && sum <= maximum && moving.every(({ amount }) => amount >= 0n)
  return {
    name: `maximum ${asset}`,
    ok,
    got: String(sum),
    allowed: maximum === undefined ? 'none' : `at most ${maximum}`,
  }
}
