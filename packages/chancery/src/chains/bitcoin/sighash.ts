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

/** What a signature of this type covers beside its own input. */
interface Coverage {
  /** None of the other inputs. */
  readonly anyoneCanPay: boolean
  /** `single`: the one of the input's own index. */
  readonly outputs: 'all' | 'none' | 'single'
}

/** Consensus takes any number for a type: what is neither NONE nor SINGLE covers all outputs. */
function coverageOf(type: number): Coverage {
  const base = baseOf(type)
  const outputs = base === sighash.none ? 'none' : base === sighash.single ? 'single' : 'all'
  return { anyoneCanPay: (type & sighash.anyoneCanPay) !== 0, outputs }
}

/** Without the bits that say something of inputs. */
export function baseOf(type: number): number {
  return type & 0x1f
}

/** What pre-segwit inputs sign. `scriptCode` has no OP_CODESEPARATOR. */
export function legacyDigest(
  transaction: UnsignedTransaction,
  index: number,
  scriptCode: Uint8Array,
  type: number,
): Uint8Array {
  const covered = coverageOf(type)
  const { inputs, outputs, version, lockTime } = transaction
  // The digest of a missing output is the number 1: whoever has that signature has the coin.
  if (covered.outputs === 'single' && index >= outputs.length) return Uint8Array.of(1, ...new Uint8Array(31))
  const spent = inputs.flatMap((input, i) => {
    if (i === index) return [concat(outpoint(input), sized(scriptCode), uint32(input.sequence))]
    if (covered.anyoneCanPay) return []
    return [concat(outpoint(input), compactSize(0), uint32(covered.outputs === 'all' ? input.sequence : 0))]
  })
  const paid = legacyOutputs(outputs, index, covered)
  const head = [uint32(version), compactSize(spent.length), ...spent]
  return sha256d(concat(...head, compactSize(paid.length), ...paid, uint32(lockTime), uint32(type)))
}

const blank = output({ amount: -1n, script: new Uint8Array() })

function legacyOutputs(outputs: readonly TransactionOutput[], index: number, covered: Coverage): readonly Uint8Array[] {
  if (covered.outputs === 'none') return []
  if (covered.outputs === 'all') return outputs.map(output)
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
  const covered = coverageOf(type)
  const { version, lockTime } = transaction
  const input = inputAt(transaction, index)
  return sha256d(
    uint32(version),
    covered.anyoneCanPay ? zero : sha256(shared.prevouts),
    covered.anyoneCanPay || covered.outputs !== 'all' ? zero : sha256(shared.sequences),
    outpoint(input),
    sized(spent.scriptCode),
    int64(spent.amount),
    uint32(input.sequence),
    witnessOutputs(transaction, shared, index, covered),
    uint32(lockTime),
    uint32(type),
  )
}

/** `hashOutputs` of BIP-143. */
function witnessOutputs(
  { outputs }: UnsignedTransaction,
  shared: SharedHashes,
  index: number,
  covered: Coverage,
): Uint8Array {
  if (covered.outputs === 'all') return sha256(shared.outputs)
  const single = covered.outputs === 'single' ? outputs[index] : undefined
  return single === undefined ? zero : sha256d(output(single))
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
  const covered = coverageOf(type)
  const { version, lockTime } = transaction
  const input = inputAt(transaction, index)
  const alone = concat(outpoint(input), int64(spent.amount), sized(spent.script), uint32(input.sequence))
  const { prevouts, amounts, scripts, sequences } = shared
  const message = concat(
    Uint8Array.of(0, type),
    uint32(version),
    uint32(lockTime),
    ...(covered.anyoneCanPay ? [] : [prevouts, amounts, scripts, sequences]),
    ...(covered.outputs === 'all' ? [shared.outputs] : []),
    // The key path, and no annex.
    Uint8Array.of(0),
    covered.anyoneCanPay ? alone : uint32(index),
    ...(covered.outputs === 'single' ? [singleOutput(transaction, index)] : []),
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
