/** Numbers and lengths as transactions and PSBTs have them. */
import { concat } from '../../base/bytes.ts'

/** Bytes after their length. */
export function sized(bytes: Uint8Array): Uint8Array {
  return concat(compactSize(bytes.length), bytes)
}

/** A length in 1, 3 or 5 bytes: nothing here reaches 2^32. */
export function compactSize(value: number): Uint8Array {
  if (value < 0xfd) return Uint8Array.of(value)
  if (value <= 0xffff) return Uint8Array.of(0xfd, value & 0xff, value >> 8)
  return concat(Uint8Array.of(0xfe), uint32(value))
}

/** Four little-endian bytes; of a negative number, its two's complement. */
export function uint32(value: number): Uint8Array {
  const out = new Uint8Array(4)
  new DataView(out.buffer).setUint32(0, value >>> 0, true)
  return out
}

/** Eight little-endian bytes. */
export function int64(value: bigint): Uint8Array {
  const out = new Uint8Array(8)
  new DataView(out.buffer).setBigInt64(0, value, true)
  return out
}
