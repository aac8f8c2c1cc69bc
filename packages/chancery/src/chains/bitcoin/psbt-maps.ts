/** The frame of a PSBT: maps of keys and values, in the order they came in, so that they are written again as they were. */
import { concat, equal, toHex } from '../../base/bytes.ts'
import { invalid, notCanonical } from '../../core/refusals.ts'
import { compactSize, sized } from './encoding.ts'

export interface Pair {
  readonly type: number
  /** What follows the type in the key. */
  readonly keyData: Uint8Array
  readonly value: Uint8Array
}

export type KeyMap = readonly Pair[]

const magic = Uint8Array.from(Buffer.from('70736274ff', 'hex'))

interface Cursor {
  readonly bytes: Uint8Array
  readonly where: string
  at: number
}

/** The global map, then all others. @throws Refused for anything that is no PSBT, a key twice, or a length not in its shortest form. */
export function readMaps(bytes: Uint8Array, where: string): readonly KeyMap[] {
  if (!equal(bytes.subarray(0, 5), magic)) throw invalid(where, toHex(bytes.subarray(0, 5)), 'a PSBT: psbt and 0xff')
  const cursor: Cursor = { bytes, where, at: 5 }
  const maps: KeyMap[] = []
  while (cursor.at < bytes.length) maps.push(readMap(cursor, maps.length))
  return maps
}

function readMap(cursor: Cursor, number: number): KeyMap {
  const pairs: Pair[] = []
  const seen = new Set<string>()
  for (;;) {
    const size = readSize(cursor)
    if (size === 0) return pairs
    const key = take(cursor, size)
    const name = toHex(key)
    if (seen.has(name)) throw invalid(cursor.where, `key ${name} twice in map ${number}`, 'a PSBT with every key once')
    seen.add(name)
    const inKey: Cursor = { bytes: key, where: cursor.where, at: 0 }
    const type = readSize(inKey)
    pairs.push({ type, keyData: key.subarray(inKey.at), value: take(cursor, readSize(cursor)) })
  }
}

function take(cursor: Cursor, size: number): Uint8Array {
  const { bytes, at, where } = cursor
  if (at + size > bytes.length) throw invalid(where, `an end after ${bytes.length} bytes`, 'a whole PSBT')
  cursor.at = at + size
  return bytes.slice(at, at + size)
}

function readSize(cursor: Cursor): number {
  const [first = 0] = take(cursor, 1)
  if (first < 0xfd) return first
  if (first === 0xff) throw invalid(cursor.where, 'a length of eight bytes', 'a PSBT of lengths below 2^32')
  const rest = take(cursor, first === 0xfd ? 2 : 4)
  const value = rest.reduceRight((sum, byte) => sum * 256 + byte, 0)
  if (value < (first === 0xfd ? 0xfd : 0x10000))
    throw notCanonical(cursor.where, value, 'the shortest form of a length')
  return value
}

export function writeMaps(maps: readonly KeyMap[]): Uint8Array {
  return concat(magic, ...maps.map(writeMap))
}

function writeMap(map: KeyMap): Uint8Array {
  const pairs = map.map(({ type, keyData, value }) => concat(sized(concat(compactSize(type), keyData)), sized(value)))
  return concat(...pairs, Uint8Array.of(0))
}

/** The same map with a pair in the place of its key, or at the end. */
export function withPair(map: KeyMap, pair: Pair): KeyMap {
  const at = map.findIndex(({ type, keyData }) => type === pair.type && equal(keyData, pair.keyData))
  return at < 0 ? [...map, pair] : map.with(at, pair)
}
