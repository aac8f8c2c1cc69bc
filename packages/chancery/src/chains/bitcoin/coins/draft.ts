/** An unsigned transaction: its parts in order, as a PSBT (BIP-174, version 0). */
import { PSBTInput } from '@scure/btc-signer/psbt.js'
import { RawOutput } from '@scure/btc-signer/script.js'
import { fromHex, sha256, utf8 } from '../../../base/bytes.ts'
import type { KeyMap } from '../psbt-maps.ts'
import { pair, unsignedPsbt } from '../psbt-writing.ts'
import { replaceableSequence, type TransactionOutput } from '../transaction.ts'
import type { OwnCoin } from './owner.ts'
import { pointName } from './whole.ts'

export interface Draft {
  readonly inputs: readonly OwnCoin[]
  readonly outputs: readonly TransactionOutput[]
}

/**
 * The same parts always give the same bytes: an order that is built again after a crash claims its coins for the same root.
 * Change stands where the hash of inputs and script sorts among those of the payments, which stay in their order. So it is
 * not always the last, which would tell everybody which output is ours. Nor does the rule itself tell it of a transaction
 * with one payment: of two outputs, whichever is change, the one with the smaller hash stands first.
 */
export function withChange(
  inputs: readonly OwnCoin[],
  payments: readonly TransactionOutput[],
  change: TransactionOutput,
): readonly TransactionOutput[] {
  const salt = sha256(utf8(inputs.map(pointName).join(' ')))
  const rank = ({ script }: TransactionOutput): Uint8Array => sha256(salt, script)
  const own = rank(change)
  const place = payments.filter((payment) => Buffer.compare(rank(payment), own) < 0).length
  return [...payments.slice(0, place), change, ...payments.slice(place)]
}

/** In base64. Derivations are not written: the service derives again from its own record, and nobody else need know them. */
export function psbtOf({ inputs, outputs }: Draft): string {
  const transaction = { version: 2, lockTime: 0, inputs: inputs.map(inputOf), outputs }
  return unsignedPsbt(transaction, inputs.map(inputMap))
}

function inputOf({ txid, index }: OwnCoin) {
  return { txid: fromHex(`0x${txid}`), index, sequence: replaceableSequence }
}

/**
 * Whole previous transactions, without their witnesses as Bitcoin Core writes them: their id proves the amount. A taproot
 * signature covers all amounts itself, so there the output suffices; the whole would do no harm but make it larger.
 */
function inputMap({ own, parent, value }: OwnCoin): KeyMap {
  if (own.form === 'p2tr') {
    const output = RawOutput.encode({ amount: value, script: own.script })
    return [pair(PSBTInput.witnessUtxo, output), pair(PSBTInput.tapInternalKey, own.publicKey.bytes)]
  }
  return [
    pair(PSBTInput.nonWitnessUtxo, parent.stripped),
    ...(own.redeemScript ? [pair(PSBTInput.redeemScript, own.redeemScript)] : []),
    ...(own.witnessScript ? [pair(PSBTInput.witnessScript, own.witnessScript)] : []),
  ]
}
