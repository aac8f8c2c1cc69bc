/** Whose coins a transaction spends that was built here: what came with it proves each. */
import type { JsonObject } from '../../../base/json.ts'
import type { BitcoinNetwork } from '../networks.ts'
import { psbtBytes } from '../parse.ts'
import { readPsbt } from '../psbt.ts'
import { addressOfScript } from '../scripts.ts'
import { spentOutput } from '../spent.ts'

/** @throws Refused for what is no PSBT with all that it spends */
export function spentFrom({ psbt }: JsonObject, network: BitcoinNetwork): readonly string[] {
  const { inputs, transaction } = readPsbt(psbtBytes(psbt, 'psbt'), 'psbt')
  const found = inputs.flatMap((input, i) => {
    const spends = transaction.inputs[i]
    if (spends === undefined) return []
    const { script } = spentOutput(input, spends, `psbt.inputs[${i}]`)
    return addressOfScript(script, network) ?? []
  })
  return [...new Set(found)]
}
