/** Transactions as the wire has them. Read strictly: what is not written again to the same bytes is refused. */
import { RawOldTx, RawTx } from '@scure/btc-signer/script.js'
import { concat, equal, sha256, sha256Hex, toHex } from '../../base/bytes.ts'
import type { Hex } from '../../base/bytes.ts'
import { invalid, notCanonical } from '../../core/refusals.ts'

/** `txid` is 32 bytes in the order people read them, which is not that of the wire. */
export interface TransactionInput {
  readonly txid: Uint8Array
  readonly index: number
  readonly sequence: number
}

export interface TransactionOutput {
  readonly amount: bigint
  readonly script: Uint8Array
}

/** What a transaction says, without what proves it. */
export interface UnsignedTransaction {
  readonly version: number
  readonly lockTime: number
  readonly inputs: readonly TransactionInput[]
  readonly outputs: readonly TransactionOutput[]
}

/** What makes an input valid: the one or the other, or both. */
export interface Proof {
  readonly scriptSig: Uint8Array
  readonly witness: readonly Uint8Array[]
}

export const sha256d = (...parts: readonly Uint8Array[]): Uint8Array => sha256(sha256(...parts))

/** A transaction, and the id it has, in the order people read it. */
export interface IdentifiedTransaction extends UnsignedTransaction {
  readonly txid: Uint8Array
}

/** A signed or unsigned transaction; its proofs are dropped. @throws Refused */
export function readTransaction(bytes: Uint8Array, where: string): IdentifiedTransaction {
  const { raw, again } = decoded(bytes, where)
  if (!equal(again, bytes)) throw notCanonical(where, `${bytes.length} bytes`, 'one transaction and nothing else')
  const { version, lockTime, inputs, outputs } = raw
  if (inputs.length === 0) throw invalid(where, 'no inputs', 'a transaction with inputs')
  // Where there are no witnesses the bytes as they came are what the id is a hash of.
  const old = raw.segwitFlag ? RawOldTx.encode({ version, inputs, outputs, lockTime }) : bytes
  return { version, lockTime, inputs, outputs, txid: idOf(old) }
}

function decoded(bytes: Uint8Array, where: string) {
  try {
    const raw = RawTx.decode(bytes)
    return { raw, again: RawTx.encode(raw) }
  } catch {
    throw invalid(where, `${bytes.length} bytes`, 'a transaction as it is on the wire')
  }
}

const idOf = (old: Uint8Array): Uint8Array => sha256d(old).toReversed()

/** The form that ids are hashes of: no witnesses, and here no scriptSigs either. */
export function encodeUnsigned(transaction: UnsignedTransaction): Uint8Array {
  return encodeOld(transaction, [])
}

function encodeOld({ version, lockTime, inputs, outputs }: UnsignedTransaction, proofs: readonly Proof[]): Uint8Array {
  const filled = inputs.map(({ txid, index, sequence }, i) => {
    return { txid, index, sequence, finalScriptSig: proofs[i]?.scriptSig ?? new Uint8Array() }
  })
  return RawOldTx.encode({ version, inputs: filled, outputs: [...outputs], lockTime })
}

/** What claims name a transaction by: the same for all who sign it, whatever they have signed so far. */
export function rootOf(transaction: UnsignedTransaction): Hex {
  return sha256Hex(encodeUnsigned(transaction))
}

/** The id of a transaction given whole, in the order people read it. @throws Refused */
export function txidOf(bytes: Uint8Array): Uint8Array {
  return readTransaction(bytes, 'transaction').txid
}

export interface SignedForms {
  readonly raw: Uint8Array
  readonly txid: Uint8Array
  /** The hash with all witnesses (BIP-141), in the order people read it. */
  readonly witnessHash: Uint8Array
  readonly virtualSize: number
}

/** @throws nothing: one proof an input. */
export function encodeSigned(transaction: UnsignedTransaction, proofs: readonly Proof[]): SignedForms {
  const old = encodeOld(transaction, proofs)
  const txid = idOf(old)
  if (proofs.every(({ witness }) => witness.length === 0)) {
    return { raw: old, txid, witnessHash: txid, virtualSize: old.length }
  }
  const stacks = proofs.map(({ witness }) => concat(compactSize(witness.length), ...witness.map(sized)))
  const raw = concat(old.subarray(0, 4), Uint8Array.of(0, 1), old.subarray(4, -4), ...stacks, old.subarray(-4))
  const virtualSize = Math.ceil((3 * old.length + raw.length) / 4)
  return { raw, txid, witnessHash: sha256d(raw).toReversed(), virtualSize }
}

/** Bytes after their length, as the wire has them. */
export function sized(bytes: Uint8Array): Uint8Array {
  return concat(compactSize(bytes.length), bytes)
}

export function compactSize(value: number): Uint8Array {
  if (value < 0xfd) return Uint8Array.of(value)
  if (value <= 0xffff) return Uint8Array.of(0xfd, value & 0xff, value >> 8)
  return concat(Uint8Array.of(0xfe), uint32(value))
}

/** Four little-endian bytes; of a negative number, its two's complement. */
export function uint32(value: number): Uint8Array {
  const out = new Uint8Array(4)
  new DataView(out.buffer).setUint32(0, value >>> 0, true)
  return out
}

/** Eight little-endian bytes. */
export function int64(value: bigint): Uint8Array {
  const out = new Uint8Array(8)
  new DataView(out.buffer).setBigInt64(0, value, true)
  return out
}

/** A coin's name on the wire and in claims: the id in the order of the wire, and the index. */
export function outpointHex({ txid, index }: Pick<TransactionInput, 'txid' | 'index'>): Hex {
  const bigEndian = uint32(index).toReversed()
  return toHex(concat(txid.toReversed(), bigEndian))
}

/** An id as people write it: hex without `0x`. */
export function txidText(txid: Uint8Array): string {
  return toHex(txid).slice(2)
}
