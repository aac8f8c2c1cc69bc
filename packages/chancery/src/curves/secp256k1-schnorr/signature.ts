/** Signatures of BIP-340: R's x and s, 32 bytes each. One value has one encoding, so there is nothing to bring to a form. */
import { verifySchnorr } from 'tiny-secp256k1'
import type { PublicKey } from '../../core/key.ts'
import type { RawSignature, Signature } from '../../core/payload.ts'

/** @throws RangeError when `raw` is malformed, out of range, or not by `publicKey` over the 32-byte `message` */
export function normalise(raw: RawSignature, message: Uint8Array, publicKey: PublicKey): Signature {
  if (message.length !== 32) throw new RangeError(`expected a message of 32 bytes, got ${message.length}`)
  if (raw.encoding !== 'compact' || raw.bytes.length !== 64) throw new RangeError('expected 64 bytes of R and s')
  const signature: Signature = { algorithm: 'secp256k1-schnorr', bytes: Uint8Array.from(raw.bytes) }
  if (!verify(signature, message, publicKey)) throw new RangeError('the signature is not by this key over this message')
  return signature
}

/** Never throws. */
export function verify({ bytes }: Signature, message: Uint8Array, publicKey: PublicKey): boolean {
  if (message.length !== 32 || bytes.length !== 64 || publicKey.bytes.length !== 32) return false
  try {
    return verifySchnorr(message, publicKey.bytes, bytes)
  } catch {
    // The library throws for R, s or a public key out of range.
    return false
  }
}
