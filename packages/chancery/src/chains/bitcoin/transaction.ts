/** Transactions as the wire has them. Read strictly: what is not written again to the same bytes is refused. */
import { RawOldTx, RawTx } from '@scure/btc-signer/script.js'
import { concat, equal, type Hex, sha256, sha256Hex, toHex } from '../../base/bytes.ts'
import { invalid, notCanonical } from '../../core/refusals.ts'
import { compactSize, sized, uint32 } from './encoding.ts'

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

/** One that was read as a whole, its proofs dropped. */
export interface WholeTransaction extends UnsignedTransaction {
  /** The id, in the order people read it. */
  readonly txid: Uint8Array
  /** Without witnesses: what the id is the hash of. */
  readonly stripped: Uint8Array
  readonly virtualSize: number
}

/** A signed or unsigned transaction. @throws Refused `invalid-payload`, or `not-canonical` for what is written otherwise */
export function readTransaction(bytes: Uint8Array, where: string): WholeTransaction {
  const { raw, again } = decoded(bytes, where)
  if (!equal(again, bytes)) throw notCanonical(where, `${bytes.length} bytes`, 'one transaction and nothing else')
  const { version, lockTime, inputs, outputs } = raw
  if (inputs.length === 0) throw invalid(where, 'no inputs', 'a transaction with inputs')
  // Where there are no witnesses the bytes as they came are what the id is a hash of.
  const stripped = raw.segwitFlag ? RawOldTx.encode({ version, inputs, outputs, lockTime }) : bytes
  const virtualSize = virtualSizeOf(stripped, bytes)
  return { version, lockTime, inputs, outputs, txid: idOf(stripped), stripped, virtualSize }
}

interface WithProofs {
  readonly inputs: readonly { readonly finalScriptSig: Uint8Array }[]
  readonly witnesses?: readonly (readonly Uint8Array[])[] | undefined
}

/** What proves each input of a transaction, in their order. @throws Refused as of `readTransaction`, but takes other encodings */
export function readProofs(bytes: Uint8Array, where: string): readonly Proof[] {
  const { inputs, witnesses = [] }: WithProofs = decoded(bytes, where).raw
  return inputs.map(({ finalScriptSig }, i) => ({ scriptSig: finalScriptSig, witness: witnesses[i] ?? [] }))
}

function decoded(bytes: Uint8Array, where: string) {
  try {
    const raw = RawTx.decode(bytes)
    return { raw, again: RawTx.encode(raw) }
  } catch {
    throw invalid(where, `${bytes.length} bytes`, 'a transaction as it is on the wire')
  }
}

const idOf = (stripped: Uint8Array): Uint8Array => sha256d(stripped).toReversed()

/** BIP-141: what is no witness weighs four times as much. */
function virtualSizeOf(stripped: Uint8Array, whole: Uint8Array): number {
  return Math.ceil((3 * stripped.length + whole.length) / 4)
}

/** The form that ids are hashes of: no witnesses, and here no scriptSigs either. */
export function encodeUnsigned(transaction: UnsignedTransaction): Uint8Array {
  return encodeStripped(transaction, [])
}

function encodeStripped(
  { version, lockTime, inputs, outputs }: UnsignedTransaction,
  proofs: readonly Proof[],
): Uint8Array {
  const filled = inputs.map(({ txid, index, sequence }, i) => {
    return { txid, index, sequence, finalScriptSig: proofs[i]?.scriptSig ?? new Uint8Array() }
  })
  return RawOldTx.encode({ version, inputs: filled, outputs: [...outputs], lockTime })
}

/** What claims name a transaction by: the same for all who sign it, whatever they have signed so far. */
export function rootOf(transaction: UnsignedTransaction): Hex {
  return sha256Hex(encodeUnsigned(transaction))
}

export interface SignedForms {
  readonly raw: Uint8Array
  readonly txid: Uint8Array
  /** The hash with all witnesses (BIP-141), in the order people read it. */
  readonly witnessHash: Uint8Array
  readonly virtualSize: number
}

/** `proofs` are one an input, in their order. */
export function encodeSigned(transaction: UnsignedTransaction, proofs: readonly Proof[]): SignedForms {
  const stripped = encodeStripped(transaction, proofs)
  const txid = idOf(stripped)
  if (proofs.every(({ witness }) => witness.length === 0)) {
    return { raw: stripped, txid, witnessHash: txid, virtualSize: stripped.length }
  }
  const stacks = proofs.map(({ witness }) => concat(compactSize(witness.length), ...witness.map(sized)))
  const [version, body, lockTime] = [stripped.subarray(0, 4), stripped.subarray(4, -4), stripped.subarray(-4)]
  // The marker and the flag of BIP-144 say that witnesses follow.
  const raw = concat(version, Uint8Array.of(0, 1), body, ...stacks, lockTime)
  return { raw, txid, witnessHash: idOf(raw), virtualSize: virtualSizeOf(stripped, raw) }
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

/** All that outputs hold, in base units. */
export function totalOf(outputs: readonly Pick<TransactionOutput, 'amount'>[]): bigint {
  return outputs.reduce((total, { amount }) => total + amount, 0n)
}

/** The largest sequence that says so (BIP-125); it asks for no relative lock time (BIP-68). */
export const replaceableSequence = 0xfffffffd

/** Whether a transaction says that one which pays more may take its place. */
export function isReplaceable({ inputs }: Pick<UnsignedTransaction, 'inputs'>): boolean {
  return inputs.some(({ sequence }) => sequence <= replaceableSequence)
}
