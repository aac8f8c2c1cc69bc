/**
 * Reads addresses by EIP-55 alone. What makes them (`address.ts`) has no part in it, so that one mistake there cannot agree
 * with itself. https://eips.ethereum.org/EIPS/eip-55
 */
import type { AddressReading } from '../../core/chain.ts'
import { keccak256 } from './keccak.ts'
import { accountForm } from './natives.ts'

/** Never throws. Digits all in one case carry no checksum and are taken; those in both must be as their hash says. */
export function readAddress(text: string): AddressReading {
  const reason = fault(text)
  return reason === undefined ? { valid: true, form: accountForm.name } : { valid: false, reason }
}

function fault(text: string): string | undefined {
  if (!text.startsWith('0x')) return 'it does not begin with 0x'
  const digits = text.slice(2)
  if (digits.length !== 40) return `it has ${digits.length} characters after 0x, and addresses 40`
  if (!/^[0-9a-fA-F]+$/.test(digits)) return 'it has characters that are no hex digits'
  if (/^0+$/.test(digits)) return 'it is the zero address: what is sent there is lost'
  const mixed = /[a-f]/.test(digits) && /[A-F]/.test(digits)
  return mixed && !hasChecksum(digits)
    ? 'its checksum is wrong (EIP-55): a character was changed, or its case'
    : undefined
}

/** A letter is upper case exactly where the hash of the lower-case digits has a nibble of 8 or more. */
function hasChecksum(digits: string): boolean {
  const hash = Buffer.from(keccak256(Buffer.from(digits.toLowerCase(), 'latin1'))).toString('hex')
  return Array.from(digits).every((digit, i) => {
    if (digit >= '0' && digit <= '9') return true
    const high = Number.parseInt(hash.charAt(i), 16) >= 8
    return high === (digit >= 'A' && digit <= 'F')
  })
}
