import { constants, createHash, type KeyObject, privateEncrypt, publicDecrypt } from 'node:crypto'
import type { Random } from '../random.ts'
import { HASH_BYTES, hashOf } from './specs.ts'

type Hash = 'sha256' | 'sha384' | 'sha512'

// DigestInfo prefixes: RFC 8017, section 9.2, note 1.
const DIGEST_INFO: Readonly<Record<Hash, string>> = {
  sha256: '3031300d060960864801650304020105000420',
  sha384: '3041300d060960864801650304020205000430',
  sha512: '3051300d060960864801650304020305000440',
}

function hashName(algorithm: string): Hash {
  const hash = hashOf(algorithm)
  if (hash === 'sha1' || hash === 'sha224') throw new TypeError(`${algorithm} is no RSA signing algorithm`)
  return hash
}

/** RSASSA over a digest; PSS with a salt as long as the digest, as KMS does it. */
export function signRsaDigest(key: KeyObject, algorithm: string, digest: Buffer, random: Random): Buffer {
  const hash = hashName(algorithm)
  if (!algorithm.startsWith('RSASSA_PSS')) {
    const info = Buffer.concat([Buffer.from(DIGEST_INFO[hash], 'hex'), digest])
    return privateEncrypt({ key, padding: constants.RSA_PKCS1_PADDING }, info)
  }
  const encoded = encodePss(digest, hash, modulusBytes(key), random.bytes(digest.length))
  return privateEncrypt({ key, padding: constants.RSA_NO_PADDING }, encoded)
}

export function verifyRsaDigest(key: KeyObject, algorithm: string, digest: Buffer, signature: Buffer): boolean {
  const hash = hashName(algorithm)
  try {
    if (algorithm.startsWith('RSASSA_PSS')) {
      return pssFits(publicDecrypt({ key, padding: constants.RSA_NO_PADDING }, signature), digest, hash)
    }
    const opened = publicDecrypt({ key, padding: constants.RSA_PKCS1_PADDING }, signature)
    return opened.equals(Buffer.concat([Buffer.from(DIGEST_INFO[hash], 'hex'), digest]))
  } catch {
    // OpenSSL throws for a signature of a wrong length or padding: it does not verify.
    return false
  }
}

export const modulusBytes = (key: KeyObject) => (key.asymmetricKeyDetails?.modulusLength ?? 0) / 8

/** EMSA-PSS-ENCODE (RFC 8017, section 9.1.1); the modulus has a whole number of bytes. */
function encodePss(digest: Buffer, hash: Hash, length: number, salt: Buffer): Buffer {
  const H = pssHash(digest, hash, salt)
  const padding = Buffer.alloc(length - salt.length - H.length - 2)
  const block = Buffer.concat([padding, Buffer.from([1]), salt])
  return Buffer.concat([masked(block, H, hash), H, Buffer.from([0xbc])])
}

function pssFits(encoded: Buffer, digest: Buffer, hash: Hash): boolean {
  const size = HASH_BYTES[hash]
  const H = encoded.subarray(encoded.length - size - 1, -1)
  const block = masked(encoded.subarray(0, encoded.length - size - 1), H, hash)
  const salt = block.subarray(block.length - size)
  const head = block.subarray(0, block.length - size)
  const headFits = head.at(-1) === 1 && head.subarray(0, -1).every((byte) => byte === 0)
  return encoded.at(-1) === 0xbc && headFits && pssHash(digest, hash, salt).equals(H)
}

function pssHash(digest: Buffer, hash: Hash, salt: Buffer): Buffer {
  return createHash(hash).update(Buffer.alloc(8)).update(digest).update(salt).digest()
}

/** block ⊕ MGF1(H), with the topmost bit cleared. Its own inverse. */
function masked(block: Buffer, H: Buffer, hash: Hash): Buffer {
  const mask = mgf1(H, block.length, hash)
  const result = Buffer.from(block.map((byte, index) => byte ^ (mask[index] ?? 0)))
  result[0] = (result[0] ?? 0) & 0x7f
  return result
}

function mgf1(seed: Buffer, length: number, hash: Hash): Buffer {
  const blocks = Array.from({ length: Math.ceil(length / HASH_BYTES[hash]) }, (_, counter) => {
    const index = Buffer.alloc(4)
    index.writeUInt32BE(counter)
    return createHash(hash).update(seed).update(index).digest()
  })
  return Buffer.concat(blocks).subarray(0, length)
}
