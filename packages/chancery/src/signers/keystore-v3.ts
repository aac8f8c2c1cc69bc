/**
 * Web3 Secret Storage, version 3 (https://ethereum.org/developers/docs/data-structures-and-encoding/web3-secret-storage/).
 * Runs inside a signer process: it sees the password and the private key.
 */
import { createDecipheriv, timingSafeEqual } from 'node:crypto'
import { keccak_256 } from '@noble/hashes/sha3.js'
import { concat } from '../base/bytes.ts'
import { type DeriveKey, hex, malformed, member, parseJson, pbkdf2, scrypt } from './keystore-parts.ts'
import { refuse } from './refusal.ts'

interface Keystore {
  readonly ciphertext: Uint8Array
  readonly iv: Uint8Array
  readonly mac: Uint8Array
  readonly deriveKey: DeriveKey
}

/**
 * The private key, in a buffer of its own: whoever gets it wipes it.
 * @throws SignerRefusal `invalid-payload`
 */
export function decryptKeystore(text: Uint8Array, password: Uint8Array): Uint8Array {
  const keystore = parseKeystore(text)
  const derived = keystore.deriveKey(password)
  try {
    const mac = keccak_256(concat(derived.subarray(16, 32), keystore.ciphertext))
    if (!timingSafeEqual(mac, keystore.mac)) throw refuse('invalid-payload', 'The password does not open the keystore')
    const decipher = createDecipheriv('aes-128-ctr', derived.subarray(0, 16), keystore.iv)
    const opened = decipher.update(keystore.ciphertext)
    decipher.final()
    const privateKey = Uint8Array.from(opened)
    opened.fill(0)
    return privateKey
  } finally {
    derived.fill(0)
  }
}

function parseKeystore(text: Uint8Array): Keystore {
  const keystore = member(parseJson(text))
  if (keystore('version') !== 3) throw malformed('its version is not 3')
  const crypto = member(keystore('crypto') ?? keystore('Crypto'))
  if (crypto('cipher') !== 'aes-128-ctr') throw malformed('its cipher is not aes-128-ctr')
  return {
    ciphertext: hex(crypto('ciphertext'), 32),
    iv: hex(member(crypto('cipherparams'))('iv'), 16),
    mac: hex(crypto('mac'), 32),
    deriveKey: keyDerivation(crypto('kdf'), member(crypto('kdfparams'))),
  }
}

function keyDerivation(name: unknown, parameter: (name: string) => unknown): DeriveKey {
  const salt = hex(parameter('salt'))
  if (parameter('dklen') !== 32) throw malformed('its derived key is not 32 bytes long')
  if (name === 'scrypt') return scrypt(salt, parameter)
  if (name === 'pbkdf2') return pbkdf2(salt, parameter)
  throw malformed('its key derivation is neither scrypt nor pbkdf2')
}
