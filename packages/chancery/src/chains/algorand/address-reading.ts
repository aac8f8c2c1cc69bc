/**
 * Reads addresses by their definition alone: the SDK, which makes them (`address.ts`), has no part in it, so that one mistake
 * there cannot agree with itself. https://developer.algorand.org/docs/get-details/accounts/
 */
import { hash } from 'node:crypto'
import { equal, fromHex } from '../../base/bytes.ts'
import type { AddressReading, KnownCoin } from '../../core/chain.ts'

const form = 'account'

export const knownCoins: readonly KnownCoin[] = [
  { symbol: 'ALGO', otherNames: {}, forms: [{ name: form, algorithm: 'ed25519' }] },
]

/** Never throws. An address is the same on all networks. */
export function readAddress(text: string): AddressReading {
  const reason = fault(text)
  return reason === undefined ? { valid: true, form } : { valid: false, reason }
}

function fault(text: string): string | undefined {
  if (text.length !== 58) return `it has ${text.length} characters, and addresses 58`
  if (!/^[A-Z2-7]+$/.test(text)) return 'it has characters that no address has: capitals and the digits 2 to 7 are all'
  const bytes = decoded(text)
  if (bytes === undefined) return 'its last character is in no encoding of an address'
  const publicKey = bytes.subarray(0, 32)
  const checksum = hash('sha512-256', publicKey, 'buffer').subarray(-4)
  if (!equal(bytes.subarray(32), checksum)) return 'its checksum is wrong: a character was changed'
  return publicKey.every((byte) => byte === 0) ? 'it is the zero address: what is sent there is lost' : undefined
}

const letters = 'ABCDEFGHIJKLMNOPQRSTUVWXYZ234567'

/** 36 bytes, and two bits that are zero. */
function decoded(text: string): Uint8Array | undefined {
  const bits = Array.from(text).reduce((all, letter) => (all << 5n) | BigInt(letters.indexOf(letter)), 0n)
  if ((bits & 3n) !== 0n) return undefined
  return fromHex(`0x${(bits >> 2n).toString(16).padStart(72, '0')}`)
}
