// C2SP/wycheproof, BLS with proof of possession, and hashing to G2.
import { bls12_381 } from '@noble/curves/bls12-381.js'
import { describe, expect, test } from 'vitest'
import { toHex } from '../../src/base/bytes.ts'
import { bls12381, verifySignature } from '../../src/curves/bls12-381.ts'
import { withBlst } from '../../src/curves/bls12-381/with-blst.ts'
import { builtAddon } from '../curves/built-addon.ts'
import { hex, readVectors, vectorsMissing } from './vectors.ts'

interface Signatures {
  readonly publicKey: { readonly pk: string }
  readonly tests: readonly { tcId: number; comment: string; msg: string; sig: string; result: string }[]
}

interface Hashes {
  readonly dst: string
  readonly tests: readonly { tcId: number; comment: string; msg: string; expected: string }[]
}

describe.skipIf(vectorsMissing('wycheproof/bls_sig_g2_pop_verify_test.json'))('wycheproof BLS', () => {
  const files = readVectors<{ testGroups: readonly Signatures[] }>('wycheproof/bls_sig_g2_pop_verify_test.json')
  const cases = files.flatMap(({ testGroups }) =>
    testGroups.flatMap(({ publicKey, tests }) => tests.map((row) => ({ ...row, pk: publicKey.pk }))),
  )

  test('all of them are here', () => expect(cases.length).toBe(26))

  test.each(cases)('$tcId $comment: $result', ({ msg, sig, pk, result }) => {
    const valid = result === 'valid'
    expect(verifySignature(hex(sig), hex(msg), hex(pk))).toBe(valid)
    const normalise = () =>
      bls12381.normalise({ encoding: 'compact', bytes: hex(sig) }, hex(msg), bls12381.publicKey(hex(pk)))
    if (valid) expect(Buffer.from(normalise().bytes).toString('hex')).toBe(sig)
    else expect(normalise).toThrow(RangeError)
  })
})

describe.skipIf(vectorsMissing('wycheproof/bls_hash_to_g2_test.json'))('wycheproof hash to G2', () => {
  const files = readVectors<{ testGroups: readonly Hashes[] }>('wycheproof/bls_hash_to_g2_test.json')
  const cases = files.flatMap(({ testGroups }) =>
    testGroups.flatMap(({ dst, tests }) => tests.map((row) => ({ ...row, dst }))),
  )
  const one = hex('00'.repeat(31) + '01')

  test('all of them are here', () => expect(cases.length).toBe(34))

  // Our suite's name is fixed in both libraries, the vectors' is another: so noble, which passes them, stands between.
  test.each(cases)('$tcId $comment', ({ msg, expected, dst }) => {
    const hashed = (DST: string) => bls12_381.G2.hashToCurve(hex(msg), { DST })
    expect(hashed(dst).toHex(true)).toBe(expected)
    const ours = hashed('BLS_SIG_BLS12381G2_XMD:SHA-256_SSWU_RO_POP_').toHex(false)
    for (const library of [withBlst(), builtAddon()]) {
      if (library === undefined) continue
      const [point = new Uint8Array()] = library.signMany([library.loadPrivateKey(one)], [hex(msg)])
      expect(toHex(point)).toBe(`0x${ours}`)
    }
  })
})
