/** AES-256-GCM with a 96-bit nonce and a 128-bit tag (NIST SP 800-38D), the tag behind the ciphertext. */
import { createCipheriv, createDecipheriv } from 'node:crypto'
import { concat } from '../base/bytes.ts'

export const nonceSize = 12
const tagSize = 16

export interface GcmOptions {
  readonly key: Uint8Array
  readonly nonce: Uint8Array
  readonly additionalData: Uint8Array
}

/** @throws RangeError when the nonce is not 12 bytes long. */
export function encrypt({ key, nonce, additionalData }: GcmOptions, plaintext: Uint8Array): Uint8Array {
  assertNonce(nonce)
  const cipher = createCipheriv('aes-256-gcm', key, nonce, { authTagLength: tagSize })
  cipher.setAAD(additionalData)
  return concat(cipher.update(plaintext), cipher.final(), cipher.getAuthTag())
}

/**
 * The plaintext in a buffer of its own: whoever gets it wipes it.
 * @throws Error when tag, key, nonce or additional data do not belong together.
 */
export function decrypt({ key, nonce, additionalData }: GcmOptions, sealed: Uint8Array): Uint8Array {
  assertNonce(nonce)
  if (sealed.length < tagSize) throw new RangeError(`expected at least ${tagSize} bytes, got ${sealed.length}`)
  const body = sealed.subarray(0, -tagSize)
  const decipher = createDecipheriv('aes-256-gcm', key, nonce, { authTagLength: tagSize })
  decipher.setAAD(additionalData)
  decipher.setAuthTag(sealed.subarray(-tagSize))
  const opened = decipher.update(body)
  try {
    decipher.final()
    return Uint8Array.from(opened)
  } finally {
    opened.fill(0)
  }
}

// Other lengths are valid GCM but go through GHASH, where nonces may collide; none is ever written here.
function assertNonce(nonce: Uint8Array): void {
  if (nonce.length !== nonceSize) throw new RangeError(`expected a nonce of ${nonceSize} bytes, got ${nonce.length}`)
}
