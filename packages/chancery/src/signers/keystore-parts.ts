/**
 * What the keystore formats share: JSON that somebody else made, and the derivation of a key from a password, bounded before any
 * work is done.
 */
import { pbkdf2Sync, scryptSync } from 'node:crypto'
import { scrypt as slowScrypt } from '@noble/hashes/scrypt.js'
import { refuse } from './refusal.ts'

/** 128·N·r is what scrypt holds, times p what it reads: keystores of clients come to exactly this much. */
const scryptMemoryLimit = 256 * 1024 * 1024
/** About two seconds; clients' own keystores have 262,144. */
const pbkdf2RoundLimit = 10_000_000

/** 32 bytes from a password. */
export type DeriveKey = (password: Uint8Array) => Uint8Array

export function scrypt(salt: Uint8Array, parameter: (name: string) => unknown): DeriveKey {
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

export function pbkdf2(salt: Uint8Array, parameter: (name: string) => unknown): DeriveKey {
  const rounds = count(parameter('c'))
  if (rounds > pbkdf2RoundLimit) throw malformed('its pbkdf2 count is above 10,000,000')
  if (parameter('prf') !== 'hmac-sha256') throw malformed('its pbkdf2 function is not hmac-sha256')
  return (password) => pbkdf2Sync(password, salt, rounds, 32, 'sha256')
}

export function parseJson(text: Uint8Array): unknown {
  try {
    return JSON.parse(Buffer.from(text).toString('utf8'))
  } catch {
    throw malformed('it is not JSON')
  }
}

/** Reads members of an object that somebody else made: own ones only. */
export function member(value: unknown): (name: string) => unknown {
  if (typeof value !== 'object' || value === null) throw malformed('a part of it is missing')
  const own = new Map<string, unknown>(Object.entries(value))
  return (name) => own.get(name)
}

export function hex(value: unknown, size?: number): Uint8Array {
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

export function malformed(why: string) {
  return refuse('invalid-payload', `The keystore cannot be read: ${why}`)
}
