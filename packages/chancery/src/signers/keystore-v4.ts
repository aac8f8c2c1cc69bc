/**
 * The keystores of validators, version 4 (EIP-2335). Runs inside an import process: it sees the password, also as text, which
 * cannot be wiped and ends with the process.
 */
import { createDecipheriv, createHash, timingSafeEqual } from 'node:crypto'
import { concat } from '../base/bytes.ts'
import { type DeriveKey, hex, malformed, member, parseJson, pbkdf2, scrypt } from './keystore-parts.ts'
import { refuse } from './refusal.ts'
import { textIn } from './text.ts'

interface Keystore {
  readonly ciphertext: Uint8Array
  readonly iv: Uint8Array
  readonly checksum: Uint8Array
  readonly deriveKey: DeriveKey
  readonly publicKey?: Uint8Array
}

export interface OpenedKeystore {
  /** In a buffer of its own: whoever gets it wipes it. */
  readonly privateKey: Uint8Array
  /** What the keystore says it is of, where it does. */
  readonly publicKey?: Uint8Array
}

/** @throws SignerRefusal `invalid-payload` */
export function decryptValidatorKeystore(text: Uint8Array, password: Uint8Array): OpenedKeystore {
  const keystore = parseKeystore(text)
  const typed = passwordBytes(password)
  const derived = keystore.deriveKey(typed)
  try {
    requireChecksum(keystore, derived)
    const decipher = createDecipheriv('aes-128-ctr', derived.subarray(0, 16), keystore.iv)
    const opened = decipher.update(keystore.ciphertext)
    decipher.final()
    const privateKey = Uint8Array.from(opened)
    opened.fill(0)
    return { privateKey, ...(keystore.publicKey && { publicKey: keystore.publicKey }) }
  } finally {
    derived.fill(0)
    typed.fill(0)
  }
}

function requireChecksum({ ciphertext, checksum }: Keystore, derived: Uint8Array): void {
  const computed = createHash('sha256')
    .update(concat(derived.subarray(16, 32), ciphertext))
    .digest()
  if (!timingSafeEqual(computed, checksum)) throw refuse('invalid-payload', 'The password does not open the keystore')
}

/** EIP-2335: NFKD, and without the control codes C0, C1 and Delete. */
function passwordBytes(password: Uint8Array): Uint8Array {
  const text = textIn(password, 'password')
  // oxlint-disable-next-line no-control-regex
  return Buffer.from(text.normalize('NFKD').replace(/[\u0000-\u001f\u007f-\u009f]/g, ''), 'utf8')
}

function parseKeystore(text: Uint8Array): Keystore {
  const keystore = member(parseJson(text))
  if (keystore('version') !== 4) throw malformed('its version is not 4')
  const crypto = member(keystore('crypto'))
  const [cipher, checksum] = [member(crypto('cipher')), member(crypto('checksum'))]
  if (cipher('function') !== 'aes-128-ctr') throw malformed('its cipher is not aes-128-ctr')
  if (checksum('function') !== 'sha256') throw malformed('its checksum is not sha256')
  const publicKey = keystore('pubkey')
  return {
    ciphertext: hex(cipher('message'), 32),
    iv: hex(member(cipher('params'))('iv'), 16),
    checksum: hex(checksum('message'), 32),
    deriveKey: keyDerivation(member(crypto('kdf'))),
    ...(publicKey !== undefined && publicKey !== '' && { publicKey: hex(publicKey, 48) }),
  }
}

function keyDerivation(kdf: (name: string) => unknown): DeriveKey {
  const parameter = member(kdf('params'))
  const salt = hex(parameter('salt'))
  if (parameter('dklen') !== 32) throw malformed('its derived key is not 32 bytes long')
  if (kdf('function') === 'scrypt') return scrypt(salt, parameter)
  if (kdf('function') === 'pbkdf2') return pbkdf2(salt, parameter)
  throw malformed('its key derivation is neither scrypt nor pbkdf2')
}
