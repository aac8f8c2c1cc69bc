/** Addresses. Their one text form is the mixed-case checksum of EIP-55. https://eips.ethereum.org/EIPS/eip-55 */
import { fromHex, isHex, toHex, utf8 } from '../../base/bytes.ts'
import type { PublicKey } from '../../core/key.ts'
import type { Network } from '../../core/names.ts'
import { coordinates } from '../../curves/secp256k1/public-key.ts'
import { keccak256 } from './keccak.ts'
import { invalid, notCanonical } from '../../core/refusals.ts'

// A transaction is read, judged and summarised with the same few addresses, and each checksum is a hash.
const checksums = new Map<string, string>()
const checksumLimit = 10_000

/** The checksummed text of a 20-byte address. */
export function checksummed(address: Uint8Array): string {
  const digits = toHex(address).slice(2)
  const known = checksums.get(digits)
  if (known !== undefined) return known
  if (checksums.size >= checksumLimit) checksums.clear()
  const text = withChecksum(digits)
  checksums.set(digits, text)
  return text
}

function withChecksum(digits: string): string {
  const hash = keccak256(utf8(digits))
  let out = '0x'
  for (let i = 0; i < digits.length; i++) {
    const nibble = ((hash[i >> 1] ?? 0) >> (i % 2 === 0 ? 4 : 0)) & 15
    const digit = digits.charAt(i)
    out += nibble >= 8 ? digit.toUpperCase() : digit
  }
  return out
}

/**
 * The bytes of an address somebody typed: `0x` and 40 digits, all in one case or with the right checksum.
 * @throws Refused `invalid-payload`, or `not-canonical` for a wrong checksum.
 */
export function readAddress(value: unknown, where: string): Uint8Array {
  if (!isHex(value, 20)) throw invalid(where, value, 'an address: 0x and 40 hex digits')
  const address = fromHex(value)
  const digits = value.slice(2)
  const mixed = digits !== digits.toLowerCase() && digits !== digits.toUpperCase()
  if (mixed && checksummed(address) !== value)
    throw notCanonical(where, value, `the checksum of ${checksummed(address)}`)
  return address
}

/** The checksummed text of an address somebody typed. @throws Refused as `readAddress` does. */
export function parseAddress(text: string, where: string): string {
  return checksummed(readAddress(text, where))
}

/** The last 20 bytes of the hash of the public key's coordinates (Yellow Paper, appendix F). */
export function addressBytesOf(publicKey: PublicKey): Uint8Array {
  return keccak256(coordinates(publicKey)).subarray(12)
}

// Decompressing a point and two hashes cost 40 µs; the same few keys come again and again.
const addresses = new Map<string, string>()
const addressLimit = 10_000

/** The address of a public key, on every network alike. @throws Refused for a key of another algorithm. */
export function addressOf(publicKey: PublicKey): string {
  if (publicKey.algorithm !== 'secp256k1-ecdsa') throw invalid('key', publicKey.algorithm, 'a secp256k1-ecdsa key')
  const name = toHex(publicKey.bytes)
  const known = addresses.get(name)
  if (known !== undefined) return known
  if (addresses.size >= addressLimit) addresses.clear()
  const address = checksummed(addressBytesOf(publicKey))
  addresses.set(name, address)
  return address
}

/** The scope of a nonce: (address, network), never a key id (safety rule 1). */
export function nonceScope(network: Network, address: string): string {
  return `${network}/${address}`
}
