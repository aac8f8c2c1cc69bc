// BIP-32's test vectors 1 to 4. Vector 5 is of extended keys as text, which are not taken in anywhere. https://github.com/bitcoin/bips/blob/master/bip-0032.mediawiki#test-vectors
import { createHmac } from 'node:crypto'
import { HDKey } from '@scure/bip32'
import { createBase58check } from '@scure/base'
import fc from 'fast-check'
import { privateAdd } from 'tiny-secp256k1'
import { describe, expect, test } from 'vitest'
import { concat, sha256, toHex } from '../../src/base/bytes.ts'
import {
  chainCodeOfNode,
  hardened,
  masterNode,
  type PrivateNode,
  privateChild,
  publicKeyOfNode,
  usePrivateKey,
  wipeNode,
} from '../../src/curves/secp256k1/derive.ts'
import { publicKeyOf } from '../../src/curves/secp256k1/sign.ts'
import { hex } from './vectors.ts'

/** Seed, then for each path the extended private key. */
const vectors: readonly (readonly [string, readonly (readonly [string, string])[]])[] = [
  [
    '000102030405060708090a0b0c0d0e0f',
    [
      [
        'm',
        'xprv9s21ZrQH143K3QTDL4LXw2F7HEK3wJUD2nW2nRk4stbPy6cq3jPPqjiChkVvvNKmPGJxWUtg6LnF5kejMRNNU3TGtRBeJgk33yuGBxrMPHi',
      ],
      [
        "m/0'",
        'xprv9uHRZZhk6KAJC1avXpDAp4MDc3sQKNxDiPvvkX8Br5ngLNv1TxvUxt4cV1rGL5hj6KCesnDYUhd7oWgT11eZG7XnxHrnYeSvkzY7d2bhkJ7',
      ],
      [
        "m/0'/1",
        'xprv9wTYmMFdV23N2TdNG573QoEsfRrWKQgWeibmLntzniatZvR9BmLnvSxqu53Kw1UmYPxLgboyZQaXwTCg8MSY3H2EU4pWcQDnRnrVA1xe8fs',
      ],
      [
        "m/0'/1/2'",
        'xprv9z4pot5VBttmtdRTWfWQmoH1taj2axGVzFqSb8C9xaxKymcFzXBDptWmT7FwuEzG3ryjH4ktypQSAewRiNMjANTtpgP4mLTj34bhnZX7UiM',
      ],
      [
        "m/0'/1/2'/2",
        'xprvA2JDeKCSNNZky6uBCviVfJSKyQ1mDYahRjijr5idH2WwLsEd4Hsb2Tyh8RfQMuPh7f7RtyzTtdrbdqqsunu5Mm3wDvUAKRHSC34sJ7in334',
      ],
      [
        "m/0'/1/2'/2/1000000000",
        'xprvA41z7zogVVwxVSgdKUHDy1SKmdb533PjDz7J6N6mV6uS3ze1ai8FHa8kmHScGpWmj4WggLyQjgPie1rFSruoUihUZREPSL39UNdE3BBDu76',
      ],
    ],
  ],
  [
    'fffcf9f6f3f0edeae7e4e1dedbd8d5d2cfccc9c6c3c0bdbab7b4b1aeaba8a5a29f9c999693908d8a8784817e7b7875726f6c696663605d5a5754514e4b484542',
    [
      [
        'm',
        'xprv9s21ZrQH143K31xYSDQpPDxsXRTUcvj2iNHm5NUtrGiGG5e2DtALGdso3pGz6ssrdK4PFmM8NSpSBHNqPqm55Qn3LqFtT2emdEXVYsCzC2U',
      ],
      [
        'm/0',
        'xprv9vHkqa6EV4sPZHYqZznhT2NPtPCjKuDKGY38FBWLvgaDx45zo9WQRUT3dKYnjwih2yJD9mkrocEZXo1ex8G81dwSM1fwqWpWkeS3v86pgKt',
      ],
      [
        "m/0/2147483647'",
        'xprv9wSp6B7kry3Vj9m1zSnLvN3xH8RdsPP1Mh7fAaR7aRLcQMKTR2vidYEeEg2mUCTAwCd6vnxVrcjfy2kRgVsFawNzmjuHc2YmYRmagcEPdU9',
      ],
      [
        "m/0/2147483647'/1",
        'xprv9zFnWC6h2cLgpmSA46vutJzBcfJ8yaJGg8cX1e5StJh45BBciYTRXSd25UEPVuesF9yog62tGAQtHjXajPPdbRCHuWS6T8XA2ECKADdw4Ef',
      ],
      [
        "m/0/2147483647'/1/2147483646'",
        'xprvA1RpRA33e1JQ7ifknakTFpgNXPmW2YvmhqLQYMmrj4xJXXWYpDPS3xz7iAxn8L39njGVyuoseXzU6rcxFLJ8HFsTjSyQbLYnMpCqE2VbFWc',
      ],
      [
        "m/0/2147483647'/1/2147483646'/2",
        'xprvA2nrNbFZABcdryreWet9Ea4LvTJcGsqrMzxHx98MMrotbir7yrKCEXw7nadnHM8Dq38EGfSh6dqA9QWTyefMLEcBYJUuekgW4BYPJcr9E7j',
      ],
    ],
  ],
  [
    // Leading zeros of a private key are kept.
    '4b381541583be4423346c643850da4b320e46a87ae3d2a4e6da11eba819cd4acba45d239319ac14f863b8d5ab5a0d0c64d2e8a1e7d1457df2e5a3c51c73235be',
    [
      [
        'm',
        'xprv9s21ZrQH143K25QhxbucbDDuQ4naNntJRi4KUfWT7xo4EKsHt2QJDu7KXp1A3u7Bi1j8ph3EGsZ9Xvz9dGuVrtHHs7pXeTzjuxBrCmmhgC6',
      ],
      [
        "m/0'",
        'xprv9uPDJpEQgRQfDcW7BkF7eTya6RPxXeJCqCJGHuCJ4GiRVLzkTXBAJMu2qaMWPrS7AANYqdq6vcBcBUdJCVVFceUvJFjaPdGZ2y9WACViL4L',
      ],
    ],
  ],
  [
    // The same.
    '3ddd5602285899a946114506157c7997e5444528f3003f6134712147db19b678',
    [
      [
        'm',
        'xprv9s21ZrQH143K48vGoLGRPxgo2JNkJ3J3fqkirQC2zVdk5Dgd5w14S7fRDyHH4dWNHUgkvsvNDCkvAwcSHNAQwhwgNMgZhLtQC63zxwhQmRv',
      ],
      [
        "m/0'",
        'xprv9vB7xEWwNp9kh1wQRfCCQMnZUEG21LpbR9NPCNN1dwhiZkjjeGRnaALmPXCX7SgjFTiCTT6bXes17boXtjq3xLpcDjzEuGLQBM5ohqkao9G',
      ],
      [
        "m/0'/1'",
        'xprv9xJocDuwtYCMNAo3Zw76WENQeAS6WGXQ55RCy7tDJ8oALr4FWkuVoHJeHVAcAqiZLE7Je3vZJHxspZdFHfnBEjHqU5hG1Jaj32dVoS6XLT1',
      ],
    ],
  ],
]

const base58 = createBase58check(sha256)

function indicesIn(path: string): number[] {
  return path
    .split('/')
    .slice(1)
    .map((step) => Number.parseInt(step, 10) + (step.endsWith("'") ? hardened : 0))
}

const nodeAt = (seed: Uint8Array, path: readonly number[]): PrivateNode => path.reduce(privateChild, masterNode(seed))

/** The chain code and the private key, as they lie in an extended private key. */
const inExtended = (node: PrivateNode) =>
  usePrivateKey(node, (privateKey) => toHex(concat(chainCodeOfNode(node), Uint8Array.of(0), privateKey)))

describe.each(vectors)('seed %s', (seed, chains) => {
  test.each(chains)('%s', (path, extended) => {
    const node = nodeAt(hex(seed), indicesIn(path))
    expect(inExtended(node)).toBe(toHex(base58.decode(extended).subarray(13)))
    expect(toHex(publicKeyOfNode(node))).toBe(toHex(HDKey.fromExtendedKey(extended).publicKey ?? new Uint8Array()))
  })
})

/** By other code: HMAC of OpenSSL, and scalars of libsecp256k1. */
function childByHand({ key, code }: { key: Uint8Array; code: Uint8Array }, index: number) {
  const number = Buffer.alloc(4)
  number.writeUInt32BE(index)
  const parent = index >= hardened ? concat(Uint8Array.of(0), key) : publicKeyOf(key)
  const digest = createHmac('sha512', code).update(concat(parent, number)).digest()
  return { key: privateAdd(key, digest.subarray(0, 32)) ?? new Uint8Array(), code: digest.subarray(32) }
}

test('libsecp256k1 derives the same', () => {
  const index = fc.oneof(fc.nat(100), fc.integer({ min: 0, max: 2 ** 32 - 1 }))
  const seeds = fc.uint8Array({ minLength: 16, maxLength: 64 })
  fc.assert(
    fc.property(seeds, fc.array(index, { maxLength: 5 }), (seed, path) => {
      const digest = createHmac('sha512', 'Bitcoin seed').update(seed).digest()
      const root = { key: digest.subarray(0, 32), code: digest.subarray(32) }
      const theirs = path.reduce<{ key: Uint8Array; code: Uint8Array }>(childByHand, root)
      expect(inExtended(nodeAt(seed, path))).toBe(toHex(concat(theirs.code, Uint8Array.of(0), theirs.key)))
    }),
    { numRuns: 50 },
  )
})

test('a node that was wiped derives and signs nothing', () => {
  const node = masterNode(new Uint8Array(32))
  usePrivateKey(node, (privateKey) => expect(privateKey.length).toBe(32))
  wipeNode(node)
  expect(() => usePrivateKey(node, (privateKey) => privateKey)).toThrow(RangeError)
  for (const index of [0, hardened]) expect(() => privateChild(node, index)).toThrow(RangeError)
})

test('what a private key is used from is wiped behind it', () => {
  let kept: Uint8Array = new Uint8Array(0)
  usePrivateKey(masterNode(new Uint8Array(32)), (privateKey) => (kept = privateKey))
  expect(toHex(kept)).toBe(toHex(new Uint8Array(32)))
})

test.each([-1, 2 ** 32, 0.5, Number.NaN])('%s is no index', (index) => {
  expect(() => privateChild(masterNode(new Uint8Array(32)), index)).toThrow(RangeError)
})

test.each([15, 65])('a seed of %s bytes is refused', (size) => {
  expect(() => masterNode(new Uint8Array(size))).toThrow(RangeError)
})
