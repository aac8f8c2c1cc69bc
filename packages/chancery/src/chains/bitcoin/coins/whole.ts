/** Whole transactions, as far as coins are concerned: what they spend, what they make, and what they weigh. */
import type { OutPoint } from '../../../core/coins.ts'
import { isReplaceable, readTransaction, type TransactionOutput, txidText } from '../transaction.ts'

export interface WholeTransaction {
  /** As people read it. */
  readonly txid: string
  /** Without witnesses: what the id is the hash of. */
  readonly stripped: Uint8Array
  readonly inputs: readonly OutPoint[]
  readonly outputs: readonly TransactionOutput[]
  readonly virtualSize: number
  /** It says that one which pays more may take its place (BIP-125). */
  readonly replaceable: boolean
}

/** One that paid the wallet hundreds of times is read once, not for each of its coins. Nobody writes into the bytes. */
const known = new WeakMap<Uint8Array, WholeTransaction>()

/** @throws Refused unless it is one whole transaction and nothing else, in its one encoding */
export function readWhole(bytes: Uint8Array, where: string): WholeTransaction {
  const whole = known.get(bytes) ?? read(bytes, where)
  known.set(bytes, whole)
  return whole
}

function read(bytes: Uint8Array, where: string): WholeTransaction {
  const transaction = readTransaction(bytes, where)
  const { txid, stripped, inputs, outputs, virtualSize } = transaction
  const spent = inputs.map((input) => ({ txid: txidText(input.txid), index: input.index }))
  return {
    txid: txidText(txid),
    stripped,
    inputs: spent,
    outputs,
    virtualSize,
    replaceable: isReplaceable(transaction),
  }
}

/** New coins of a block's miner. */
export function isCoinbase({ inputs: [first] }: WholeTransaction): boolean {
  return first?.index === 0xffffffff && /^0+$/.test(first.txid)
}

/** One name for an output, wherever it is spoken of. */
export function pointName({ txid, index }: OutPoint): string {
  return `${txid}:${index}`
}
