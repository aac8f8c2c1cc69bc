/** Sign requests of PSBTs, each spending a coin of its own: made once, then only what names the coin changes. */
import { createHash } from 'node:crypto'
import { scriptOfAddress } from '../../packages/chancery/src/chains/bitcoin/address.ts'
import { networkOf } from '../../packages/chancery/src/chains/bitcoin/networks.ts'
import { encodeUnsigned, readTransaction, txidText } from '../../packages/chancery/src/chains/bitcoin/transaction.ts'
import type { JsonObject } from '../../packages/chancery/src/base/json.ts'
import type { Coin } from '../../packages/chancery/src/core/coins.ts'
import type { Network } from '../../packages/chancery/src/core/names.ts'

/** What the transaction that made the coin spends itself, as it is on the wire; `number` tells coins apart. */
function marked(number: number): Buffer {
  const mark = Buffer.alloc(32, 0xee)
  mark.writeUInt32BE(number)
  return mark
}

export function markedCoin(address: string, amount: bigint, network: Network, number = 0): Coin {
  const script = scriptOfAddress(address, 'address', networkOf(network))
  const input = { txid: new Uint8Array(marked(number).toReversed()), index: 0, sequence: 0xffff_ffff }
  const transaction = encodeUnsigned({ version: 2, lockTime: 0, inputs: [input], outputs: [{ amount, script }] })
  return { txid: txidText(readTransaction(transaction, 'parent').txid), index: 0, transaction, confirmations: 6 }
}

/** Of what a chain of coins built. */
export function psbtIn({ psbt }: JsonObject): Buffer {
  if (typeof psbt !== 'string') throw new Error('no PSBT was built')
  return Buffer.from(psbt, 'base64')
}

/** The request bodies; `psbt` spends a marked coin of number 0. */
export function coinRequests({ network, psbt }: { readonly network: string; readonly psbt: string }): () => string {
  const bytes = Buffer.from(psbt, 'base64')
  const markAt = bytes.indexOf(marked(0))
  // Before the mark of the whole transaction: its version and the count of its inputs. Behind it, how long it is stands there.
  const from = markAt - 5
  const length = bytes[from - 1] ?? 0
  const txidAt = bytes.indexOf(hashed(bytes.subarray(from, from + length)))
  if (markAt < 0 || txidAt < 0 || length > 0xfc) throw new Error('not the PSBT of a marked coin')
  let number = 0
  return () => {
    marked(++number).copy(bytes, markAt)
    hashed(bytes.subarray(from, from + length)).copy(bytes, txidAt)
    return JSON.stringify({ network, transaction: { psbt: bytes.toString('base64') } })
  }
}

function hashed(bytes: Buffer): Buffer {
  const once = createHash('sha256').update(bytes).digest()
  return createHash('sha256').update(once).digest()
}
