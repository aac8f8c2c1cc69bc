/** Signed transactions as they are broadcast, read strictly. */
import { decodeMsgpack, encodeMsgpack, SignedTransaction } from 'algosdk'
import { equal } from '../../base/bytes.ts'
import { notCanonical } from '../../core/refusals.ts'
import { isWhole } from './msgpack.ts'

/**
 * Undefined for bytes that are none: what is signed has the member `txn`, which no unsigned transaction has.
 * @throws Refused `not-canonical` for one that would be sent in other bytes
 */
export function readSigned(raw: Uint8Array, where: string): SignedTransaction | undefined {
  const read = decoded(raw)
  if (read === undefined || equal(read.again, raw)) return read?.signed
  throw notCanonical(where, `${raw.length} bytes`, 'canonical MessagePack, nothing left out')
}

function decoded(raw: Uint8Array) {
  if (!isWhole(raw)) return undefined
  try {
    const signed = decodeMsgpack(raw, SignedTransaction)
    return { signed, again: encodeMsgpack(signed) }
  } catch {
    return undefined
  }
}
