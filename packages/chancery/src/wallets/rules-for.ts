/** The rules a payment is signed under: exactly this recipient, asset, amount and fee, and nothing beside them. */
import type { AssetId, Network } from '../core/names.ts'
import { noRules, type Rules } from '../core/rules.ts'

export function rulesFor(payment: {
  readonly network: Network
  /** The chain's text form. */
  readonly recipients: readonly string[]
  readonly asset: AssetId
  readonly amount: bigint
  readonly maxFee: bigint
}): Rules {
  const { network, recipients, asset, amount, maxFee } = payment
  return {
    ...noRules,
    operations: ['sign:transaction'],
    networks: [network],
    recipients,
    maximums: { [asset]: String(amount) },
    fees: { [network]: String(maxFee) },
  }
}
