/** Bytes and their text forms. Inside the service bytes are `Uint8Array`; at the edge they are `0x` hex. */
import { hash, timingSafeEqual } from 'node:crypto'
import { isUint64 } from './uint64.ts'

export type Hex = `0x${string}`

const lowerHex = /^0x(?:[0-9a-f]{2})*$/
const anyHex = /^0x(?:[0-9a-fA-F]{2})*$/

/** Whether `text` is `0x` followed by whole bytes, of `size` bytes where a size is given. Either case. */
export function isHex(text: unknown, size?: number): text is Hex {
  return typeof text === 'string' && anyHex.test(text) && (size === undefined || text.length === 2 + 2 * size)
}

/** Whether `text` is hex in the one spelling the service itself writes: lower case. */
export function isLowerHex(text: unknown, size?: number): text is Hex {
  return typeof text === 'string' && lowerHex.test(text) && (size === undefined || text.length === 2 + 2 * size)
}

/** @throws RangeError when `text` is not `0x` and whole bytes. */
export function fromHex(text: string): Uint8Array<ArrayBuffer> {
  // Node reads the low byte of any character: to it U+0130 is a digit 0.
  if (!isHex(text)) throw new RangeError('expected 0x and an even number of hex digits')
  const bytes = new Uint8Array((text.length - 2) / 2)
  Buffer.from(bytes.buffer).write(text.slice(2), 'hex')
  return bytes
}

/** The one spelling the service itself writes. */
export function toLowerHex(text: Hex): Hex {
  // Nearly always it is: a file has a million roots, and each would be made anew.
  if (lowerHex.test(text)) return text
  return `0x${text.slice(2).toLowerCase()}`
}

/** Hex as people write it: with `0x` or without, in any case. Undefined for what is not `size` bytes of it. */
export function hexAsTyped(text: string, size: number): Hex | undefined {
  const hex = `0x${/^0[xX]/.test(text) ? text.slice(2) : text}`
  return isHex(hex, size) ? toLowerHex(hex) : undefined
}

/** Whether it is the same bytes, whoever spelled them. What is not there is the same as nothing. */
export function sameHex(a: Hex | undefined, b: Hex | undefined): boolean {
  return a !== undefined && a.toLowerCase() === b?.toLowerCase()
}

export function toHex(bytes: Uint8Array): Hex {
  return `0x${Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength).toString('hex')}`
}

const encoder = new TextEncoder()

export function utf8(text: string): Uint8Array<ArrayBuffer> {
  return encoder.encode(text)
}

export function concat(...parts: readonly Uint8Array[]): Uint8Array<ArrayBuffer> {
  const out = new Uint8Array(parts.reduce((size, part) => size + part.length, 0))
  let at = 0
  for (const part of parts) {
    out.set(part, at)
    at += part.length
  }
  return out
}

/** Compares in a time that depends only on the lengths. */
export function equal(a: Uint8Array, b: Uint8Array): boolean {
  return a.length === b.length && timingSafeEqual(a, b)
}

export function sha256(...parts: readonly Uint8Array[]): Uint8Array<ArrayBuffer> {
  const [only] = parts
  return Uint8Array.from(hash('sha256', parts.length === 1 && only !== undefined ? only : concat(...parts), 'buffer'))
}

/** The same as hex, without the bytes in between. */
export function sha256Hex(bytes: Uint8Array): Hex {
  return `0x${hash('sha256', bytes, 'hex')}`
}

/**
 * Eight big-endian bytes: the form of every uint64 in the store, so that bytes sort as numbers do.
 * @throws RangeError outside 0 … 2^64-1.
 */
export function uint64(value: bigint): Uint8Array<ArrayBuffer> {
  if (!isUint64(value)) throw new RangeError(`expected 0 to 2^64-1, got ${value}`)
  const out = new Uint8Array(8)
  new DataView(out.buffer).setBigUint64(0, value)
  return out
}

/** @throws RangeError when `bytes` is not eight long. */
export function fromUint64(bytes: Uint8Array): bigint {
  if (bytes.length !== 8) throw new RangeError(`expected 8 bytes, got ${bytes.length}`)
  return new DataView(bytes.buffer, bytes.byteOffset, 8).getBigUint64(0)
}
