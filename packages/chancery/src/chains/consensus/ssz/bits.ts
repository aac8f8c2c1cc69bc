/** Bit vectors and lists, as `0x` hex of their serialisation: least significant bit first, a list ended by one more bit. */
import { invalid } from '../../../core/refusals.ts'
import { readHex, type Form } from './form.ts'
import { chunkSize, depthOf, lengthChunk, merkleize, merkleizeProgressive, mixIn, padded } from './merkle.ts'

export interface Bits {
  /** Without the bit that ends a list. */
  readonly bytes: Uint8Array
  readonly length: number
}

const schema = { type: 'string', pattern: '^0x([0-9a-fA-F]{2})+$', description: '0x and hex of whole bytes' } as const

export function bitVector(length: number): Form<Bits> {
  const size = Math.ceil(length / 8)
  const depth = depthOf(Math.ceil(size / chunkSize))
  return {
    schema,
    read(value, where) {
      const bytes = readHex(value, where, size, size, `0x and ${size * 2} hex digits`)
      const spare = length % 8 === 0 ? 0 : (bytes[size - 1] ?? 0) >> (length % 8)
      if (spare !== 0) throw invalid(where, value, `${length} bits, and zeros after them`)
      return { bytes, length }
    },
    writeRoot: ({ bytes }, out, at) => out.set(merkleize(padded(bytes), depth), at),
  }
}

export function bitList(limit: number): Form<Bits> {
  const depth = depthOf(Math.ceil(limit / 8 / chunkSize))
  return {
    schema,
    read: (value, where) => readBitList(value, where, limit),
    writeRoot: (value, out, at) => out.set(mixIn(merkleize(bitChunks(value), depth), lengthChunk(value.length)), at),
  }
}

/** EIP-7916. The limit is ours alone: the type has none. */
export function progressiveBitList(limit: number): Form<Bits> {
  return {
    schema,
    read: (value, where) => readBitList(value, where, limit),
    writeRoot: (value, out, at) =>
      out.set(mixIn(merkleizeProgressive(bitChunks(value)), lengthChunk(value.length)), at),
  }
}

function readBitList(value: unknown, where: string, limit: number): Bits {
  const wanted = `0x and hex of at most ${limit} bits with one more that ends them`
  const bytes = readHex(value, where, 1, Math.floor(limit / 8) + 1, wanted)
  const last = bytes[bytes.length - 1] ?? 0
  if (last === 0) throw invalid(where, value, wanted)
  const end = 31 - Math.clz32(last)
  const length = (bytes.length - 1) * 8 + end
  if (length > limit) throw invalid(where, value, wanted)
  bytes[bytes.length - 1] = last & ~(1 << end)
  return { bytes: end === 0 ? bytes.subarray(0, -1) : bytes, length }
}

function bitChunks({ bytes }: Bits): Uint8Array {
  return padded(bytes)
}
