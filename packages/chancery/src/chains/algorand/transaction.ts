/** One unsigned transaction: decoded, encoded again, and held against the protocol's bounds. */
import { decodeUnsignedTransaction, type Transaction } from 'algosdk'
import { equal } from '../../base/bytes.ts'
import type { Network } from '../../core/names.ts'
import { invalid, notCanonical, unsupported } from '../../core/refusals.ts'
import { readBase64 } from './base64.ts'
import { isWhole } from './msgpack.ts'
import { checkGenesis } from './networks.ts'

/** Consensus parameters of go-algorand, config/consensus.go: MaxTxnLife, MaxTxnNoteBytes. */
const longestLife = 1_000n
const longestNote = 1_024

/**
 * Canonical MessagePack alone has one encoding a transaction, and so one id: what does not come out again as it came in is
 * refused, unknown fields included.
 * @throws Refused
 */
export function readTransaction(value: unknown, where: string, network: Network): Transaction {
  const bytes = readBase64(value, where)
  const transaction = decoded(bytes, where)
  const again = transaction.toByte()
  if (!equal(again, bytes))
    throw notCanonical(where, difference(bytes, again), 'canonical MessagePack, nothing left out')
  checkNames(transaction, where)
  checkGenesis(transaction, network, where)
  checkBounds(transaction, where)
  return transaction
}

function decoded(bytes: Uint8Array, where: string): Transaction {
  const unlike = () => invalid(where, `${bytes.length} other bytes`, 'an unsigned transaction in MessagePack')
  if (!isWhole(bytes)) throw unlike()
  try {
    return decodeUnsignedTransaction(bytes)
  } catch {
    throw unlike()
  }
}

/** Says where, not what: in this place people have sent private keys. */
function difference(got: Uint8Array, canonical: Uint8Array): string {
  const at = got.findIndex((byte, i) => byte !== canonical[i])
  return `${got.length} bytes that differ from the canonical ${canonical.length} at byte ${at === -1 ? got.length : at}`
}

/** The decoder lets half a surrogate pair pass, which is no Unicode: people could not be shown what is signed. */
function checkNames({ assetConfig }: Transaction, where: string): void {
  const { unitName = '', assetName = '', assetURL = '' } = assetConfig ?? {}
  const names = Object.entries({ unitName, assetName, assetURL })
  const [odd] = names.find(([, name]) => !name.isWellFormed()) ?? []
  if (odd !== undefined) throw invalid(`${where}.${odd}`, 'bytes that are no UTF-8', 'well-formed Unicode')
}

function checkBounds(transaction: Transaction, where: string): void {
  const { type, firstValid, lastValid, note } = transaction
  if (type === 'stpf') throw unsupported(`${where}.type`, type, 'State proofs are made by the network, not by accounts')
  if (lastValid < firstValid || lastValid - firstValid > longestLife) {
    const got = `${firstValid} to ${lastValid}`
    throw invalid(`${where}.lastValid`, got, `at most ${longestLife} rounds after firstValid, and not before it`)
  }
  if (note.length > longestNote) throw invalid(`${where}.note`, `${note.length} bytes`, `at most ${longestNote} bytes`)
}
