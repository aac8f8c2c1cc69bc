/** Lists and vectors. A list that is too long is refused before its first item is looked at. */
import { readArray } from '../../../core/fields.ts'
import { invalid } from '../../../core/refusals.ts'
import { readHex, type Form } from './form.ts'
import { chunkSize, depthOf, lengthChunk, merkleize, merkleizeProgressive, mixIn, padded } from './merkle.ts'

export function list<T>(item: Form<T>, limit: number): Form<readonly T[]> {
  const depth = depthOf(limit)
  return {
    schema: { type: 'array', items: item.schema, maxItems: limit },
    read: (value, where) => readItems(item, value, where, 0, limit),
    writeRoot: (values, out, at) =>
      out.set(mixIn(merkleize(roots(item, values), depth), lengthChunk(values.length)), at),
  }
}

/** EIP-7916. The limit is ours alone where the type has none. */
export function progressiveList<T>(item: Form<T>, limit: number): Form<readonly T[]> {
  return {
    ...list(item, limit),
    writeRoot(values, out, at) {
      out.set(mixIn(merkleizeProgressive(roots(item, values)), lengthChunk(values.length)), at)
    },
  }
}

/** Four numbers share a chunk. */
export function uint64List(item: Form<bigint>, limit: number): Form<readonly bigint[]> {
  const depth = depthOf(Math.ceil(limit / 4))
  return {
    ...list(item, limit),
    writeRoot: (values, out, at) => out.set(mixIn(merkleize(packed(values), depth), lengthChunk(values.length)), at),
  }
}

export function progressiveUint64List(item: Form<bigint>, limit: number): Form<readonly bigint[]> {
  return {
    ...list(item, limit),
    writeRoot(values, out, at) {
      out.set(mixIn(merkleizeProgressive(packed(values)), lengthChunk(values.length)), at)
    },
  }
}

export function vector<T>(item: Form<T>, length: number): Form<readonly T[]> {
  const depth = depthOf(length)
  return {
    schema: { type: 'array', items: item.schema, minItems: length, maxItems: length },
    read: (value, where) => readItems(item, value, where, length, length),
    writeRoot: (values, out, at) => out.set(merkleize(roots(item, values), depth), at),
  }
}

const byteListSchema = {
  type: 'string',
  pattern: '^0x([0-9a-fA-F]{2})*$',
  description: '0x and hex of whole bytes',
} as const

export function byteList(limit: number): Form<Uint8Array> {
  const depth = depthOf(Math.ceil(limit / chunkSize))
  return {
    schema: byteListSchema,
    read: (value, where) => readByteList(value, where, limit),
    writeRoot: (value, out, at) => out.set(mixIn(merkleize(padded(value), depth), lengthChunk(value.length)), at),
  }
}

export function progressiveByteList(limit: number): Form<Uint8Array> {
  return {
    ...byteList(limit),
    writeRoot: (value, out, at) => out.set(mixIn(merkleizeProgressive(padded(value)), lengthChunk(value.length)), at),
  }
}

function readByteList(value: unknown, where: string, limit: number): Uint8Array {
  return readHex(value, where, 0, limit, `0x and hex of at most ${limit} bytes`)
}

function readItems<T>(item: Form<T>, value: unknown, where: string, least: number, most: number): readonly T[] {
  const items = readArray(value, where)
  if (items.length >= least && items.length <= most) return items.map((one, i) => item.read(one, `${where}[${i}]`))
  throw invalid(where, `${items.length} items`, least === most ? `${most} items` : `at most ${most} items`)
}

function roots<T>(item: Form<T>, values: readonly T[]): Uint8Array {
  const chunks = new Uint8Array(values.length * chunkSize)
  values.forEach((value, i) => item.writeRoot(value, chunks, i * chunkSize))
  return chunks
}

function packed(values: readonly bigint[]): Uint8Array {
  const out = new Uint8Array(values.length * 8)
  const view = new DataView(out.buffer)
  values.forEach((value, i) => view.setBigUint64(i * 8, value, true))
  return padded(out)
}
