/**
 * A key as a signer of algosdk and AlgoKit, in the process of the service. `chancery/client` gives the same object over HTTP.
 * By its shape alone: of algosdk only the caller's transactions come in here.
 */
import { toHex } from '../base/bytes.ts'
import { systemClock } from '../base/clock.ts'
import { deadlineIn } from '../base/deadline.ts'
import type { JsonObject } from '../base/json.ts'
import { operatorPrincipal } from '../compose.ts'
import type { Principal } from '../core/access.ts'
import type { Call } from '../core/call.ts'
import { Failed, invalidRequest } from '../core/errors.ts'
import type { KeyId, Network, SignOperation } from '../core/names.ts'
import type { Services } from '../core/services.ts'

/** What of algosdk's `Transaction` is used. */
export interface AlgorandTransaction {
  readonly group?: Uint8Array
  /** Its canonical MessagePack. */
  toByte(): Uint8Array
}

export interface AlgorandSigner {
  /** The account it signs for: one that was rekeyed to the key, where there is one, else the key's own. */
  readonly address: string
  /** algosdk's `TransactionSigner`: the signed transactions of the given places, in their order. */
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
  /** `algorand:` and the first 32 characters of the genesis hash in base64url. */
  readonly network: Network
  /**
   * Who asks. Left out, the process itself does, and may ask this key for transactions and messages on this network; what the
   * key signs its rules decide in either case.
   */
  readonly principal?: Principal
}

/** Every method throws what `signing.sign` throws. @throws what `keyring.get` throws; Refused for a key of another chain */
export async function algorandSigner(
  { keyring, signing }: Pick<Services, 'keyring' | 'signing'>,
  { key: name, network, principal }: AlgorandOptions,
): Promise<AlgorandSigner> {
  const { key } = await keyring.get(name, callOf(principal ?? operatorPrincipal))
  const address = key.accounts?.[0] ?? key.address
  if (key.family !== 'algorand' || address === undefined) throw invalidRequest('key', key.family, 'a key of algorand')
  const asker = principal ?? processItself(key.id, network)
  const result = async (operation: SignOperation, value: unknown) =>
    (await signing.sign({ key: key.id, operation, network, value }, callOf(asker))).signed.result
  const signer = signerOf((transactions) => result('sign:transaction', transactions))
  const signTransactions: AlgorandSigner['signTransactions'] = (all) => signer(all, [...all.keys()])
  return {
    address,
    signer,
    signTransactions,
    signTransaction: async (transaction) => only(await signTransactions([transaction])),
    signBytes: async (bytes) => bytesOf((await result('sign:message', { bytes: toHex(bytes) }))['signature']),
  }
}

/** It runs where the keys are, so that no credential could keep it out; the register tells it from every client. */
function processItself(key: KeyId, network: Network): Principal {
  const operations = ['sign:transaction', 'sign:message'] as const
  const grants = [{ operations, keys: [key], networks: [network] }]
  return { client: 'cli_in-process', name: 'in-process', grants, scheme: 'built-in' }
}

/** The HTTP edge gives a signature as long. */
function callOf(principal: Principal): Call {
  return { principal, deadline: deadlineIn(15_000, systemClock) }
}

/** ARC-1's wallet transactions in; a signed transaction or null for each of them out. */
type SignBatch = (batch: readonly JsonObject[]) => Promise<JsonObject>

function signerOf(signBatch: SignBatch): AlgorandSigner['signer'] {
  return async (transactions, indexesToSign) => {
    const items = itemsOf(transactions, indexesToSign)
    const signed = new Map<number, Uint8Array>()
    for (const batch of batchesOf(items)) {
      const answers = answersOf(await signBatch(batch.map(({ asked }) => asked)))
      batch.forEach(({ place, isSigned }, i) => isSigned && signed.set(place, bytesOf(answers[i])))
    }
    return indexesToSign.flatMap((place) => signed.get(place) ?? [])
  }
}

interface Item {
  readonly place: number
  /** The group's id; `0x` for a transaction that stands alone. */
  readonly group: string
  readonly isSigned: boolean
  readonly asked: JsonObject
}

/** @throws RangeError for a place where there is no transaction: nothing could be given for it. */
function itemsOf(transactions: readonly AlgorandTransaction[], indexesToSign: readonly number[]): readonly Item[] {
  const missing = indexesToSign.find((place) => transactions[place] === undefined)
  if (missing !== undefined) throw new RangeError(`there is no transaction ${missing} among ${transactions.length}`)
  return transactions.map((transaction, place) => {
    const isSigned = indexesToSign.includes(place)
    const txn = Buffer.from(transaction.toByte()).toString('base64')
    const asked = { txn, ...(isSigned ? {} : { signers: [] }) }
    return { place, group: toHex(transaction.group ?? new Uint8Array()), isSigned, asked }
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

function answersOf({ transactions }: JsonObject): readonly unknown[] {
  if (!Array.isArray(transactions)) throw unexpected()
  return transactions
}

function bytesOf(base64: unknown): Uint8Array {
  if (typeof base64 !== 'string') throw unexpected()
  return Uint8Array.from(Buffer.from(base64, 'base64'))
}

function only(signed: readonly Uint8Array[]): Uint8Array {
  const [first] = signed
  if (first === undefined) throw unexpected()
  return first
}

function unexpected(): Failed {
  return new Failed('internal', 'The chain assembled something else than one signature for what was asked')
}
