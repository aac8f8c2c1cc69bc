/** What inputs spend: proved by whole transactions, and ours by scripts that are derived again (safety rule 19). */
import { equal, type Hex, toHex } from '../../base/bytes.ts'
import { invalid, refusal, unsupported } from '../../core/refusals.ts'
import type { Psbt, PsbtInput } from './psbt.ts'
import type { OwnScript } from './own-scripts.ts'
import { outpointHex, readTransaction, type TransactionInput, type TransactionOutput, txidText } from './transaction.ts'

/** An input, the output it spends, and what of ours that is. */
export interface OwnInput {
  readonly input: PsbtInput
  readonly outpoint: Hex
  readonly output: TransactionOutput
  readonly own: OwnScript
}

/**
 * All inputs must be the wallet's: what others put in and take out again nobody here could tell from a payment.
 * @throws Refused
 */
export function readSpent(psbt: Psbt, own: readonly OwnScript[], where: string): readonly OwnInput[] {
  const { inputs } = psbt.transaction
  if (inputs.length === 0) throw invalid(where, 'no inputs', 'a transaction with inputs')
  if (new Set(inputs.map(outpointHex)).size !== inputs.length)
    throw invalid(`${where}.inputs`, 'a coin twice', 'every coin once')
  const byScript = new Map(own.map((one) => [toHex(one.script), one]))
  return inputs.map((spends, i) => {
    const place = `${where}.inputs[${i}]`
    const input = psbt.inputs[i]
    if (input === undefined) throw invalid(place, undefined, 'a map for every input')
    const output = spentOutput(input, spends, place)
    const found = byScript.get(toHex(output.script))
    if (found === undefined) {
      const detail = 'An input is not of this key: a transaction is signed only where all its inputs are of one wallet'
      throw unsupported(place, toHex(output.script), detail)
    }
    checkForm(input, found, place)
    return { input, outpoint: outpointHex(spends), output, own: found }
  })
}

/** @throws Refused for an input that comes without what it spends, or with something else */
export function spentOutput(input: PsbtInput, spends: TransactionInput, where: string): TransactionOutput {
  const { nonWitnessUtxo, witnessUtxo } = input
  const proved = nonWitnessUtxo && provedOutput(nonWitnessUtxo, spends, `${where}.nonWitnessUtxo`)
  const output = proved ?? witnessUtxo
  if (output === undefined) throw invalid(`${where}.nonWitnessUtxo`, undefined, 'the whole transaction that is spent')
  if (witnessUtxo && (witnessUtxo.amount !== output.amount || !equal(witnessUtxo.script, output.script))) {
    throw invalid(`${where}.witnessUtxo`, String(witnessUtxo.amount), `the output that is spent, of ${output.amount}`)
  }
  return output
}

/** @throws Refused unless the id of the transaction is the one that is spent, and it has that output. */
function provedOutput(raw: Uint8Array, { txid, index }: TransactionInput, where: string): TransactionOutput {
  const { outputs, txid: id } = readTransaction(raw, where)
  if (!equal(id, txid)) {
    throw refusal('invalid-payload', 'This is not the transaction that is spent', where, txidText(id), txidText(txid))
  }
  const output = outputs[index]
  if (output === undefined) throw invalid(where, `${outputs.length} outputs`, `a transaction with output ${index}`)
  return output
}

/** Only taproot signs all amounts and scripts that are spent, so only it may do without the whole transaction. */
function checkForm(input: PsbtInput, own: OwnScript, where: string): void {
  const { nonWitnessUtxo, witnessUtxo, redeemScript, witnessScript, tapInternalKey } = input
  if (own.form !== 'p2tr' && nonWitnessUtxo === undefined) {
    const wanted = 'the whole transaction that is spent: signatures of this form do not prove every amount'
    throw invalid(`${where}.nonWitnessUtxo`, undefined, wanted)
  }
  if (own.form === 'p2pkh' && witnessUtxo) throw invalid(`${where}.witnessUtxo`, 'an output', 'absent: it is no segwit')
  same(redeemScript, own.redeemScript, `${where}.redeemScript`)
  same(witnessScript, own.witnessScript, `${where}.witnessScript`)
  same(tapInternalKey, own.form === 'p2tr' ? own.publicKey.bytes : undefined, `${where}.tapInternalKey`)
}

/** What is left out is known here anyway. */
function same(got: Uint8Array | undefined, wanted: Uint8Array | undefined, where: string): void {
  if (got === undefined || (wanted !== undefined && equal(got, wanted))) return
  throw invalid(where, toHex(got), wanted === undefined ? 'absent' : toHex(wanted))
}
