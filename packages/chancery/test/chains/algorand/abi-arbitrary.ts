/** Random types of ARC-4, with a value of each. */
import type { ABIValue } from 'algosdk'
import fc from 'fast-check'
import type { Json } from '../../../src/base/json.ts'
import { base64, pairOf } from './signing.ts'

/** A value of a type of ARC-4, and how people see it. */
export interface Typed {
  readonly type: string
  readonly value: ABIValue
  readonly shown: Json
}

const uints = fc.integer({ min: 1, max: 64 }).chain((size) =>
  fc.bigInt({ min: 0n, max: (1n << BigInt(8 * size)) - 1n }).map((value): Typed => {
    return { type: `uint${8 * size}`, value, shown: String(value) }
  }),
)
const ufixeds = fc
  .tuple(fc.bigInt({ min: 0n, max: 0xffffffffn }), fc.integer({ min: 1, max: 160 }))
  .map(([value, precision]): Typed => ({ type: `ufixed32x${precision}`, value, shown: String(value) }))
const bools = fc.boolean().map((value): Typed => ({ type: 'bool', value, shown: value }))
const bytes = fc.uint8Array({ maxLength: 40 }).map((value): Typed => ({ type: 'byte[]', value, shown: base64(value) }))
const strings = fc
  .string({ unit: 'binary', maxLength: 20 })
  .filter((text) => !text.startsWith('\ufeff'))
  .map((value): Typed => ({ type: 'string', value, shown: value }))
const addresses = fc
  .integer({ min: 1, max: 20 })
  .map((n): Typed => ({ type: 'address', value: pairOf(n).text, shown: pairOf(n).text }))
const scalars = fc.oneof(uints, ufixeds, bools, bytes, strings, addresses)

function arrayOf({ type, value, shown }: Typed, count: number, fixed: number | ''): Typed {
  const repeated = <T>(one: T): T[] => Array.from({ length: count }, () => one)
  return { type: `${type}[${fixed}]`, value: repeated(value), shown: repeated(shown) }
}

export const typedValues: fc.Arbitrary<Typed> = fc.letrec<{ all: Typed }>((tie) => ({
  all: fc.oneof(
    { depthSize: 'small', withCrossShrink: true },
    scalars,
    fc.tuple(scalars, fc.nat(4)).map(([one, count]) => arrayOf(one, count, '')),
    // The SDK does not read tuples with an array of length 0 fixed in its type: those calls are refused.
    fc.tuple(scalars, fc.integer({ min: 1, max: 4 })).map(([one, count]) => arrayOf(one, count, count)),
    fc.array(tie('all'), { minLength: 1, maxLength: 4 }).map((parts) => ({
      type: `(${parts.map(({ type }) => type).join(',')})`,
      value: parts.map(({ value }) => value),
      shown: parts.map(({ shown }) => shown),
    })),
  ),
})).all
