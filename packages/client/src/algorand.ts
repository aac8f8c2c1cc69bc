/** A key as a signer of algosdk and AlgoKit, by its shape alone: nothing of algosdk is needed here. */
import { answersOf, base64Of, signatureOf, signedTransactionOf } from './algorand-values.ts'
import type { Client } from './client.ts'
import { hexOf } from './evm-values.ts'

/** What of algosdk's `Transaction` is used. */
export interface AlgorandTransaction {
  readonly group?: Uint8Array
  /** Its canonical MessagePack. */
  toByte(): Uint8Array
}

export interface AlgorandSigner {
  /** The account it signs for: one that was rekeyed to the key, where there is one, else the key's own. */
  readonly address: string
  /**
   * algosdk's `TransactionSigner`: the signed transactions of the given places, in their order. Needs nothing but itself, so
   * that it may be handed on alone.
   */
  readonly signer: (
    transactions: readonly AlgorandTransaction[],
    indexesToSign: readonly number[],
  ) => Promise<Uint8Array[]>
  readonly signTransaction: (transaction: AlgorandTransaction) => Promise<Uint8Array>
  /** All of them, in their order. Of an atomic group all of it has to be there. */
  readonly signTransactions: (transactions: readonly AlgorandTransaction[]) => Promise<Uint8Array[]>
  /** 64 bytes that algosdk's `verifyBytes` takes with the key's own address. */
  readonly signBytes: (bytes: Uint8Array) => Promise<Uint8Array>
}

export interface AlgorandOptions {
  /** An id, alias, public key or address. */
  readonly key: string
  /** A CAIP-2 id: `algorand:` and the first 32 characters of the genesis hash in base64url. */
  readonly network: string
}

/**
 * What comes back holds byte for byte the transactions that were sent, or it is not handed on.
 * @throws ChanceryError; TypeError for a key without an Algorand address.
 */
export async function algorandSigner(client: Client, { key, network }: AlgorandOptions): Promise<AlgorandSigner> {
  const { key: found } = await client.keys.get(key)
  const { id, address: own, publicKey, accounts = [] } = found
  if (own === undefined || !/^[A-Z2-7]{58}$/.test(own)) throw new TypeError(`${key} has no Algorand address`)

  const signBatch = async (batch: readonly Item[]): Promise<readonly Signed[]> => {
    const { result } = await client.sign(id, { network, transactions: batch.map(({ asked }) => asked) })
    const answers = answersOf(result, batch.length)
    return batch.flatMap(({ place, bytes, isSigned }, i) =>
      isSigned ? [{ place, signed: signedTransactionOf(answers[i], bytes, bytesOfHex(publicKey)) }] : [],
    )
  }

  const signer: AlgorandSigner['signer'] = async (transactions, indexesToSign) => {
    const signed = new Map<number, Uint8Array>()
    for (const batch of batchesOf(itemsOf(transactions, indexesToSign))) {
      for (const one of await signBatch(batch)) signed.set(one.place, one.signed)
    }
    return indexesToSign.flatMap((place) => signed.get(place) ?? [])
  }

  const signTransactions = (transactions: readonly AlgorandTransaction[]) =>
    signer(transactions, [...transactions.keys()])

  return {
    address: accounts[0] ?? own,
    signer,
    signTransactions,
    async signTransaction(transaction) {
      const [signed] = await signTransactions([transaction])
      if (signed === undefined) throw new TypeError('there is no transaction')
      return signed
    },
    signBytes: async (bytes) =>
      signatureOf((await client.sign(id, { network, message: { bytes: hexOf(bytes) } })).result),
  }
}

interface Item {
  readonly place: number
  readonly bytes: Uint8Array
  /** The group's id; `0x` for a transaction that stands alone. */
  readonly group: string
  readonly isSigned: boolean
  /** ARC-1's wallet transaction. */
  readonly asked: { readonly txn: string; readonly signers?: readonly [] }
}

interface Signed {
  readonly place: number
  readonly signed: Uint8Array
}

/** @throws RangeError for a place where there is no transaction: nothing could be given for it. */
function itemsOf(transactions: readonly AlgorandTransaction[], indexesToSign: readonly number[]): readonly Item[] {
  const missing = indexesToSign.find((place) => transactions[place] === undefined)
  if (missing !== undefined) throw new RangeError(`there is no transaction ${missing} among ${transactions.length}`)
  return transactions.map((transaction, place) => {
    const bytes = transaction.toByte()
    const isSigned = indexesToSign.includes(place)
    const asked = { txn: base64Of(bytes), ...(isSigned ? {} : { signers: [] as const }) }
    return { place, bytes, group: hexOf(transaction.group ?? new Uint8Array()), isSigned, asked }
  })
}

/** What one request carries: the whole of one group, or so many that stand alone. */
const mostInOne = 16

/** Whatever is not signed goes along for its group's sake only. */
function batchesOf(items: readonly Item[]): readonly (readonly Item[])[] {
  return [...Map.groupBy(items, ({ group }) => group)].flatMap(([group, members]) => {
    const signed = members.filter(({ isSigned }) => isSigned)
    if (group !== '0x') return signed.length === 0 ? [] : [members]
    return Array.from({ length: Math.ceil(signed.length / mostInOne) }, (_, i) =>
      signed.slice(i * mostInOne, (i + 1) * mostInOne),
    )
  })
}

function bytesOfHex(hex: string): Uint8Array {
  return Uint8Array.from(hex.slice(2).match(/../g) ?? [], (byte) => Number.parseInt(byte, 16))
}
