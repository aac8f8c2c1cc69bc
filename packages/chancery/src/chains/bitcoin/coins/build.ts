/** From chosen coins to what is handed to the signer. */
import { equal } from '../../../base/bytes.ts'
import type { BuiltSpend } from '../../../core/coins.ts'
import type { OwnScript } from '../own-scripts.ts'
import type { TransactionOutput } from '../transaction.ts'
import { psbtOf, withChange } from './draft.ts'
import { inOrderOfPoints, type OwnCoin } from './owner.ts'
import type { Selected } from './selection.ts'

/** Payments in their order, and between them what is left: change where it goes to `own`. */
export function build(
  { coins, change, fee, virtualSize }: Selected<OwnCoin>,
  payments: readonly TransactionOutput[],
  own: OwnScript,
  to: Uint8Array = own.script,
): BuiltSpend {
  const inputs = inOrderOfPoints(coins)
  const outputs = change === 0n ? payments : withChange(inputs, payments, { script: to, amount: change })
  return {
    value: { psbt: psbtOf({ inputs, outputs }) },
    spends: inputs.map(({ txid, index }) => ({ txid, index })),
    from: [...new Set(inputs.map((input) => input.own.address))],
    fee,
    virtualSize,
    ...(change > 0n && equal(to, own.script) && { change: { address: own.address, amount: change } }),
  }
}
