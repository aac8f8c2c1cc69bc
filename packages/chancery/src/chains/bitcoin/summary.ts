/** What people read and the register keeps of a transaction. Amounts are base units in decimal text. */
import { toHex } from '../../base/bytes.ts'
import type { JsonObject } from '../../base/json.ts'
import type { BitcoinIntent } from './intent.ts'
import { estimatedVirtualSize } from './proofs.ts'
import { sighashName } from './sighash.ts'
import { isReplaceable, totalOf, txidText } from './transaction.ts'

/** `feeRate` is base units for 1,000 virtual bytes, with signatures as large as they get. */
export function summarise(read: Omit<BitcoinIntent, 'summary' | 'chain' | 'operation' | 'network'>): JsonObject {
  const { psbt, fee, replaced, outputs, on } = read
  const { transaction } = psbt
  const virtualSize = estimatedVirtualSize(transaction, read.inputs)
  return {
    symbol: on.symbol,
    networkName: on.networkName,
    inputs: inputs(read),
    outputs: outputs.map(({ address, amount, script, own }) => {
      const to = address === undefined ? { data: toHex(script) } : { address }
      return { ...to, amount: String(amount), ...(own && { own }) }
    }),
    fee: String(fee),
    feeRate: String((fee * 1000n) / BigInt(virtualSize)),
    virtualSize,
    change: String(totalOf(outputs.filter(({ own }) => own))),
    version: transaction.version,
    lockTime: transaction.lockTime,
    replaceable: isReplaceable(transaction),
    ...(replaced && { replaces: { transaction: replaced.root, fee: String(replaced.fee) } }),
  }
}

function inputs({ psbt, inputs: spent }: Pick<BitcoinIntent, 'psbt' | 'inputs'>): readonly JsonObject[] {
  return psbt.transaction.inputs.map(({ txid, index, sequence }, i) => {
    const { amount = 0n, own, sighashType = 0, signatures = [] } = spent[i] ?? {}
    return {
      txid: txidText(txid),
      index,
      amount: String(amount),
      address: own?.address ?? null,
      form: own?.form ?? null,
      sequence,
      sighash: sighashName(sighashType) ?? null,
      ...(signatures.length > 0 && { signatures: signatures.length }),
    }
  })
}
