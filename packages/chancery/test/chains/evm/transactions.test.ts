import { Signature as EthersSignature, Transaction as EthersTransaction } from 'ethers'
import fc from 'fast-check'
import { keccak256, parseTransaction, type Hex, serializeTransaction, type TransactionSerializable } from 'viem'
import { describe, expect, test } from 'vitest'
import { fromHex, toHex } from '../../../src/base/bytes.ts'
import type { SignRequestBody } from '../../../src/core/chain.ts'
import { Refused } from '../../../src/core/errors.ts'
import { parseSigned } from '../../../src/chains/evm/signed-transaction.ts'
import { serialiseUnsigned } from '../../../src/chains/evm/transaction-encoding.ts'
import { readUnsigned } from '../../../src/chains/evm/transaction-decoding.ts'
import { evm, keyOf, signWith } from './signing.ts'
import { fieldsOf, type Sample, samples } from './transaction-arbitrary.ts'

const privateKey = fromHex('0x4646464646464646464646464646464646464646464646464646464646464646')
const publicKey = keyOf(privateKey)

// The worked example of EIP-155. https://eips.ethereum.org/EIPS/eip-155
test('the example of EIP-155', () => {
  const value = {
    nonce: 9,
    gasPrice: '20000000000',
    gas: 21_000,
    to: '0x3535353535353535353535353535353535353535',
    value: '1000000000000000000',
  }
  const { payload, signed } = signWith(evm, privateKey, { operation: 'sign:transaction', value })
  expect(toHex(payload.bytes)).toBe('0xdaf5a779ae972f972197303d7b574746c7ef83eadac0f2791ad23db92e4c8e53')
  expect(signed.result).toEqual({
    raw: '0xf86c098504a817c800825208943535353535353535353535353535353535353535880de0b6b3a76400008025a028ef61340bd939bc2195fe537567866003e1a15d3c71ff63e1590620aa636276a067cbe9d8997f761aecb703304b3800ccf555c9f3dc64214b297fb1966a3b6d83',
    hash: '0x33469b22e9f636356c4160a87eb19df52b7412e8eac32a4a55ffe88ea8350788',
    from: '0x9d8A62f656a8d1615C1294fd71e9CFb3E4855A4F',
    nonce: '9',
    type: 0,
    r: '0x28ef61340bd939bc2195fe537567866003e1a15d3c71ff63e1590620aa636276',
    s: '0x67cbe9d8997f761aecb703304b3800ccf555c9f3dc64214b297fb1966a3b6d83',
    v: '37',
    yParity: 0,
  })
})

interface Peers {
  readonly viem: TransactionSerializable
  readonly ethers: EthersTransaction
}

/** The same sample in the words of viem and of ethers. */
function peers({ type, to, price, tip, accessList, gas, ...rest }: Sample): Peers {
  const fees = type === 2 ? { maxFeePerGas: price + tip, maxPriorityFeePerGas: tip } : { gasPrice: price }
  const list = type === 0 ? {} : { accessList }
  const names = ['legacy', 'eip2930', 'eip1559'] as const
  const target = to === null ? {} : { to }
  const viem = { ...rest, ...target, ...fees, ...list, gas, type: names[type] } as TransactionSerializable
  return { viem, ethers: EthersTransaction.from({ ...rest, to, ...fees, ...list, gasLimit: gas, type }) }
}

/** Any r and s with their first bytes often zero; whether a key made them does not matter to the encoding. */
const signatures = fc.record({
  bytes: fc.tuple(fc.integer({ min: 0, max: 31 }), fc.integer({ min: 0, max: 31 })).chain(([r, s]) =>
    fc.uint8Array({ minLength: 64, maxLength: 64 }).map((bytes) => {
      const out = bytes.map((byte, i) => (i < r || (i >= 32 && i < 32 + s) ? 0 : byte))
      for (const at of [0, 32]) out[at] = (out[at] ?? 0) & 0x7e
      for (const at of [31, 63]) out[at] = (out[at] ?? 0) | 1
      return out
    }),
  ),
  yParity: fc.constantFrom(0, 1),
})

function requestOf(sample: Sample): SignRequestBody {
  const network = `eip155:${sample.chainId}` as const
  return { operation: 'sign:transaction', network, publicKey, value: fieldsOf(sample) }
}

describe('10,000 random transactions', () => {
  test('viem and ethers agree on the signing hash and on the raw bytes', () => {
    fc.assert(
      fc.property(samples, signatures, (sample, { bytes, yParity }) => {
        const request = requestOf(sample)
        const intent = evm.parse(request)
        const { viem, ethers } = peers(sample)
        const unsigned = serializeTransaction(viem)
        expect(unsigned).toBe(ethers.unsignedSerialized)
        expect(toHex(intent.digest)).toBe(keccak256(unsigned))
        expect(evm.parse({ ...request, value: { unsigned } })).toEqual(intent)

        const { result } = evm.assemble(intent, [{ algorithm: 'secp256k1-ecdsa', bytes, yParity }])
        const [r, s] = [toHex(bytes.subarray(0, 32)), toHex(bytes.subarray(32))]
        expect([result.r, result.s]).toEqual([r, s])
        expect(serializeTransaction(viem, { r, s, yParity, v: 27n + BigInt(yParity) })).toBe(result.raw)
        ethers.signature = EthersSignature.from({ r, s, yParity })
        expect(ethers.serialized).toBe(result.raw)
        expect(ethers.hash).toBe(result.hash)
      }),
      { numRuns: 10_000 },
    )
  }, 120_000)

  // Recovering the sender in JavaScript takes milliseconds, so there are fewer runs.
  test('viem and ethers read the raw bytes back', () => {
    fc.assert(
      fc.property(samples, (sample) => {
        const network = `eip155:${sample.chainId}` as const
        const { signed } = signWith(evm, privateKey, {
          operation: 'sign:transaction',
          network,
          value: fieldsOf(sample),
        })
        const raw = signed.result.raw as Hex
        const ethers = EthersTransaction.from(raw)
        expect([ethers.hash, ethers.from]).toEqual([signed.hash, signed.result.from])
        const back = parseTransaction(raw as `0x02${string}`)
        expect([back.nonce ?? 0, back.value ?? 0n, back.data ?? '0x', back.chainId]).toEqual([
          sample.nonce,
          sample.value,
          sample.data,
          sample.chainId,
        ])
        const ours = parseSigned(fromHex(raw), BigInt(sample.chainId))
        expect([ours.from, ours.hash]).toEqual([signed.result.from, signed.hash])
      }),
      { numRuns: 300 },
    )
  }, 60_000)
})

test('every transaction has an effect, and a value is always among them', () => {
  fc.assert(
    fc.property(samples, (sample) => {
      const { effects, fee } = evm.facts(evm.parse(requestOf(sample)), publicKey)
      expect(effects.length).toBeGreaterThan(0)
      const paid = effects.filter((effect) => effect.kind === 'transfer').reduce((sum, { amount }) => sum + amount, 0n)
      expect(paid).toBe(sample.value)
      expect(fee?.max).toBe(sample.gas * (sample.type === 2 ? sample.price + sample.tip : sample.price))
    }),
    { numRuns: 500 },
  )
})

test.each([
  [0, { gasPrice: 1 }],
  [1, { gasPrice: 1, accessList: [] }],
  [2, { maxFeePerGas: 1, maxPriorityFeePerGas: 0 }],
  [2, { maxFeePerGas: 1, maxPriorityFeePerGas: 0, accessList: [] }],
  [1, { type: '0x1', gasPrice: 1 }],
])('type %i is understood from %j', (type, fees) => {
  const { intent } = signWith(evm, privateKey, {
    operation: 'sign:transaction',
    value: { nonce: 0, gas: 60_000, ...fees },
  })
  expect(intent.summary.type).toBe(type)
})

/** A transaction, which of its bytes is changed (modulo its length), and the bits that are flipped in it. */
type Mutation = [sample: Sample, at: number, by: number]

describe('one byte changed', () => {
  const mutations: fc.Arbitrary<Mutation> = fc.tuple(samples, fc.nat(), fc.integer({ min: 1, max: 255 }))
  const legacy = { type: 0, chainId: 1, nonce: 128, gas: 200_000n, to: null, value: 0n, price: 1n << 32n } as const
  // The third byte from the end of 29, chain id 1, becomes the empty string: chain id 0.
  const chainIdMadeZero: [Mutation] = [[{ ...legacy, data: `0x${'00'.repeat(10)}`, tip: 0n, accessList: [] }, 26, 0x81]]

  test('of the unsigned form: it is refused, or reads as something else', () => {
    fc.assert(
      fc.property(mutations, ([sample, at, by]) => {
        const unsigned = serializeTransaction(peers(sample).viem)
        const before = readUnsigned(fromHex(unsigned), 'unsigned')
        const bytes = fromHex(unsigned)
        bytes[at % bytes.length] = (bytes[at % bytes.length] ?? 0) ^ by
        const after = readOrRefuse(() => readUnsigned(bytes, 'unsigned'))
        if (after === undefined) return
        expect(after).not.toEqual(before)
        expect(toHex(serialiseUnsigned(after))).toBe(toHex(bytes))
      }),
      { numRuns: 5_000, examples: [chainIdMadeZero] },
    )
  }, 60_000)

  test('of the signed form: it is refused, or has another sender or says something else', () => {
    fc.assert(
      fc.property(mutations, ([sample, at, by]) => {
        const network = `eip155:${sample.chainId}` as const
        const { signed } = signWith(evm, privateKey, {
          operation: 'sign:transaction',
          network,
          value: fieldsOf(sample),
        })
        const bytes = Uint8Array.from(signed.raw ?? [])
        bytes[at % bytes.length] = (bytes[at % bytes.length] ?? 0) ^ by
        const after = readOrRefuse(() => parseSigned(bytes))
        expect(after?.from).not.toBe(signed.result.from)
      }),
      { numRuns: 300 },
    )
  }, 60_000)
})

function readOrRefuse<T>(read: () => T): T | undefined {
  try {
    return read()
  } catch (error) {
    if (error instanceof Refused) return undefined
    throw error
  }
}
