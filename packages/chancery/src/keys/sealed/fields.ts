/** Lists of byte strings, each behind its length in four big-endian bytes: no two lists have the same encoding. */
import { concat } from '../../base/bytes.ts'

export function encodeFields(fields: readonly Uint8Array[]): Uint8Array<ArrayBuffer> {
  return concat(...fields.flatMap((field) => [uint32(field.length), field]))
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

export function uint32(value: number): Uint8Array<ArrayBuffer> {
  const out = new Uint8Array(4)
  new DataView(out.buffer).setUint32(0, value)
  return out
}

/** @throws RangeError when fewer than four bytes are left. */
export function readUint32(bytes: Uint8Array, at: number): number {
  return new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength).getUint32(at)
}
