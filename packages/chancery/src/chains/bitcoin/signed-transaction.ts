/**
 * Signed transactions as they are broadcast: read strictly, and each input held against the whole transaction it spends, so
 * that amounts and scripts are known and not believed.
 */
import { PSBTInput } from '@scure/btc-signer/psbt.js'
import { hash160 } from '@scure/btc-signer/utils.js'
import { equal, toHex } from '../../base/bytes.ts'
import type { SignedElsewhere } from '../../core/chain.ts'
import { Refused } from '../../core/errors.ts'
import { invalid, notCanonical, unsupported } from '../../core/refusals.ts'
import { isLowS } from '../../curves/secp256k1/signature.ts'
import { uint32 } from './encoding.ts'
import type { KeyMap } from './psbt-maps.ts'
import { pair, unsignedPsbt } from './psbt-writing.ts'
import { destinationOf } from './scripts.ts'
import { compact } from './signatures.ts'
import { type Proof, readProofs, readTransaction, txidText, type WholeTransaction } from './transaction.ts'

/** Nodes relay nothing larger (400,000 units of weight). Legacy inputs are hashed with all others, each. */
const mostVirtualBytes = 100_000

/** Bytes of the whole transactions of all inputs: each input names the one it spends, also where many spend the same one. */
const mostBytes = 4 * 1_024 * 1_024

/**
 * Inputs of one key's hash are read: P2PKH, P2WPKH and P2SH-P2WPKH. Whose key it is, whoever reads the value finds out.
 * @throws Refused; `invalid-request` for what is wrong with `previous`, or too large to be compared here
 */
export function readSigned(raw: Uint8Array, previous: readonly Uint8Array[]): SignedElsewhere {
  const transaction = readTransaction(raw, 'raw')
  const proofs = readProofs(raw, 'raw')
  const spent = spentBy(transaction, byTxid(previous))
  const inputs = spent.map((coin, i) => readInput(coin, proofs[i], `raw.inputs[${i}]`))
  const psbt = unsignedPsbt(
    transaction,
    inputs.map(({ map }) => map),
  )
  return { value: { psbt }, signatures: inputs.map(({ signature }) => signature) }
}

/** An output of a whole transaction, which may not have it. */
interface Spent {
  readonly from: WholeTransaction
  readonly index: number
}

/** One for each input. @throws Refused `invalid-request` for one that is missing, and for more than is compared here */
function spentBy(
  { inputs, virtualSize }: WholeTransaction,
  whole: ReadonlyMap<string, WholeTransaction>,
): readonly Spent[] {
  if (virtualSize > mostVirtualBytes) throw tooLarge(`${virtualSize} virtual bytes`, `at most ${mostVirtualBytes}`)
  const spent = inputs.map(({ txid, index }) => {
    return { from: whole.get(txidText(txid)) ?? missing(txidText(txid)), index }
  })
  const bytes = spent.reduce((sum, { from }) => sum + from.stripped.length, 0)
  if (bytes <= mostBytes) return spent
  throw tooLarge(`${bytes} bytes of transactions that its inputs spend from`, `at most ${mostBytes}`)
}

function tooLarge(got: string, wanted: string): Refused {
  const hint = 'Compare a smaller payment: one that agrees is enough to cut over'
  return new Refused('invalid-request', 'The transaction is too large to be compared here', {
    where: 'raw',
    got,
    wanted,
    hint,
  })
}

function byTxid(previous: readonly Uint8Array[]): ReadonlyMap<string, WholeTransaction> {
  const read = previous.map((bytes, i) => readPrevious(bytes, `previous[${i}]`))
  return new Map(read.map((one) => [txidText(one.txid), one]))
}

/** A mistake of whoever asks, not of the signer that is looked at. @throws Refused `invalid-request` */
function readPrevious(bytes: Uint8Array, where: string): WholeTransaction {
  try {
    return readTransaction(bytes, where)
  } catch (error) {
    throw error instanceof Refused ? new Refused('invalid-request', error.message, error.particulars) : error
  }
}

function missing(wanted: string): never {
  const hint = 'Hand over every transaction that it spends from, whole: nothing else proves amounts and scripts'
  throw new Refused('invalid-request', 'A transaction that it spends from is missing', {
    where: 'previous',
    got: 'nothing of this id',
    wanted,
    hint,
  })
}

interface SignedInput {
  /** Of the PSBT that asks for the same. */
  readonly map: KeyMap
  /** r and s. */
  readonly signature: Uint8Array
}

function readInput(
  { from: { outputs, stripped }, index }: Spent,
  proof: Proof | undefined,
  where: string,
): SignedInput {
  const output = outputs[index]
  if (output === undefined || proof === undefined) {
    throw invalid(where, `output ${index}`, `one of the ${outputs.length} outputs of the transaction it spends from`)
  }
  const spending = spendingOf(output.script, proof)
  if (spending === undefined) {
    const detail = 'An input is not spent as of one key: P2PKH, P2WPKH and P2SH-P2WPKH are compared'
    throw unsupported(where, toHex(output.script), detail)
  }
  const [placed, publicKey, ...rest] = spending.items
  if (placed === undefined || publicKey === undefined || rest.length > 0) {
    throw invalid(where, `${spending.items.length} items`, 'a signature and a public key')
  }
  if (!equal(hash160(publicKey), spending.keyHash)) {
    throw invalid(`${where}.publicKey`, toHex(publicKey), 'the key whose hash the output has')
  }
  const sighashType = uint32(placed.at(-1) ?? 0)
  const map = [pair(PSBTInput.nonWitnessUtxo, stripped), pair(PSBTInput.sighashType, sighashType)]
  return { map, signature: signatureIn(placed, `${where}.signature`) }
}

interface Spending {
  readonly keyHash: Uint8Array
  /** What is handed to it: a signature and a public key, where all is well. */
  readonly items: readonly Uint8Array[]
}

/** How the output of one key is spent, in its three forms; undefined for any other. */
function spendingOf(script: Uint8Array, { scriptSig, witness }: Proof): Spending | undefined {
  const paid = destinationOf(script)
  if (paid?.kind === 'p2pkh' && witness.length === 0) return { keyHash: paid.program, items: pushesOf(scriptSig) }
  if (paid?.kind === 'p2wpkh' && scriptSig.length === 0) return { keyHash: paid.program, items: witness }
  if (paid?.kind !== 'p2sh') return undefined
  const [redeemScript, ...rest] = pushesOf(scriptSig)
  if (redeemScript === undefined || rest.length > 0 || !equal(hash160(redeemScript), paid.program)) return undefined
  const inner = destinationOf(redeemScript)
  return inner?.kind === 'p2wpkh' ? { keyHash: inner.program, items: witness } : undefined
}

/** What a script pushes, where it does nothing else: all of it is shorter than 76 bytes, so the opcode is the length. */
function pushesOf(script: Uint8Array): readonly Uint8Array[] {
  const items: Uint8Array[] = []
  for (let at = 0; at < script.length;) {
    const size = script[at] ?? 0
    const end = at + 1 + size
    if (size === 0 || size > 75 || end > script.length) return []
    items.push(script.slice(at + 1, end))
    at = end
  }
  return items
}

/** @throws Refused for another form than strict DER (BIP-66) with a low s (BIP-146): nodes do not relay it */
function signatureIn(placed: Uint8Array, where: string): Uint8Array {
  const signature = compact(placed.subarray(0, -1))
  if (signature === undefined) throw invalid(where, toHex(placed), 'strict DER (BIP-66), and a type of hash')
  if (!isLowS(signature)) throw notCanonical(where, toHex(placed), 's is at most (n-1)/2 (BIP-146)')
  return signature
}
