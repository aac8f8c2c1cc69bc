/**
 * Web3 Secret Storage, version 3 (https://ethereum.org/developers/docs/data-structures-and-encoding/web3-secret-storage/).
 * Runs inside a signer process: it sees the password and the private key.
 */
import { createDecipheriv, pbkdf2Sync, scryptSync, timingSafeEqual } from 'node:crypto'
import { scrypt as slowScrypt } from '@noble/hashes/scrypt.js'
import { keccak_256 } from '@noble/hashes/sha3.js'
import { concat } from '../base/bytes.ts'
import { refuse } from './refusal.ts'

/** 128·N·r is what scrypt holds, times p what it reads: geth's own keystores come to exactly this much. */
const scryptMemoryLimit = 256 * 1024 * 1024
/** About two seconds; geth's own keystores have 262,144. */
const pbkdf2RoundLimit = 10_000_000

interface Keystore {
  readonly ciphertext: Uint8Array
  readonly iv: Uint8Array
  readonly mac: Uint8Array
  deriveKey(password: Uint8Array): Uint8Array
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

function keyDerivation(name: unknown, parameter: (name: string) => unknown): Keystore['deriveKey'] {
  const salt = hex(parameter('salt'))
  if (parameter('dklen') !== 32) throw malformed('its derived key is not 32 bytes long')
  if (name === 'scrypt') return scrypt(salt, parameter)
  if (name === 'pbkdf2') return pbkdf2(salt, parameter)
  throw malformed('its key derivation is neither scrypt nor pbkdf2')
}

function scrypt(salt: Uint8Array, parameter: (name: string) => unknown): Keystore['deriveKey'] {
  const [cost, blockSize, parallelization] = [count(parameter('n')), count(parameter('r')), count(parameter('p'))]
  if (cost < 2 || !Number.isInteger(Math.log2(cost))) throw malformed('scrypt n is not a power of two')
  if (128 * cost * blockSize * parallelization > scryptMemoryLimit) {
    throw malformed('its scrypt parameters ask for more than 256 MiB')
  }
  const maxmem = 2 * scryptMemoryLimit
  // RFC 7914 wants n below 2^(16·r) and OpenSSL insists; geth does not, and there are keystores with n = 2^18 and r = 1.
  if (cost >= 2 ** (16 * blockSize)) {
    return (password) => slowScrypt(password, salt, { N: cost, r: blockSize, p: parallelization, dkLen: 32, maxmem })
  }
  return (password) => scryptSync(password, salt, 32, { cost, blockSize, parallelization, maxmem })
}

function pbkdf2(salt: Uint8Array, parameter: (name: string) => unknown): Keystore['deriveKey'] {
  const rounds = count(parameter('c'))
  if (rounds > pbkdf2RoundLimit) throw malformed('its pbkdf2 count is above 10,000,000')
  if (parameter('prf') !== 'hmac-sha256') throw malformed('its pbkdf2 function is not hmac-sha256')
  return (password) => pbkdf2Sync(password, salt, rounds, 32, 'sha256')
}

function parseJson(text: Uint8Array): unknown {
  try {
    return JSON.parse(Buffer.from(text).toString('utf8'))
  } catch {
    throw malformed('it is not JSON')
  }
}

/** Reads members of an object that somebody else made: own ones only. */
function member(value: unknown): (name: string) => unknown {
  if (typeof value !== 'object' || value === null) throw malformed('a part of it is missing')
  const own = new Map<string, unknown>(Object.entries(value))
  return (name) => own.get(name)
}

function hex(value: unknown, size?: number): Uint8Array {
  const ok = typeof value === 'string' && /^(?:0x)?(?:[0-9a-fA-F]{2}){1,128}$/.test(value)
  if (!ok) throw malformed('a part of it is not hex')
  const bytes = Uint8Array.from(Buffer.from(value.replace(/^0x/, ''), 'hex'))
  if (size !== undefined && bytes.length !== size) throw malformed('a part of it has the wrong length')
  return bytes
}

function count(value: unknown): number {
  if (typeof value !== 'number' || !Number.isSafeInteger(value) || value < 1) throw malformed('a parameter is no count')
  return value
}

function malformed(why: string) {
  return refuse('invalid-payload', `The keystore cannot be read: ${why}`)
}
