/** Where a value of MessagePack ends: a group is sent as values one after the other. https://github.com/msgpack/msgpack/blob/master/spec.md */
import { LedgerRefusal } from './ledger.ts'

/** @throws LedgerRefusal for what algod's encoding never holds */
export function split(bytes: Uint8Array): Uint8Array[] {
  const parts: Uint8Array[] = []
  for (let at = 0; at < bytes.length;) {
    const end = endOf(bytes, at)
    if (end > bytes.length) throw new LedgerRefusal('msgpack decode error: unexpected EOF')
    parts.push(bytes.slice(at, end))
    at = end
  }
  return parts
}

function endOf(bytes: Uint8Array, at: number): number {
  const head = bytes[at] ?? 0xc1
  if (head < 0x80 || head >= 0xe0 || head === 0xc0 || head === 0xc2 || head === 0xc3) return at + 1
  if (head < 0x90) return endOfItems(bytes, at + 1, 2 * (head & 0x0f))
  if (head < 0xa0) return endOfItems(bytes, at + 1, head & 0x0f)
  if (head < 0xc0) return at + 1 + (head & 0x1f)
  const number = numberSizes.get(head)
  if (number !== undefined) return at + 1 + number
  const [kind, width] = lengths.get(head) ?? unknown(head)
  const length = Buffer.from(bytes).readUIntBE(at + 1, width)
  const start = at + 1 + width
  return kind === 'bytes' ? start + length : endOfItems(bytes, start, kind === 'map' ? 2 * length : length)
}

function endOfItems(bytes: Uint8Array, at: number, count: number): number {
  let end = at
  for (let i = 0; i < count && end < bytes.length; i++) end = endOf(bytes, end)
  return end
}

const numberSizes: ReadonlyMap<number, number> = new Map([
  [0xcc, 1],
  [0xcd, 2],
  [0xce, 4],
  [0xcf, 8],
  [0xd0, 1],
  [0xd1, 2],
  [0xd2, 4],
  [0xd3, 8],
])

const lengths: ReadonlyMap<number, readonly ['bytes' | 'list' | 'map', number]> = new Map([
  [0xc4, ['bytes', 1]],
  [0xc5, ['bytes', 2]],
  [0xc6, ['bytes', 4]],
  [0xd9, ['bytes', 1]],
  [0xda, ['bytes', 2]],
  [0xdb, ['bytes', 4]],
  [0xdc, ['list', 2]],
  [0xdd, ['list', 4]],
  [0xde, ['map', 2]],
  [0xdf, ['map', 4]],
])

function unknown(head: number): never {
  throw new LedgerRefusal(`msgpack decode error: unexpected byte 0x${head.toString(16)}`)
}
