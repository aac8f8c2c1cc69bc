/** Random typed data: up to three structs, of which each may use the ones after it. */
import fc from 'fast-check'

type Values = Record<string, unknown>

interface Data {
  readonly domain: {
    name?: string
    version?: string
    chainId: number
    verifyingContract: `0x${string}`
    salt?: `0x${string}`
  }
  readonly types: Record<string, { name: string; type: string }[]>
  readonly primaryType: string
  readonly message: Values
}

interface Typed {
  readonly type: string
  readonly value: fc.Arbitrary<unknown>
  /** Structs that a field of this type needs. */
  readonly uses: readonly Struct[]
}

interface Struct {
  readonly name: string
  readonly fields: readonly { readonly name: string; readonly typed: Typed }[]
}

const hexOf = (min: number, max: number): fc.Arbitrary<string> =>
  fc.uint8Array({ minLength: min, maxLength: max }).map((bytes) => `0x${Buffer.from(bytes).toString('hex')}`)
const text = fc.string({ unit: 'grapheme', maxLength: 40 })
const bits = fc.integer({ min: 1, max: 32 }).map((n) => n * 8)
const plain = (type: string, value: fc.Arbitrary<unknown>): Typed => ({ type, value, uses: [] })

const atom: fc.Arbitrary<Typed> = fc.oneof(
  bits.map((n) => plain(`uint${n}`, fc.bigInt({ min: 0n, max: (1n << BigInt(n)) - 1n }).map(String))),
  bits.map((n) => {
    const half = 1n << BigInt(n - 1)
    return plain(`int${n}`, fc.bigInt({ min: -half, max: half - 1n }).map(String))
  }),
  fc.integer({ min: 1, max: 32 }).map((size) => plain(`bytes${size}`, hexOf(size, size))),
  fc.constant(plain('bytes', hexOf(0, 70))),
  fc.constant(plain('string', text)),
  fc.constant(plain('bool', fc.boolean())),
  fc.constant(plain('address', hexOf(20, 20))),
)

function arrayOf(item: Typed, length: number | undefined): Typed {
  const size = length === undefined ? { maxLength: 3 } : { minLength: length, maxLength: length }
  return { type: `${item.type}[${length ?? ''}]`, value: fc.array(item.value, size), uses: item.uses }
}

const length = fc.option(fc.integer({ min: 1, max: 3 }), { nil: undefined })

function structType(struct: Struct): Typed {
  const value = fc.record(Object.fromEntries(struct.fields.map(({ name, typed }) => [name, typed.value])))
  return { type: struct.name, value, uses: [struct, ...struct.fields.flatMap(({ typed }) => typed.uses)] }
}

function arbitraryStruct(name: string, others: readonly Struct[]): fc.Arbitrary<Struct> {
  const base = others.length === 0 ? atom : fc.oneof(atom, fc.constantFrom(...others.map(structType)))
  const one = fc.tuple(base, length).map(([item, size]) => arrayOf(item, size))
  const two = fc.tuple(one, length).map(([item, size]) => arrayOf(item, size))
  const fields = fc.array(fc.oneof(base, one, two), { minLength: 1, maxLength: 5 })
  return fields.map((list) => ({ name, fields: list.map((typed, i) => ({ name: `f${i}`, typed })) }))
}

/** Names are drawn so that the sorted order differs from the order of use. */
const structs: fc.Arbitrary<readonly Struct[]> = fc
  .shuffledSubarray(['Apple', 'banana', 'Cherry', 'Zebra', 'aB', 'AB'], { minLength: 3, maxLength: 3 })
  .chain(([a, b, c]) =>
    arbitraryStruct(a ?? 'A', []).chain((last) =>
      arbitraryStruct(b ?? 'B', [last]).chain((middle) =>
        arbitraryStruct(c ?? 'C', [last, middle]).map((first) => [first]),
      ),
    ),
  )

export function arbitraryTypedData(chainId: number): fc.Arbitrary<Data> {
  const domain = fc.record(
    {
      name: text,
      // viem leaves an empty version, and a chain id given as text, out of the domain's type.
      version: text.filter((version) => version !== ''),
      salt: hexOf(32, 32),
      chainId: fc.constant(chainId),
      verifyingContract: hexOf(20, 20),
    },
    { requiredKeys: ['chainId', 'verifyingContract'] },
  )
  return structs.chain(([primary]) => {
    const typed = structType(primary ?? { name: 'None', fields: [] })
    const types = typed.uses.map(({ name, fields }) => [
      name,
      fields.map((field) => ({ name: field.name, type: field.typed.type })),
    ])
    return fc.record({
      domain: domain as fc.Arbitrary<Data['domain']>,
      types: fc.constant(Object.fromEntries(types) as Data['types']),
      primaryType: fc.constant(typed.type),
      message: typed.value as fc.Arbitrary<Values>,
    })
  })
}
