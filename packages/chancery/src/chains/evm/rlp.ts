/**
 * Recursive Length Prefix, strictly: one value has one encoding and only that one is read.
 * https://ethereum.org/en/developers/docs/data-structures-and-encoding/rlp/
 */
import { concat } from '../../base/bytes.ts'
import { invalid, notCanonical } from '../../core/refusals.ts'

export type RlpItem = Uint8Array | readonly RlpItem[]

/** Where an item lies in the bytes it was read from. `end` is exclusive. */
export interface Extent {
  readonly list: boolean
  readonly start: number
  readonly end: number
}

// A transaction nests four deep (access list, entry, keys); a bound keeps hostile input from filling the stack.
const deepest = 8

export function encodeRlp(item: RlpItem): Uint8Array {
  const list = !(item instanceof Uint8Array)
  // Not spread over arguments, of which a long list would have too many.
  const body = list ? Buffer.concat(item.map(encodeRlp)) : item
  if (!list && body.length === 1 && (body[0] ?? 0) < 0x80) return body
  return concat(prefix(body.length, list ? 0xc0 : 0x80), body)
}

/** @throws Refused `not-canonical` for a longer spelling, `invalid-payload` for anything that is not exactly one item. */
export function decodeRlp(bytes: Uint8Array, where: string): RlpItem {
  const extent = readExtent(bytes, 0, bytes.length, where)
  if (extent.end !== bytes.length) throw invalid(where, `${bytes.length - extent.end} more bytes`, 'one RLP item')
  return decodeItem(bytes, extent, where, 0)
}

/** Reads the prefix at `at` of an item that must end by `limit`. @throws Refused as `decodeRlp` does. */
export function readExtent(bytes: Uint8Array, at: number, limit: number, where: string): Extent {
  const first = bytes[at]
  if (first === undefined || at >= limit) throw invalid(where, 'the end', 'an RLP item')
  if (first < 0x80) return { list: false, start: at, end: at + 1 }
  const list = first >= 0xc0
  const short = first - (list ? 0xc0 : 0x80)
  const start = at + 1 + Math.max(0, short - 55)
  const length = short <= 55 ? short : readLength(bytes.subarray(at + 1, Math.min(start, limit)), short - 55, where)
  const end = start + length
  if (end > limit) throw invalid(where, `an item of ${length} bytes`, 'an RLP item within its bounds')
  if (!list && length === 1 && (bytes[start] ?? 0) < 0x80)
    throw notCanonical(where, 'a prefixed byte', 'the byte alone')
  return { list, start, end }
}

/** Numbers are big-endian without leading zeros; zero is the empty string. */
export function encodeInteger(value: bigint): Uint8Array {
  if (value === 0n) return new Uint8Array(0)
  const digits = value.toString(16)
  return Uint8Array.from(Buffer.from(digits.length % 2 === 0 ? digits : `0${digits}`, 'hex'))
}

function decodeItem(bytes: Uint8Array, extent: Extent, where: string, depth: number): RlpItem {
  if (!extent.list) return bytes.subarray(extent.start, extent.end)
  if (depth === deepest) throw invalid(where, 'deeper nesting', `at most ${deepest} lists in each other`)
  const items: RlpItem[] = []
  for (let at = extent.start; at < extent.end;) {
    const item = readExtent(bytes, at, extent.end, where)
    items.push(decodeItem(bytes, item, where, depth + 1))
    at = item.end
  }
  return items
}

/** A length of more than 55, in `size` bytes. Four bytes hold more than any body this service reads. */
function readLength(digits: Uint8Array, size: number, where: string): number {
  if (digits.length < size) throw invalid(where, 'the end', 'the length of an RLP item')
  if (digits[0] === 0) throw notCanonical(where, 'a padded length', 'no leading zeros')
  if (size > 4) throw invalid(where, `a length of ${size} bytes`, 'an RLP item within its bounds')
  const length = digits.reduce((sum, digit) => sum * 256 + digit, 0)
  if (length <= 55) throw notCanonical(where, 'a long length', 'the short form up to 55 bytes')
  return length
}

function prefix(length: number, offset: number): Uint8Array {
  if (length <= 55) return Uint8Array.of(offset + length)
  const digits = encodeInteger(BigInt(length))
  return concat(Uint8Array.of(offset + 55 + digits.length), digits)
}
