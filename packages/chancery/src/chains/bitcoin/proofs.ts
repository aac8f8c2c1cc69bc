/** What makes an input valid, of the signatures it has; and how large that can get. */
import { concat, equal } from '../../base/bytes.ts'
import type { PlacedSignature, SpentInput } from './intent.ts'
import type { OwnScript } from './own-scripts.ts'
import { sighash } from './sighash.ts'
import { encodeSigned, type Proof, type UnsignedTransaction } from './transaction.ts'

const none = new Uint8Array()

/** Undefined while there are too few signatures. */
export function proofOf(own: OwnScript, signatures: readonly PlacedSignature[]): Proof | undefined {
  if (own.form === 'p2wsh') return sharedProof(own, signatures)
  const [signature] = signatures
  if (signature === undefined) return undefined
  const { bytes, publicKey } = signature
  switch (own.form) {
    case 'p2pkh':
      return { scriptSig: concat(pushed(bytes), pushed(publicKey)), witness: [] }
    case 'p2wpkh':
      return { scriptSig: none, witness: [bytes, publicKey] }
    case 'p2sh-p2wpkh':
      return { scriptSig: pushed(own.redeemScript ?? none), witness: [bytes, publicKey] }
    case 'p2tr':
      return { scriptSig: none, witness: [bytes] }
  }
}

/** As many as the script takes, in the order of its keys, after the item that OP_CHECKMULTISIG takes too much. */
function sharedProof(
  { multisig, witnessScript }: OwnScript,
  signatures: readonly PlacedSignature[],
): Proof | undefined {
  const { threshold = Infinity, publicKeys = [] } = multisig ?? {}
  const inOrder = publicKeys.flatMap((key) => signatures.filter(({ publicKey }) => equal(publicKey, key)))
  if (inOrder.length < threshold || witnessScript === undefined) return undefined
  const chosen = inOrder.slice(0, threshold).map(({ bytes }) => bytes)
  return { scriptSig: none, witness: [none, ...chosen, witnessScript] }
}

/** In a script. What is pushed here is shorter than 76 bytes, so the opcode is the length. */
function pushed(bytes: Uint8Array): Uint8Array {
  return concat(Uint8Array.of(bytes.length), bytes)
}

/** With signatures as large as they get: key back-ends do not look for small ones. */
export function estimatedVirtualSize(transaction: UnsignedTransaction, inputs: readonly SpentInput[]): number {
  const proofs = inputs.map(({ own, sighashType }) => {
    const size = own.form === 'p2tr' ? (sighashType === sighash.default ? 64 : 65) : 72
    const keys = own.multisig?.publicKeys ?? [own.publicKey.bytes]
    const proof = proofOf(
      own,
      keys.map((publicKey) => ({ publicKey, bytes: new Uint8Array(size) })),
    )
    return proof ?? { scriptSig: none, witness: [] }
  })
  return encodeSigned(transaction, proofs).virtualSize
}
