/** What each input signs, and the signatures it has already. */
import { equal, toHex } from '../../base/bytes.ts'
import { invalid } from '../../core/refusals.ts'
import type { PlacedSignature, SpentInput } from './intent.ts'
import type { OwnScript } from './own-scripts.ts'
import type { PartialSignature, Psbt } from './psbt.ts'
import { scriptOf } from './scripts.ts'
import {
  baseOf,
  legacyDigest,
  type SharedHashes,
  sharedHashes,
  sighash,
  sighashName,
  taprootDigest,
  witnessDigest,
} from './sighash.ts'
import { isEcdsaBy, isSchnorrBy } from './signatures.ts'
import { type OwnInput, readSpent } from './spent.ts'
import type { UnsignedTransaction } from './transaction.ts'

/** @throws Refused unless all inputs are ours, proved, and one at least waits for our signature. */
export function readInputs(psbt: Psbt, own: readonly OwnScript[], where: string): readonly SpentInput[] {
  const spent = readSpent(psbt, own, where)
  const shared = sharedHashes(
    psbt.transaction,
    spent.map(({ output }) => output),
  )
  const inputs = spent.map((one, i) => readInput(psbt.transaction, shared, one, i, `${where}.inputs[${i}]`))
  if (!inputs.some(({ unsigned }) => unsigned)) {
    throw invalid(
      where,
      'signatures of this key on every input',
      'a transaction with an input this key has yet to sign',
    )
  }
  return inputs
}

function readInput(
  transaction: UnsignedTransaction,
  shared: SharedHashes,
  spent: OwnInput,
  index: number,
  where: string,
): SpentInput {
  const { own, outpoint, output } = spent
  const sighashType = sighashTypeOf(spent, transaction, index, `${where}.sighashType`)
  const digest = digestOf(transaction, shared, spent, index, sighashType)
  const signatures = signaturesOf(spent, digest, sighashType, where)
  const signer = own.signer?.publicKey ?? own.publicKey
  const unsigned = !signatures.some(({ publicKey }) => equal(publicKey, signer.bytes))
  return { own, outpoint, amount: output.amount, sighashType, digest, signatures, unsigned }
}

/** Absent: all of it is signed. @throws Refused for no type of hash, and for one that signs an output that is not there. */
function sighashTypeOf(
  { own, input }: OwnInput,
  { outputs }: UnsignedTransaction,
  index: number,
  where: string,
): number {
  const { default: taproot, all, single } = sighash
  const type = input.sighashType ?? (own.form === 'p2tr' ? taproot : all)
  if (sighashName(type) === undefined || (type === taproot && own.form !== 'p2tr')) {
    throw invalid(where, type, 'a type of hash of this form')
  }
  if (baseOf(type) === single && index >= outputs.length)
    throw invalid(where, type, `a transaction with output ${index}`)
  return type
}

function digestOf(
  transaction: UnsignedTransaction,
  shared: SharedHashes,
  { own, output }: OwnInput,
  index: number,
  type: number,
): Uint8Array {
  const { amount } = output
  switch (own.form) {
    case 'p2pkh':
      return legacyDigest(transaction, index, output.script, type)
    case 'p2tr':
      return taprootDigest(transaction, shared, index, output, type)
    case 'p2wsh':
      return witnessDigest(transaction, shared, index, { scriptCode: own.witnessScript ?? output.script, amount }, type)
    case 'p2wpkh':
    case 'p2sh-p2wpkh':
      return witnessDigest(transaction, shared, index, { scriptCode: keyHashScript(own), amount }, type)
  }
}

/** BIP-143 has the script of the hash alone, as P2PKH, stand for both forms of it. */
function keyHashScript({ script, redeemScript = script }: OwnScript): Uint8Array {
  return scriptOf({ kind: 'p2pkh', program: redeemScript.slice(2) })
}

/** Those that came with the request count as much as ours, so each is verified. @throws Refused for one that is not valid. */
function signaturesOf(
  { own, input }: OwnInput,
  digest: Uint8Array,
  type: number,
  where: string,
): readonly PlacedSignature[] {
  const { partialSignatures, tapKeySignature } = input
  for (const one of partialSignatures) requirePartial(one, own, digest, type, `${where}.partialSig`)
  if (tapKeySignature === undefined) return partialSignatures
  const tweaked = own.signer?.publicKey.bytes ?? own.publicKey.bytes
  if (isSchnorrBy(tapKeySignature, type, digest, tweaked)) return [{ publicKey: tweaked, bytes: tapKeySignature }]
  throw invalid(`${where}.tapKeySig`, toHex(tapKeySignature), validSignature(type))
}

function requirePartial(
  { publicKey, bytes }: PartialSignature,
  own: OwnScript,
  digest: Uint8Array,
  type: number,
  where: string,
): void {
  const members = own.form === 'p2tr' ? [] : (own.multisig?.publicKeys ?? [own.publicKey.bytes])
  const known = members.some((member) => equal(member, publicKey))
  if (!known) throw invalid(where, toHex(publicKey), 'a signature by a key of the script')
  if (!isEcdsaBy(bytes, type, digest, publicKey)) throw invalid(where, toHex(bytes), validSignature(type))
}

function validSignature(type: number): string {
  return `a signature of this transaction, canonical, of type ${sighashName(type)}`
}
