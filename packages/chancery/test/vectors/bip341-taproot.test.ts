// BIP-341's wallet vectors, as far as keys go: tweaks and key path signatures. https://github.com/bitcoin/bips/tree/master/bip-0341
import { describe, expect, test } from 'vitest'
import { toHex } from '../../src/base/bytes.ts'
import { secp256k1Schnorr } from '../../src/curves/secp256k1-schnorr.ts'
import { publicKeyOf, sign, tweaked } from '../../src/curves/secp256k1-schnorr/sign.ts'
import { hex, readVectors, vectorsMissing } from './vectors.ts'

interface Wallet {
  readonly keyPathSpending: readonly { readonly inputSpending: readonly Spending[] }[]
}

interface Spending {
  readonly given: { readonly txinIndex: number; readonly internalPrivkey: string }
  readonly intermediary: Record<'internalPubkey' | 'tweak' | 'tweakedPrivkey' | 'sigHash', string>
  readonly expected: { readonly witness: readonly [string] }
}

interface Payments {
  readonly valid: readonly { readonly expected: { readonly pubkey?: string | null } }[]
  readonly invalid: readonly { readonly exception: string; readonly arguments: { readonly pubkey?: string } }[]
}

const walletPath = 'bitcoin/bip341-wallet.json'
const spendings = readVectors<Wallet>(walletPath).flatMap(({ keyPathSpending }) =>
  keyPathSpending.flatMap(({ inputSpending }) => inputSpending),
)

describe.skipIf(vectorsMissing(walletPath))('BIP-341, spending by key', () => {
  test('all inputs are read', () => expect(spendings.length).toBe(7))

  test.each(spendings)('input $given.txinIndex', ({ given, intermediary, expected }) => {
    const internal = hex(given.internalPrivkey)
    expect(toHex(publicKeyOf(internal))).toBe(`0x${intermediary.internalPubkey}`)
    const key = tweaked(internal, hex(intermediary.tweak))
    expect(toHex(key)).toBe(`0x${intermediary.tweakedPrivkey}`)
    // Their signatures are made without randomness too, and may have a byte for the hash type.
    const bytes = hex(expected.witness[0]).subarray(0, 64)
    const sigHash = hex(intermediary.sigHash)
    expect(toHex(sign(key, sigHash))).toBe(toHex(bytes))
    const publicKey = secp256k1Schnorr.publicKey(publicKeyOf(key))
    expect(secp256k1Schnorr.verify({ algorithm: 'secp256k1-schnorr', bytes }, sigHash, publicKey)).toBe(true)
  })
})

const paymentsPath = 'bitcoin/p2tr.json'
const [payments] = readVectors<Payments>(paymentsPath)

describe.skipIf(vectorsMissing(paymentsPath))('the public keys of P2TR outputs', () => {
  const valid = (payments?.valid ?? []).flatMap(({ expected }) => expected.pubkey ?? [])
  const invalid = (payments?.invalid ?? [])
    .filter(({ exception }) => exception.startsWith('Invalid pubkey'))
    .flatMap((row) => row.arguments.pubkey ?? [])

  test('some are found', () => expect([valid.length > 10, invalid.length > 0]).toEqual([true, true]))
  test.each(valid)('%s is taken', (key) => expect(toHex(secp256k1Schnorr.publicKey(hex(key)).bytes)).toBe(`0x${key}`))
  test.each(invalid)('%s is refused', (key) => expect(() => secp256k1Schnorr.publicKey(hex(key))).toThrow(RangeError))
})
