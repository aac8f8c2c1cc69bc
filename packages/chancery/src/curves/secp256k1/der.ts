/**
 * ECDSA signatures in DER (X.690): SEQUENCE { r INTEGER, s INTEGER }. One value has one encoding, and only that one is
 * taken; common ASN.1 libraries accept some twenty of Wycheproof's malformed signatures.
 */

/** @throws RangeError unless `der` is the one DER form of two integers from 0 to 2^256-1. Returns r and s, 32 bytes each. */
export function parseDer(der: Uint8Array): Uint8Array<ArrayBuffer> {
  // Two integers of at most 35 bytes each keep every length under 128, so the long form of a length never occurs.
  if (der.length > 72 || der[0] !== 0x30 || der[1] !== der.length - 2) throw malformed('sequence')
  const out = new Uint8Array(64)
  const next = readInteger(der, 2, out.subarray(0, 32))
  const end = readInteger(der, next, out.subarray(32))
  if (end !== der.length) throw malformed('end')
  return out
}

/** Reads the integer at `at` into `out`, right-aligned; returns where it ends. */
function readInteger(der: Uint8Array, at: number, out: Uint8Array): number {
  const length = der[at + 1] ?? 0
  const start = at + 2
  const end = start + length
  if (der[at] !== 0x02 || length === 0 || end > der.length) throw malformed('integer')
  const first = der[start] ?? 0
  const second = der[start + 1] ?? 0
  if (first >= 0x80) throw malformed('negative integer')
  if (first === 0 && length > 1 && second < 0x80) throw malformed('padded integer')
  const digits = der.subarray(first === 0 ? start + 1 : start, end)
  if (digits.length > 32) throw malformed('integer over 256 bits')
  out.set(digits, 32 - digits.length)
  return end
}

function malformed(what: string): RangeError {
  return new RangeError(`not a DER signature: ${what}`)
}

/** The one DER form of r and s, 32 bytes each. */
export function encodeDer(compact: Uint8Array): Uint8Array<ArrayBuffer> {
  const integers = [compact.subarray(0, 32), compact.subarray(32, 64)].flatMap(integer)
  return Uint8Array.of(0x30, integers.length, ...integers)
}

function integer(bytes: Uint8Array): readonly number[] {
  const first = bytes.findIndex((byte) => byte !== 0)
  const digits = first < 0 ? [0] : [...bytes.subarray(first)]
  const padded = (digits[0] ?? 0) >= 0x80 ? [0, ...digits] : digits
  return [0x02, padded.length, ...padded]
}
