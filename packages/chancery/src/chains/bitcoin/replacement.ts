/** A transaction that pays more for the same (BIP-125): its effects are those of the one that it replaces. */
import { toHex } from '../../base/bytes.ts'
import { invalid } from '../../core/refusals.ts'
import type { PaidOutput, Replaced, SpentInput } from './intent.ts'
import type { BitcoinNetwork } from './networks.ts'
import { feeOf } from './outputs.ts'
import type { OwnScript } from './own-scripts.ts'
import {
  outpointHex,
  readTransaction,
  rootOf,
  type TransactionOutput,
  type UnsignedTransaction,
} from './transaction.ts'

interface Replacing {
  readonly transaction: UnsignedTransaction
  readonly inputs: readonly SpentInput[]
  readonly outputs: readonly PaidOutput[]
  readonly fee: bigint
  readonly own: readonly OwnScript[]
}

/**
 * The same external outputs, all the coins of the predecessor, and a higher fee. Coins may be added and change may shrink.
 * @throws Refused `invalid-payload`
 */
export function readReplaced(raw: Uint8Array, next: Replacing, on: BitcoinNetwork, where: string): Replaced {
  const transaction = readTransaction(raw, where)
  const amounts = new Map(next.transaction.inputs.map((input, i) => [outpointHex(input), next.inputs[i]]))
  const spent = transaction.inputs.map((input) => {
    const same = amounts.get(outpointHex(input))
    if (same === undefined) throw invalid(where, outpointHex(input), 'a transaction all of whose coins are spent again')
    return same
  })
  const fee = feeOf(spent, transaction.outputs, on, where)
  if (next.fee <= fee) throw invalid(where, `a fee of ${next.fee}`, `a fee above the ${fee} of what is replaced`)
  checkOutputs(transaction.outputs, next, where)
  return { transaction, root: rootOf(transaction), fee }
}

/** Change may be left out or made anew, and nothing else may. */
function checkOutputs(before: readonly TransactionOutput[], { outputs, own }: Replacing, where: string): void {
  const ours = new Set(own.map(({ script }) => toHex(script)))
  const was = external(before.filter(({ script }) => !ours.has(toHex(script))))
  const is = external(outputs.filter((output) => !output.own))
  if (was.join() !== is.join()) {
    throw invalid(
      where,
      'other payments',
      'a transaction whose payments are kept: the same amounts to the same scripts',
    )
  }
}

function external(outputs: readonly TransactionOutput[]): readonly string[] {
  return outputs.map(({ amount, script }) => `${toHex(script)}:${amount}`).toSorted()
}
