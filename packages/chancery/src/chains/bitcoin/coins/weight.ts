/** How large a signed transaction will be, before anybody signed it: in weight units (BIP-141), 4 to the virtual byte. */
import type { OwnScript } from '../own-scripts.ts'

/** What one more input adds: `witness` where its signatures stand there, and not in the scriptSig. */
export interface InputWeight {
  /** Without the byte that says a legacy input has no witness: that is there only beside inputs which have one. */
  readonly weight: number
  readonly witness: boolean
}

/** Several inputs, or several outputs, together. */
export interface Bulk {
  readonly count: number
  readonly weight: number
}

export interface InputBulk extends Bulk {
  /** How many of them have a witness. */
  readonly witnesses: number
}

/** Virtual bytes. Nodes relay nothing larger: MAX_STANDARD_TX_WEIGHT is 400,000, and Dogecoin's limit 100,000 bytes. */
export const mostSize = 100_000

/**
 * DER with a low s and the byte of its kind. A KMS does not try again for an r that is a byte shorter, as wallets do, so
 * that half of its signatures are as long.
 */
const ecdsaSignature = 72
/** BIP-340, without the byte of its kind: what stands for SIGHASH_DEFAULT. */
const schnorrSignature = 64
const publicKey = 33
/** Outpoint and sequence. */
const bareInput = 36 + 4

/** The bytes that say how many bytes or things follow. */
function compactSizeLength(count: number): number {
  if (count < 0xfd) return 1
  return count <= 0xffff ? 3 : 5
}

function withSize(bytes: number): number {
  return compactSizeLength(bytes) + bytes
}

/** What a script takes as something to push: no more than 75 bytes here, which need one in front. */
function pushed(bytes: number): number {
  return 1 + bytes
}

function legacyInput(scriptSig: number): InputWeight {
  return { weight: 4 * (bareInput + withSize(scriptSig)), witness: false }
}

/** `scriptSig` holds the redeem script where the witness program is inside a P2SH. */
function witnessInput(scriptSig: number, witness: readonly number[]): InputWeight {
  const stack = witness.reduce((sum, item) => sum + withSize(item), compactSizeLength(witness.length))
  return { weight: 4 * (bareInput + withSize(scriptSig)) + stack, witness: true }
}

const p2pkhInput = legacyInput(pushed(ecdsaSignature) + pushed(publicKey))
const p2wpkhInput = witnessInput(0, [ecdsaSignature, publicKey])
const p2shP2wpkhInput = witnessInput(pushed(22), [ecdsaSignature, publicKey])
const p2trInput = witnessInput(0, [schnorrSignature])

/** What it takes to spend a coin that pays to `own`. */
export function inputWeight(own: OwnScript): InputWeight {
  switch (own.form) {
    case 'p2pkh':
      return p2pkhInput
    case 'p2wpkh':
      return p2wpkhInput
    case 'p2sh-p2wpkh':
      return p2shP2wpkhInput
    case 'p2tr':
      return p2trInput
    case 'p2wsh':
      return p2wshInput(own.multisig?.threshold ?? 0, own.witnessScript?.length ?? 0)
  }
}

/** `script` is the length of the script that the keys share. In front of the signatures stands an empty one, for nothing. */
function p2wshInput(threshold: number, script: number): InputWeight {
  return witnessInput(0, [0, ...Array<number>(threshold).fill(ecdsaSignature), script])
}

export function outputWeight(script: Uint8Array): number {
  return 4 * (8 + withSize(script.length))
}

export function bulkOf(weights: readonly number[]): Bulk {
  return { count: weights.length, weight: weights.reduce((sum, weight) => sum + weight, 0) }
}

export const noInputs: InputBulk = { count: 0, weight: 0, witnesses: 0 }

export function withInput({ count, weight, witnesses }: InputBulk, input: InputWeight): InputBulk {
  return { count: count + 1, weight: weight + input.weight, witnesses: witnesses + (input.witness ? 1 : 0) }
}

export function transactionWeight(inputs: InputBulk, outputs: Bulk): number {
  // Version, lock time, and how many there are of each.
  const frame = 4 * (4 + 4 + compactSizeLength(inputs.count) + compactSizeLength(outputs.count))
  const marks = inputs.witnesses === 0 ? 0 : 2 + inputs.count - inputs.witnesses
  return frame + inputs.weight + outputs.weight + marks
}

export function virtualSize(weight: number): number {
  return Math.ceil(weight / 4)
}
