// Bitcoin Core's 500 hashes of random transactions (src/test/data/sighash.json), and the examples of BIP-143.
import { scriptPushLen } from '@scure/btc-signer/script.js'
import { describe, expect, test } from 'vitest'
import { toHex } from '../../../src/base/bytes.ts'
import { legacyDigest, sharedHashes, witnessDigest } from '../../../src/chains/bitcoin/sighash.ts'
import { readTransaction } from '../../../src/chains/bitcoin/transaction.ts'
import { hex, readVectors, vectorsMissing } from '../../vectors/vectors.ts'

/** No script that is signed here has OP_CODESEPARATOR: those of the vectors do, and the hash leaves it out. */
function withoutSeparators(script: Uint8Array): Uint8Array {
  const kept: number[] = []
  for (let at = 0; at < script.length;) {
    const op = script[at] ?? 0
    const start = at
    at += 1
    const read = (size: 1 | 2 | 4): number => {
      const value = script.subarray(at, at + size).reduceRight((sum, byte) => sum * 256 + byte, 0)
      at += size
      return value
    }
    at += scriptPushLen(op, read) ?? 0
    if (op !== 0xab) kept.push(...script.subarray(start, at))
  }
  return Uint8Array.from(kept)
}

type Case = readonly [raw: string, script: string, index: number, type: number, hash: string]

describe.skipIf(vectorsMissing('bitcoin/core-sighash.json'))('core-sighash.json', () => {
  const [all = []] = readVectors<readonly (Case | readonly [string])[]>('bitcoin/core-sighash.json')
  const cases = all.filter((one) => one.length === 5)

  test('gives every hash', () => {
    expect(cases.length).toBeGreaterThan(200)
    for (const [raw, script, index, type, hash] of cases) {
      const transaction = readTransaction(hex(raw), 'tx')
      const digest = legacyDigest(transaction, index, withoutSeparators(hex(script)), type)
      expect(Buffer.from(digest.toReversed()).toString('hex')).toBe(hash)
    }
  })
})

/** https://github.com/bitcoin/bips/blob/master/bip-0143.mediawiki, "Example" */
const bip143 = [
  {
    name: 'native P2WPKH',
    raw: '0100000002fff7f7881a8099afa6940d42d1e7f6362bec38171ea3edf433541db4e4ad969f0000000000eeffffffef51e1b804cc89d182d279655c3aa89e815b1b309fe287d9b2b55d57b90ec68a0100000000ffffffff02202cb206000000001976a9148280b37df378db99f66f85c95a783a76ac7a6d5988ac9093510d000000001976a9143bde42dbee7e4dbe6a21b2d50ce2f0167faa815988ac11000000',
    index: 1,
    scriptCode: '76a9141d0f172a0ecb48aee1be1f2687d2963ae33f71a188ac',
    amount: 600_000_000n,
    hash: 'c37af31116d1b27caf68aae9e3ac82f1477929014d5b917657d0eb49478cb670',
  },
  {
    name: 'P2SH-P2WPKH',
    raw: '0100000001db6b1b20aa0fd7b23880be2ecbd4a98130974cf4748fb66092ac4d3ceb1a54770100000000feffffff02b8b4eb0b000000001976a914a457b684d7f0d539a46a45bbc043f35b59d0d96388ac0008af2f000000001976a914fd270b1ee6abcaea97fea7ad0402e8bd8ad6d77c88ac92040000',
    index: 0,
    scriptCode: '76a91479091972186c449eb1ded22b78e40d009bdf008988ac',
    amount: 1_000_000_000n,
    hash: '64f3b0f4dd2bb3aa1ce8566d220cc74dda9df97d8490cc81d89d735c92e59fb6',
  },
  {
    name: 'native P2WSH, SINGLE without an output of the same index',
    raw: '0100000002fe3dc9208094f3ffd12645477b3dc56f60ec4fa8e6f5d67c565d1c6b9216b36e0000000000ffffffff0815cf020f013ed6cf91d29f4202e8a58726b1ac6c79da47c23d1bee0a6925f80000000000ffffffff0100f2052a010000001976a914a30741f8145e5acadf23f751864167f32e0963f788ac00000000',
    index: 1,
    scriptCode: '210255a9626aebf5e29c0e6538428ba0d1dcf6ca98ffdf086aa8ced5e0d0215ea465ac',
    amount: 4_900_000_000n,
    hash: 'fef7bd749cce710c5c052bd796df1af0d935e59cea63736268bcbe2d2134fc47',
    type: 3,
  },
]

test.each(bip143)('BIP-143: $name', ({ raw, index, scriptCode, amount, hash, type = 1 }) => {
  const transaction = readTransaction(hex(raw), 'tx')
  const shared = sharedHashes(transaction, [])
  const digest = witnessDigest(transaction, shared, index, { scriptCode: hex(scriptCode), amount }, type)
  expect(toHex(digest)).toBe(`0x${hash}`)
})
