/** Signatures in the form in which transactions have them: DER or 64 bytes, and the type of hash. */
import { concat } from '../../base/bytes.ts'
import { secp256k1 } from '../../curves/secp256k1.ts'
import { secp256k1Schnorr } from '../../curves/secp256k1-schnorr.ts'
import { encodeDer, parseDer } from '../../curves/secp256k1/der.ts'
import { sighash } from './sighash.ts'

/** Whether it is strict DER (BIP-66), of this type, and verifies, which no high s does (BIP-146). */
export function isEcdsaBy(placed: Uint8Array, type: number, digest: Uint8Array, publicKey: Uint8Array): boolean {
  const bytes = compact(placed.subarray(0, -1))
  if (placed.at(-1) !== type || bytes === undefined) return false
  const algorithm = 'secp256k1-ecdsa'
  return secp256k1.verify({ algorithm, bytes }, digest, { algorithm, bytes: publicKey })
}

/** r and s; undefined for what is no strict DER. */
export function compact(der: Uint8Array): Uint8Array | undefined {
  try {
    return parseDer(der)
  } catch {
    return undefined
  }
}

/** `publicKey` is the tweaked one. */
export function isSchnorrBy(placed: Uint8Array, type: number, digest: Uint8Array, publicKey: Uint8Array): boolean {
  const typed = placed.length === 65 ? placed[64] : sighash.default
  if (typed !== type || (placed.length === 65 && type === sighash.default)) return false
  const algorithm = 'secp256k1-schnorr'
  const bytes = placed.subarray(0, 64)
  return secp256k1Schnorr.verify({ algorithm, bytes }, digest, { algorithm, bytes: publicKey })
}

/** From r and s. */
export function placedEcdsa(bytes: Uint8Array, type: number): Uint8Array {
  return concat(encodeDer(bytes), Uint8Array.of(type))
}

export function placedSchnorr(bytes: Uint8Array, type: number): Uint8Array {
  return type === sighash.default ? bytes : concat(bytes, Uint8Array.of(type))
}
