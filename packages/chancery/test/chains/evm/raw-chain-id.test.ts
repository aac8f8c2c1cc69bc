import { TxEnvelopeEip4844, TxEnvelopeEip7702, TxEnvelopeEip1559, TxEnvelopeEip2930, TxEnvelopeLegacy } from 'ox'
import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { concat, fromHex } from '../../../src/base/bytes.ts'
import { Refused } from '../../../src/core/errors.ts'
import { rawTransactionChainId } from '../../../src/chains/evm/raw-chain-id.ts'
import { decodeRlp, encodeRlp, type RlpItem } from '../../../src/chains/evm/rlp.ts'

const to = '0xd8da6bf26964af9d7eed9e03e53415d37aa96045'
const signature = { r: `0x${'11'.repeat(32)}`, s: `0x${'22'.repeat(32)}`, yParity: 1 } as const
const fees = { maxFeePerGas: 5n, maxPriorityFeePerGas: 1n, gas: 21_000n, nonce: 1n, to } as const
const priced = { gasPrice: 5n, gas: 21_000n, nonce: 1n, to } as const
const hash = `0x01${'33'.repeat(31)}` as const

const blob = (chainId: number): string => {
  const transaction = TxEnvelopeEip4844.from({ chainId, ...fees, maxFeePerBlobGas: 1n, blobVersionedHashes: [hash] })
  return TxEnvelopeEip4844.serialize(transaction, { signature })
}

const byType: readonly (readonly [string, (chainId: number) => string])[] = [
  ['0', (chainId) => TxEnvelopeLegacy.serialize(TxEnvelopeLegacy.from({ chainId, ...priced }), { signature })],
  ['1', (chainId) => TxEnvelopeEip2930.serialize(TxEnvelopeEip2930.from({ chainId, ...priced }), { signature })],
  ['2', (chainId) => TxEnvelopeEip1559.serialize(TxEnvelopeEip1559.from({ chainId, ...fees }), { signature })],
  ['3', blob],
  [
    '4',
    (chainId) => {
      const authorizationList = [{ address: to, chainId: 1, nonce: 0n, ...signature }] as const
      return TxEnvelopeEip7702.serialize(TxEnvelopeEip7702.from({ chainId, ...fees, authorizationList }), { signature })
    },
  ],
]

/** The body of a blob transaction, wrapped for the network. */
function wrapped(raw: string, ...others: readonly RlpItem[]): Uint8Array {
  const body = decodeRlp(fromHex(raw).subarray(1), 'raw')
  return concat(Uint8Array.of(3), encodeRlp([body, ...others]))
}

describe.each([1, 127, 128, 56, 11_155_111, 2 ** 40])('chain id %i', (chainId) => {
  test.each(byType)('type %s', (_type, serialise) => {
    expect(rawTransactionChainId(fromHex(serialise(chainId)))).toBe(BigInt(chainId))
  })

  test('blob transactions in both network wrappers', () => {
    const blobs = [new Uint8Array(131_072).fill(7)]
    const proofs = [new Uint8Array(48)]
    expect(rawTransactionChainId(wrapped(blob(chainId), blobs, proofs, proofs))).toBe(BigInt(chainId))
    expect(rawTransactionChainId(wrapped(blob(chainId), Uint8Array.of(1), blobs, proofs, proofs))).toBe(BigInt(chainId))
  })
})

test('one from before EIP-155 has none', () => {
  // ethereum/tests, Vitalik_1 without its network: v is 27.
  expect(rawTransactionChainId(fromHex('0xc98080808080801b8080'))).toBeUndefined()
})

test.each([
  ['nothing', '0x'],
  ['a string', '0x80'],
  ['no list', '0x0180'],
  ['an empty list', '0xc0'],
  ['an empty typed list', '0x02c0'],
  ['an unknown type', '0x05c101'],
  ['type 0 written out', '0x00c101'],
  ['a byte more', '0x02c10100'],
  ['a padded chain id', '0x02c3820001'],
  ['a chain id of nine bytes', '0x02ca89010000000000000000'],
  ['a list for a chain id', '0x02c1c0'],
  ['a wrapper around a string', '0x03c20101ff'],
  ['v of 36', '0xc98080808080802480 80'.replace(' ', '')],
])('%s is no transaction', (_name, raw) => {
  expect(() => rawTransactionChainId(fromHex(raw))).toThrow(Refused)
})

test('bytes of any kind are read or refused', () => {
  fc.assert(
    fc.property(fc.uint8Array({ maxLength: 60 }), (raw) => {
      try {
        rawTransactionChainId(raw)
      } catch (error) {
        expect(error).toBeInstanceOf(Refused)
      }
    }),
  )
})
