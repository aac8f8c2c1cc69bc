/** Lists of byte strings, each behind its length in four big-endian bytes: no two lists have the same encoding. */

export function encodeFields(fields: readonly Uint8Array[]): Uint8Array<ArrayBuffer> {
  const out = new Uint8Array(encodedSize(fields))
  writeFields(out, 0, fields)
  return out
}

export function encodedSize(fields: readonly Uint8Array[]): number {
  return fields.reduce((size, field) => size + 4 + field.length, 0)
}

/** Writes what `encodeFields` returns into `out`, from `at`. */
export function writeFields(out: Uint8Array, at: number, fields: readonly Uint8Array[]): void {
  let next = at
  for (const field of fields) {
    writeUint32(out, next, field.length)
    out.set(field, next + 4)
    next += 4 + field.length
  }
}

/**
 * Views into `bytes`, not copies.
 * @throws RangeError when `bytes` does not end with a field.
 */
export function decodeFields(bytes: Uint8Array): Uint8Array[] {
  const fields: Uint8Array[] = []
  let at = 0
  while (at < bytes.length) {
    const end = at + 4 + readUint32(bytes, at)
    if (end > bytes.length) throw new RangeError('a field ends behind its frame')
    fields.push(bytes.subarray(at + 4, end))
    at = end
  }
  return fields
}

export function writeUint32(out: Uint8Array, at: number, value: number): void {
  out[at] = value >>> 24
  out[at + 1] = value >>> 16
  out[at + 2] = value >>> 8
  out[at + 3] = value
}

/** @throws RangeError when fewer than four bytes are left. */
export function readUint32(bytes: Uint8Array, at: number): number {
  const [a, b, c, d] = [bytes[at], bytes[at + 1], bytes[at + 2], bytes[at + 3]]
  if (a === undefined || b === undefined || c === undefined || d === undefined) throw new RangeError('too few bytes')
  return ((a << 24) | (b << 16) | (c << 8) | d) >>> 0
}
