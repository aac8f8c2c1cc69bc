/** A validator is its public key; whom it pays are execution addresses or withdrawal credentials. All in lower-case hex. */
import { keccak_256 } from '@noble/hashes/sha3.js'
import { isHex, toHex, utf8 } from '../../base/bytes.ts'
import { recipientNotShown } from '../../core/facts.ts'
import type { PublicKey } from '../../core/key.ts'
import { invalid, notCanonical } from '../../core/refusals.ts'

/** @throws Refused for a key of another algorithm. */
export function addressOf({ algorithm, bytes }: PublicKey): string {
  if (algorithm === 'bls12-381') return toHex(bytes)
  throw invalid('key', algorithm, 'a bls12-381 key')
}

/**
 * A public key (48 bytes), withdrawal credentials (32) or an execution address (20), in lower case. An address in mixed case
 * must have the checksum of EIP-55: a mistyped fee recipient earns nothing back.
 * @throws Refused `invalid-payload`, or `not-canonical` for a wrong checksum.
 */
export function parseAddress(text: string, where: string): string {
  if (text === recipientNotShown) return text
  if (!isHex(text, 48) && !isHex(text, 32) && !isHex(text, 20)) {
    throw invalid(
      where,
      text,
      'an execution address (0x and 40 hex digits), withdrawal credentials (64) or a public key (96)',
    )
  }
  const digits = text.slice(2)
  const lower = digits.toLowerCase()
  const mixed = digits !== lower && digits !== digits.toUpperCase()
  if (digits.length === 40 && mixed && digits !== checksummed(lower)) {
    throw notCanonical(where, text, `the checksum of 0x${checksummed(lower)}`)
  }
  return `0x${lower}`
}

/** https://eips.ethereum.org/EIPS/eip-55 */
function checksummed(digits: string): string {
  const hash = toHex(keccak_256(utf8(digits))).slice(2)
  return digits.replace(/[a-f]/g, (digit, at: number) => (hash.charAt(at) >= '8' ? digit.toUpperCase() : digit))
}
