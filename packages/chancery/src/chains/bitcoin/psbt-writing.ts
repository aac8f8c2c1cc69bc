/** Unsigned transactions as PSBTs (BIP-174, version 0): what the readers of this folder take. */
import { type KeyMap, type Pair, writeMaps } from './psbt-maps.ts'
import { encodeUnsigned, type UnsignedTransaction } from './transaction.ts'

/** In base64; `inputs` are one map an input, in their order. */
export function unsignedPsbt(transaction: UnsignedTransaction, inputs: readonly KeyMap[]): string {
  const global = [{ type: 0, keyData: new Uint8Array(), value: encodeUnsigned(transaction) }]
  const maps = [global, ...inputs, ...transaction.outputs.map(() => [])]
  return Buffer.from(writeMaps(maps)).toString('base64')
}

/** A field whose key has no data, by its row in the library's tables. */
export function pair([type]: readonly [number, ...unknown[]], value: Uint8Array): Pair {
  return { type, keyData: new Uint8Array(), value }
}
