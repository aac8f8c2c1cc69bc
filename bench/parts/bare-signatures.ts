/** What one core does with the bare library when it does nothing else: digests signed, and verified. */
import { createHash, randomBytes } from 'node:crypto'
import { isPrivate, pointFromScalar, sign, verify } from 'tiny-secp256k1'

/** A second, for `milliseconds`. */
export function bareSignatures(milliseconds = 2_000): number {
  const secret = privateKey()
  const publicKey = pointFromScalar(secret, true)
  if (publicKey === null) throw new Error('the library made no public key')
  let digest: Uint8Array = randomBytes(32)
  const began = performance.now()
  let count = 0
  while (performance.now() - began < milliseconds) {
    digest = createHash('sha256').update(digest).digest()
    if (!verify(digest, publicKey, sign(digest, secret), true)) throw new Error('the library does not verify its own')
    count++
  }
  return (count * 1_000) / (performance.now() - began)
}

export function privateKey(): Uint8Array {
  const candidate = randomBytes(32)
  return isPrivate(candidate) ? candidate : privateKey()
}
