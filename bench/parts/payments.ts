/** Unsigned Algorand payments of nothing to oneself, each with a note of its own: made by algosdk once, then only the note changes. */
import { Address, makePaymentTxnWithSuggestedParamsFromObject } from 'algosdk'

export const algorandTestnet = 'algorand:SGO1GKSzyE7IEPItTxCByw9x8FmnrCDe'

const mark = Buffer.alloc(8, 0xee)

export function payments(address: string): () => Buffer {
  const self = Address.fromString(address)
  const bytes = makePaymentTxnWithSuggestedParamsFromObject({
    sender: self,
    receiver: self,
    amount: 0,
    note: mark,
    suggestedParams: {
      fee: 1_000n,
      minFee: 1_000n,
      flatFee: true,
      firstValid: 1_000n,
      lastValid: 2_000n,
      genesisID: 'testnet-v1.0',
      genesisHash: Buffer.from('SGO1GKSzyE7IEPItTxCByw9x8FmnrCDexi9/cOUJOiI=', 'base64'),
    },
  }).toByte()
  const at = Buffer.from(bytes).indexOf(mark)
  let count = 0
  return () => {
    const one = Buffer.from(bytes)
    one.writeBigUInt64BE(BigInt(++count), at)
    return one
  }
}
