/** Names of transactions, against another reader's: what no node is believed without. */
import { Transaction } from '@scure/btc-signer'
import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { concat } from '../../../src/base/bytes.ts'
import { readTransaction } from '../../../src/nodes/bitcoin/transaction.ts'
import { transaction } from './fake/chain.ts'

/** The genesis block's, and what Hal Finney was paid with: bitcoin/bitcoin, src/kernel/chainparams.cpp; block 170. */
const known = [
  {
    txid: '4a5e1e4baab89f3a32518a88c31bc87f618f76673e2cc77ab2127b7afdeda33b',
    hex:
      '01000000010000000000000000000000000000000000000000000000000000000000000000ffffffff4d04ffff001d0104455468652054696d65' +
      '732030332f4a616e2f32303039204368616e63656c6c6f72206f6e206272696e6b206f66207365636f6e64206261696c6f757420666f722062' +
      '616e6b73ffffffff0100f2052a01000000434104678afdb0fe5548271967f1a67130b7105cd6a828e03909a67962e0ea1f61deb649f6bc3f4c' +
      'ef38c4f35504e51ec112de5c384df7ba0b8d578a4c702b6bf11d5fac00000000',
  },
  {
    txid: 'f4184fc596403b9d638783cf57adfe4c75c605f6356fbc91338530e9831e9e16',
    hex:
      '0100000001c997a5e56e104102fa209c6a852dd90660a20b2d9c352423edce25857fcd3704000000004847304402204e45e16932b8af514961a1' +
      'd3a1a25fdf3f4f7732e9d624c6c61548ab5fb8cd410220181522ec8eca07de4860a4acdd12909d831cc56cbbac4622082221a8768d1d0901ff' +
      'ffffff0200ca9a3b00000000434104ae1a62fe09c5f51b13905f07f06b99a2f7159b2225f374cd378d71302fa28414e7aab37397f554a7df5f' +
      '142c21c1b7303b8a0626f1baded5c72a704f7e6cd84cac00286bee0000000043410411db93e1dcdb8a016b49840f8c53bc1eb68a382e97b148' +
      '2ecad7b148a6909a5cb2e0eaddfb84ccf9744464f82e160bfa9b8b64f9d4c03f999b8643f656b412a3ac00000000',
  },
]

const bytes = (hex: string) => Uint8Array.from(Buffer.from(hex, 'hex'))
const idOf = (raw: Uint8Array) => Transaction.fromRaw(raw, { allowUnknownOutputs: true, disableScriptCheck: true }).id
const point = fc.record({
  txid: fc.uint8Array({ minLength: 32, maxLength: 32 }).map((one) => Buffer.from(one).toString('hex')),
  index: fc.nat(1000),
})
const withWitness = fc
  .tuple(fc.array(point, { minLength: 1, maxLength: 300 }), fc.string(), fc.bigInt(0n, 10n ** 15n))
  .map((parts) => transaction(...parts))

describe('a transaction', () => {
  test.each(known)('$txid has its name', ({ txid, hex }) => {
    expect(readTransaction(bytes(hex))).toEqual({ txid, bytes: bytes(hex) })
  })

  test('with a witness has the name another reader gives it, and the same bytes', () => {
    fc.assert(
      fc.property(withWitness, (raw) => {
        expect(readTransaction(raw)).toEqual({ txid: idOf(raw), bytes: raw })
      }),
    )
  })

  test('is none with a byte less, a byte more, or in a longer form', () => {
    const [{ hex } = { hex: '' }] = known
    for (let size = 0; size < bytes(hex).length; size++)
      expect(readTransaction(bytes(hex).subarray(0, size))).toBeUndefined()
    expect(readTransaction(bytes(`${hex}00`))).toBeUndefined()
    expect(readTransaction(bytes(hex.replace(/^0100000001/, '01000000fd0100')))).toBeUndefined()
  })

  test('is none in any bytes, without an accident', () => {
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 300 }), (raw) => {
        expect(() => readTransaction(raw)).not.toThrow()
      }),
    )
  })
})

describe('what Litecoin’s extension adds', () => {
  const plain = transaction([{ txid: '1'.repeat(64), index: 0 }], 'somebody', 7n)
  const version = plain.subarray(0, 4)
  const lockTime = plain.subarray(-4)
  const body = plain.subarray(6, -9)
  const witness = plain.subarray(-9, -4)
  const flagged = (flags: number, ...parts: readonly Uint8Array[]) =>
    concat(version, Uint8Array.of(0, flags), ...parts, lockTime)

  test('is left out: the name covers it not', () => {
    const { txid } = readTransaction(plain) ?? {}
    const extended = flagged(9, body, witness, Uint8Array.of(1, 2, 3))
    expect(readTransaction(extended)).toEqual({ txid, bytes: plain })
    const bare = concat(version, body, lockTime)
    expect(readTransaction(flagged(8, body, Uint8Array.of(0)))).toEqual({ txid, bytes: bare })
  })

  test('is nothing that a flag does not announce, and other flags announce nothing known', () => {
    expect(readTransaction(flagged(1, body, witness, Uint8Array.of(0)))).toBeUndefined()
    for (const flags of [0, 2, 4, 16, 17]) expect(readTransaction(flagged(flags, body, witness))).toBeUndefined()
  })
})
