/**
 * One secret, sealed. Every sealing has an AES key of its own, derived from the sealing key, a fresh 32-byte salt and the
 * key id (HKDF-SHA-256, RFC 5869). So a nonce cannot meet its key twice however many keys are sealed, which with one AES
 * key and random nonces would have to be bounded at 2^32 (NIST SP 800-38D, 8.3).
 */
import { hkdfSync, randomBytes } from 'node:crypto'
import { utf8 } from '../../base/bytes.ts'
import { decrypt, encrypt, nonceSize } from '../../signers/aes-gcm.ts'
import { encodeFields } from '../../signers/fields.ts'

export const sealVersion = 1

/** What a sealed secret belongs to: under any other, it does not open. */
export interface Binding {
  readonly id: string
  /** Or `bip32`: the root of a tree does not open as a single key. */
  readonly algorithm: string
  readonly publicKey: Uint8Array
}

export interface Sealed {
  readonly salt: Uint8Array
  readonly nonce: Uint8Array
  readonly ciphertext: Uint8Array
}

export function seal(sealingKey: Uint8Array, binding: Binding, secret: Uint8Array): Sealed {
  const salt = Uint8Array.from(randomBytes(32))
  const nonce = Uint8Array.from(randomBytes(nonceSize))
  const ciphertext = withKey(sealingKey, salt, binding, (key) =>
    encrypt({ key, nonce, additionalData: additionalData(binding) }, secret),
  )
  return { salt, nonce, ciphertext }
}

/**
 * The secret, in a buffer of its own: whoever gets it wipes it.
 * @throws Error when it was sealed under another key or for another binding, or was changed.
 */
export function unseal(sealingKey: Uint8Array, binding: Binding, { salt, nonce, ciphertext }: Sealed): Uint8Array {
  return withKey(sealingKey, salt, binding, (key) =>
    decrypt({ key, nonce, additionalData: additionalData(binding) }, ciphertext),
  )
}

function withKey<T>(sealingKey: Uint8Array, salt: Uint8Array, { id }: Binding, work: (key: Uint8Array) => T): T {
  const key = new Uint8Array(
    hkdfSync('sha256', sealingKey, salt, utf8(`chancery sealed secret ${sealVersion} ${id}`), 32),
  )
  try {
    return work(key)
  } finally {
    key.fill(0)
  }
}

function additionalData({ id, algorithm, publicKey }: Binding): Uint8Array {
  return encodeFields([utf8(String(sealVersion)), utf8(id), utf8(algorithm), publicKey])
}
