/** What is signed of a transaction: the original hashes, those of BIP-143, and those of BIP-341. */
import { tagSchnorr } from '@scure/btc-signer/utils.js'
import { concat, sha256 } from '../../base/bytes.ts'
import { compactSize, int64, sized, uint32 } from './encoding.ts'
import { sha256d, type TransactionInput, type TransactionOutput, type UnsignedTransaction } from './transaction.ts'

export const sighash = { default: 0, all: 1, none: 2, single: 3, anyoneCanPay: 0x80 } as const

const names: ReadonlyMap<number, string> = new Map([
  [0, 'DEFAULT'],
  [1, 'ALL'],
  [2, 'NONE'],
  [3, 'SINGLE'],
  [0x81, 'ALL|ANYONECANPAY'],
  [0x82, 'NONE|ANYONECANPAY'],
  [0x83, 'SINGLE|ANYONECANPAY'],
])

/** Undefined for what is no type of hash. */
export function sighashName(type: number): string | undefined {
  return names.get(type)
}

/** Hashes that all inputs share, made once. */
export interface SharedHashes {
  readonly prevouts: Uint8Array
  readonly amounts: Uint8Array
  readonly scripts: Uint8Array
  readonly sequences: Uint8Array
  readonly outputs: Uint8Array
}

const outpoint = ({ txid, index }: TransactionInput) => concat(txid.toReversed(), uint32(index))
const output = ({ amount, script }: TransactionOutput) => concat(int64(amount), sized(script))

/** `spent` are the outputs that the inputs spend, in their order. Single SHA-256: BIP-143 hashes them once more. */
export function sharedHashes(transaction: UnsignedTransaction, spent: readonly TransactionOutput[]): SharedHashes {
  const { inputs, outputs } = transaction
  return {
    prevouts: sha256(concat(...inputs.map(outpoint))),
    amounts: sha256(concat(...spent.map(({ amount }) => int64(amount)))),
    scripts: sha256(concat(...spent.map(({ script }) => sized(script)))),
    sequences: sha256(concat(...inputs.map(({ sequence }) => uint32(sequence)))),
    outputs: sha256(concat(...outputs.map(output))),
  }
}

interface Parts {
  readonly anyoneCanPay: boolean
  readonly base: number
}

function partsOf(type: number): Parts {
  return { anyoneCanPay: (type & 0x80) !== 0, base: type & 0x1f }
}

/** What pre-segwit inputs sign. `scriptCode` has no OP_CODESEPARATOR. */
export function legacyDigest(
  transaction: UnsignedTransaction,
  index: number,
  scriptCode: Uint8Array,
  type: number,
): Uint8Array {
  const { anyoneCanPay, base } = partsOf(type)
  const { inputs, outputs, version, lockTime } = transaction
  // The digest of a missing output is the number 1: whoever has that signature has the coin.
  if (base === sighash.single && index >= outputs.length) return Uint8Array.of(1, ...new Uint8Array(31))
  const others = base === sighash.none || base === sighash.single
  const parts = inputs.flatMap((input, i) => {
    if (i === index) return [concat(outpoint(input), sized(scriptCode), uint32(input.sequence))]
    if (anyoneCanPay) return []
    return [concat(outpoint(input), compactSize(0), uint32(others ? 0 : input.sequence))]
  })
  const paid = legacyOutputs(outputs, index, base)
  const head = [uint32(version), compactSize(parts.length), ...parts]
  return sha256d(concat(...head, compactSize(paid.length), ...paid, uint32(lockTime), uint32(type)))
}

const blank = output({ amount: -1n, script: new Uint8Array() })

function legacyOutputs(outputs: readonly TransactionOutput[], index: number, base: number): readonly Uint8Array[] {
  if (base === sighash.none) return []
  if (base !== sighash.single) return outputs.map(output)
  return outputs.slice(0, index + 1).map((one, i) => (i === index ? output(one) : blank))
}

const zero = new Uint8Array(32)

/** What inputs of witness version 0 sign. https://github.com/bitcoin/bips/blob/master/bip-0143.mediawiki */
export function witnessDigest(
  transaction: UnsignedTransaction,
  shared: SharedHashes,
  index: number,
  spent: { readonly scriptCode: Uint8Array; readonly amount: bigint },
  type: number,
): Uint8Array {
  const { anyoneCanPay, base } = partsOf(type)
  const { version, lockTime } = transaction
  const input = inputAt(transaction, index)
  const whole = base !== sighash.none && base !== sighash.single
  const single = transaction.outputs[index]
  const outputs = whole ? sha256(shared.outputs) : base === sighash.single && single ? sha256d(output(single)) : zero
  return sha256d(
    uint32(version),
    anyoneCanPay ? zero : sha256(shared.prevouts),
    anyoneCanPay || !whole ? zero : sha256(shared.sequences),
    outpoint(input),
    sized(spent.scriptCode),
    int64(spent.amount),
    uint32(input.sequence),
    outputs,
    uint32(lockTime),
    uint32(type),
  )
}

/**
 * What a key path signs. https://github.com/bitcoin/bips/blob/master/bip-0341.mediawiki
 * @throws RangeError for SINGLE without an output of the same index.
 */
export function taprootDigest(
  transaction: UnsignedTransaction,
  shared: SharedHashes,
  index: number,
  spent: TransactionOutput,
  type: number,
): Uint8Array {
  const { anyoneCanPay, base } = partsOf(type)
  const { version, lockTime } = transaction
  const input = inputAt(transaction, index)
  const alone = concat(outpoint(input), int64(spent.amount), sized(spent.script), uint32(input.sequence))
  const { prevouts, amounts, scripts, sequences } = shared
  const message = concat(
    Uint8Array.of(0, type),
    uint32(version),
    uint32(lockTime),
    ...(anyoneCanPay ? [] : [prevouts, amounts, scripts, sequences]),
    ...(base === sighash.none || base === sighash.single ? [] : [shared.outputs]),
    // The key path, and no annex.
    Uint8Array.of(0),
    anyoneCanPay ? alone : uint32(index),
    ...(base === sighash.single ? [singleOutput(transaction, index)] : []),
  )
  return tagSchnorr('TapSighash', message)
}

function singleOutput({ outputs }: UnsignedTransaction, index: number): Uint8Array {
  const single = outputs[index]
  if (single === undefined) throw new RangeError(`no output ${index}`)
  return sha256(output(single))
}

function inputAt({ inputs }: UnsignedTransaction, index: number): TransactionInput {
  const input = inputs[index]
  if (input === undefined) throw new RangeError(`no input ${index}`)
  return input
}
