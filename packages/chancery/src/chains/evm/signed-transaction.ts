/** Signed transactions as they are broadcast: read strictly, with the sender recovered. */
import { equal, type Hex, toHex } from '../../base/bytes.ts'
import { isLowS, recover } from '../../curves/secp256k1/signature.ts'
import { publicKey } from '../../curves/secp256k1/public-key.ts'
import { addressOf } from './address.ts'
import { keccak256 } from './keccak.ts'
import type { SignedElsewhere } from '../../core/chain.ts'
import { invalid, notCanonical, refusal } from '../../core/refusals.ts'
import { checkCount, type Envelope, fieldCount, readEnvelope, readFields, readInteger } from './transaction-decoding.ts'
import { serialiseSigned, serialiseUnsigned, signingHash, type TransactionSignature } from './transaction-encoding.ts'
import { checkTransaction } from './transaction-rules.ts'
import type { Transaction } from './transaction.ts'

export interface SignedTransaction {
  /** Its `chainId` is 0 when it was signed without one, before EIP-155. */
  readonly transaction: Transaction
  readonly signature: TransactionSignature
  /** Checksummed. */
  readonly from: string
  readonly hash: Hex
}

/** One from before EIP-155 is refused by whoever reads its value: it is not signed here. */
export function readSigned(raw: Uint8Array, chainId: bigint): SignedElsewhere {
  const { transaction, signature } = parseSigned(raw, chainId)
  return { value: { unsigned: toHex(serialiseUnsigned(transaction)) }, signatures: [compact(signature)] }
}

function compact({ r, s }: Pick<TransactionSignature, 'r' | 's'>): Uint8Array {
  return Uint8Array.from(Buffer.from([r, s].map((part) => part.toString(16).padStart(64, '0')).join(''), 'hex'))
}

const order = 0xfffffffffffffffffffffffffffffffebaaedce6af48a03bbfd25e8cd0364141n

/**
 * Reads a signed transaction of type 0, 1 or 2, one from before EIP-155 included. With `chainId`, one for another
 * network is refused; one for no network is not.
 * @throws Refused, with `where` below `raw`.
 */
export function parseSigned(raw: Uint8Array, chainId?: bigint): SignedTransaction {
  const envelope = readEnvelope(raw, 'raw')
  const count = fieldCount[envelope.type]
  checkCount(envelope.fields, count + 3, 'raw')
  const v = readInteger(envelope.fields[count], 'raw.v', 64)
  const { yParity, legacyChainId } =
    envelope.type === 0 ? readLegacyV(v) : { yParity: readParity(v), legacyChainId: 0n }
  const transaction = readFields(envelope.type, envelope.fields, 'raw', legacyChainId)
  checkNetwork(transaction, chainId)
  checkTransaction(transaction, 'raw')
  const signature = { ...readScalars(envelope, count), yParity }
  const canonical = serialiseSigned(transaction, signature)
  if (!equal(canonical, raw)) throw notCanonical('raw', toHex(raw), toHex(canonical))
  return { transaction, signature, from: senderOf(transaction, signature), hash: toHex(keccak256(raw)) }
}

function checkNetwork(transaction: Transaction, wanted: bigint | undefined): void {
  const { type, chainId } = transaction
  if (wanted === undefined || chainId === wanted || (type === 0 && chainId === 0n)) return
  const detail = 'The transaction belongs to another network'
  throw refusal('wrong-network', detail, 'raw.chainId', String(chainId), String(wanted))
}

function readParity(v: bigint): 0 | 1 {
  if (v !== 0n && v !== 1n) throw invalid('raw.v', String(v), '0 or 1')
  return v === 1n ? 1 : 0
}

/** 27 and 28 say nothing of a network; from 37 on, v holds the chain id (EIP-155). */
function readLegacyV(v: bigint): { readonly yParity: 0 | 1; readonly legacyChainId: bigint } {
  if (v === 27n || v === 28n) return { yParity: v === 28n ? 1 : 0, legacyChainId: 0n }
  if (v < 37n) throw invalid('raw.v', String(v), '27, 28, or 35 + 2 × chain id + parity')
  return { yParity: v % 2n === 0n ? 1 : 0, legacyChainId: (v - 35n) / 2n }
}

function readScalars({ fields }: Envelope, count: number): { readonly r: bigint; readonly s: bigint } {
  const r = readInteger(fields[count + 1], 'raw.r', 256)
  const s = readInteger(fields[count + 2], 'raw.s', 256)
  if (r === 0n || r >= order) throw invalid('raw.r', String(r), 'from 1 to n-1')
  if (s === 0n || s >= order) throw invalid('raw.s', String(s), 'from 1 to n-1')
  return { r, s }
}

function senderOf(transaction: Transaction, { r, s, yParity }: TransactionSignature): string {
  const bytes = compact({ r, s })
  if (!isLowS(bytes)) throw notCanonical('raw.s', String(s), 'at most (n-1)/2 (EIP-2)')
  const point = recover(bytes, yParity, signingHash(transaction))
  if (point === undefined) throw invalid('raw.r', String(r), 'a signature some key can have made')
  return addressOf(publicKey(point))
}
