/** Random transactions in JSON fields, with what viem and ethers call the same thing. */
import fc from 'fast-check'

type Hex = `0x${string}`

const hexOf = (min: number, max: number): fc.Arbitrary<Hex> =>
  fc.uint8Array({ minLength: min, maxLength: max }).map((bytes): Hex => `0x${Buffer.from(bytes).toString('hex')}`)
/** Of every length in bytes, so that leading zeros and short integers come up. */
const number = (bits: number): fc.Arbitrary<bigint> =>
  fc.integer({ min: 0, max: bits }).chain((n) => fc.bigInt({ min: 0n, max: (1n << BigInt(n)) - 1n }))

export interface Sample {
  readonly type: 0 | 1 | 2
  readonly chainId: number
  readonly nonce: number
  readonly gas: bigint
  readonly to: Hex | null
  readonly value: bigint
  readonly data: Hex
  readonly price: bigint
  readonly tip: bigint
  readonly accessList: { address: Hex; storageKeys: Hex[] }[]
}

export const samples: fc.Arbitrary<Sample> = fc.record({
  type: fc.constantFrom(0, 1, 2),
  chainId: fc.constantFrom(1, 11_155_111),
  nonce: fc.oneof(fc.nat(300), fc.nat()),
  // Above any intrinsic gas of these samples, below what times a price passes 2^256.
  gas: number(40).map((gas) => gas + 200_000n),
  to: fc.option(hexOf(20, 20)),
  value: number(256),
  data: hexOf(0, 100),
  price: number(128),
  tip: number(128),
  accessList: fc.array(fc.record({ address: hexOf(20, 20), storageKeys: fc.array(hexOf(32, 32), { maxLength: 2 }) }), {
    maxLength: 2,
  }),
})

/** The fields as a caller of ours sends them. */
export function fieldsOf({ type, chainId, nonce, gas, to, value, data, price, tip, accessList }: Sample): object {
  const common = { type, chainId, nonce, gas: String(gas), to, value: `0x${value.toString(16)}`, data }
  if (type === 0) return { ...common, gasPrice: String(price) }
  if (type === 1) return { ...common, gasPrice: String(price), accessList }
  return { ...common, maxFeePerGas: String(price + tip), maxPriorityFeePerGas: String(tip), accessList }
}
