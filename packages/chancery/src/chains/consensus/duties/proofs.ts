/**
 * Whom a header's block pays, proven: what Nimbus sends beside BLOCK_V2 with --verifying-web3-signer-url.
 * https://nimbus.guide/web3signer.html#verifying-web3signer
 */
import { toHex, type Hex } from '../../../base/bytes.ts'
import { readArray, readBytes, readClosedObject } from '../../../core/fields.ts'
import { invalid } from '../../../core/refusals.ts'
import { chunkSize, isBranch } from '../ssz/merkle.ts'

/** Generalized indices of the payload's fee recipient in the body: the payload grew past 16 fields in Deneb. */
const indices: Readonly<Record<string, number>> = { BELLATRIX: 401, CAPELLA: 401, DENEB: 801, ELECTRA: 801, FULU: 801 }

const limit = 32

/**
 * The fee recipient, where a proof shows it together with its value. A proof without a value shows it only to who knows it
 * already; proofs of other fields say nothing about payment.
 * @throws Refused for a proof that does not hold
 */
export function provenFeeRecipient(proofs: unknown, version: string, bodyRoot: Uint8Array): Hex | undefined {
  if (proofs === undefined) return undefined
  const all = readArray(proofs, 'proofs')
  if (all.length > limit) throw invalid('proofs', `${all.length} proofs`, `at most ${limit}`)
  const index = indices[version]
  const shown = all.map((proof, i) => readProof(proof, `proofs[${i}]`)).filter((proof) => proof.index === index)
  const recipients = shown.flatMap(({ where, value, proof }) => {
    if (value === undefined || index === undefined) return []
    const recipient = recipientOf(value, where)
    const leaf = new Uint8Array(chunkSize)
    leaf.set(recipient)
    if (isBranch(leaf, proof, index, bodyRoot)) return [toHex(recipient)]
    throw invalid(where, toHex(recipient), 'a proof that ends in the body_root of the header')
  })
  return recipients[0]
}

interface Proof {
  readonly where: string
  readonly index: number
  readonly proof: readonly Uint8Array[]
  readonly value?: unknown
}

function readProof(given: unknown, where: string): Proof {
  const { index, proof, value } = readClosedObject(given, where, ['index', 'proof', 'value'])
  const branch = readArray(proof, `${where}.proof`)
  if (branch.length > 64) throw invalid(`${where}.proof`, `${branch.length} nodes`, 'at most 64')
  return {
    where,
    index: readIndex(index, `${where}.index`),
    proof: branch.map((node, i) => readBytes(node, `${where}.proof[${i}]`, chunkSize)),
    value,
  }
}

function readIndex(value: unknown, where: string): number {
  const index = typeof value === 'string' && /^[1-9][0-9]{0,15}$/.test(value) ? Number(value) : value
  if (typeof index === 'number' && Number.isSafeInteger(index) && index > 0) return index
  throw invalid(where, value, 'a generalized index')
}

/** An address, bare or as the chunk it stands in. */
function recipientOf(value: unknown, where: string): Uint8Array {
  const bytes = readBytes(value, `${where}.value`)
  const tail = bytes.subarray(20)
  if (bytes.length === 20 || (bytes.length === chunkSize && tail.every((byte) => byte === 0)))
    return bytes.subarray(0, 20)
  throw invalid(`${where}.value`, value, 'an address: 0x and 40 hex digits')
}
