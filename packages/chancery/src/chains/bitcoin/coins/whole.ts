/** Whole transactions, as far as coins are concerned: what they spend, what they make, and what they weigh. */
import { RawOldTx, RawTx } from '@scure/btc-signer/script.js'
import { equal, toHex } from '../../../base/bytes.ts'
import type { OutPoint } from '../../../core/coins.ts'
import { invalid } from '../../../core/refusals.ts'
import { sha256d, type TransactionInput, type TransactionOutput } from '../transaction.ts'

export interface WholeTransaction {
  /** As people read it. */
  readonly txid: string
  /** Without witnesses: what the id is the hash of. */
  readonly stripped: Uint8Array
  readonly inputs: readonly OutPoint[]
  readonly outputs: readonly TransactionOutput[]
  readonly virtualSize: number
  /** It says that one which pays more may take its place (BIP-125). */
  readonly replaceable: boolean
}

/** One that paid the wallet hundreds of times is read once, not for each of its coins. Nobody writes into the bytes. */
const known = new WeakMap<Uint8Array, WholeTransaction>()

/** @throws Refused unless it is one whole transaction and nothing else, in its one encoding */
export function readWhole(bytes: Uint8Array, where: string): WholeTransaction {
  const whole = known.get(bytes) ?? read(bytes, where)
  known.set(bytes, whole)
  return whole
}

function read(bytes: Uint8Array, where: string): WholeTransaction {
  const { version, inputs, outputs, lockTime } = decoded(bytes, where)
  const stripped = RawOldTx.encode({ version, inputs, outputs, lockTime })
  const spent: readonly TransactionInput[] = inputs
  return {
    txid: bareHex(sha256d(stripped).toReversed()),
    stripped,
    inputs: spent.map(({ txid, index }) => ({ txid: bareHex(txid), index })),
    outputs,
    virtualSize: Math.ceil((3 * stripped.length + bytes.length) / 4),
    replaceable: spent.some(({ sequence }) => sequence < 0xfffffffe),
  }
}

function decoded(bytes: Uint8Array, where: string): ReturnType<typeof RawTx.decode> {
  const wanted = 'one whole transaction as it is on the wire'
  try {
    const raw = RawTx.decode(bytes)
    if (raw.inputs.length > 0 && equal(RawTx.encode(raw), bytes)) return raw
  } catch {
    throw invalid(where, `${bytes.length} bytes`, wanted)
  }
  throw invalid(where, `${bytes.length} bytes that are written otherwise`, wanted)
}

/** New coins of a block's miner. */
export function isCoinbase({ inputs: [first] }: WholeTransaction): boolean {
  return first?.index === 0xffffffff && /^0+$/.test(first.txid)
}

/** One name for an output, wherever it is spoken of. */
export function pointName({ txid, index }: OutPoint): string {
  return `${txid}:${index}`
}

export function bareHex(bytes: Uint8Array): string {
  return toHex(bytes).slice(2)
}
