// The root of a tree inside a signer process: what it keeps, and that nothing of it stays.
import { randomBytes } from 'node:crypto'
import { HDKey } from '@scure/bip32'
import { entropyToMnemonic, mnemonicToSeedSync } from '@scure/bip39'
import { wordlist } from '@scure/bip39/wordlists/english.js'
import { describe, expect, it, test } from 'vitest'
import { toHex, utf8 } from '../../src/base/bytes.ts'
import { sign } from '../../src/curves/secp256k1/sign.ts'
import { decodePath, derivationField, encodePath, readDerivation } from '../../src/signers/derivation.ts'
import { encodeFields } from '../../src/signers/fields.ts'
import type { LoadedKey } from '../../src/signers/halves.ts'
import { signerOf } from '../../src/signers/key-use.ts'
import { treeHalf } from '../../src/signers/tree-half.ts'

const digest = new Uint8Array(32).fill(7)
const account = [0x8000_0054, 0x8000_0000, 0x8000_0000]
const half = treeHalf('bip32')?.half

function open(entropy = Uint8Array.from(randomBytes(32))) {
  if (half === undefined) throw new Error('there are no trees')
  const root = HDKey.fromMasterSeed(mnemonicToSeedSync(entropyToMnemonic(entropy, wordlist)))
  return { key: half.load(entropy), entropy, root }
}

const child = (key: LoadedKey, path: readonly number[], algorithm = 'secp256k1-ecdsa'): LoadedKey => {
  const made = key.derive?.({ algorithm, path })
  if (made === undefined) throw new Error('it has no children')
  return made
}

describe('a tree', () => {
  it('takes its entropy over and wipes it', () => {
    const { entropy } = open()
    expect(toHex(entropy)).toBe(toHex(new Uint8Array(32)))
  })

  it('signs by what is at the path, with more children than it keeps', () => {
    const { key, root } = open()
    for (let index = 0; index < 4_200; index++) child(key, [...account, 0, index])
    for (const index of [0, 1, 4_199]) {
      const node = [...account, 0, index].reduce((one, step) => one.deriveChild(step), root)
      const expected = sign(node.privateKey ?? new Uint8Array(), digest)
      expect(toHex(child(key, [...account, 0, index]).sign(digest))).toBe(toHex(expected))
    }
  })

  it('that was wiped signs no more, by none of its children', () => {
    const { key } = open()
    const kept = child(key, [...account, 0, 0])
    const schnorr = child(key, [...account, 0, 1], 'secp256k1-schnorr')
    kept.sign(digest)
    key.wipe()
    expect(() => kept.sign(digest)).toThrow(RangeError)
    expect(() => schnorr.sign(digest)).toThrow(RangeError)
    expect(() => child(key, [...account, 0, 0])).toThrow(RangeError)
  })

  it('refuses to sign with its root, also where a process is asked without a path', () => {
    const { key } = open()
    for (const field of [undefined, new Uint8Array(0)]) {
      expect(() => signerOf(key, 'secp256k1-ecdsa', field).sign(digest)).toThrow('root')
    }
    const root = derivationField(
      { algorithm: 'secp256k1-ecdsa', signer: { path: [], publicKey: { algorithm: 'ed25519', bytes: digest } } },
      { algorithm: 'secp256k1-ecdsa' },
    )
    expect(() => signerOf(key, 'secp256k1-ecdsa', root)).toThrow('root')
  })

  it('is a tree under its own name alone', () => {
    for (const name of ['secp256k1-ecdsa', 'secp256k1-schnorr', 'BIP32', '']) expect(treeHalf(name)).toBeUndefined()
  })

  it.each([0, 15, 31, 33, 63, 65])('is not of %s bytes', (size) => {
    expect(() => half?.publicKeyOf(new Uint8Array(size).fill(1))).toThrow(RangeError)
  })
})

describe('a derivation', () => {
  const publicKey = { algorithm: 'secp256k1-schnorr', bytes: digest } as const

  it('is read as it was written', () => {
    const signer = { path: [0, 0x8000_0000, 0xffff_ffff], tweak: digest, publicKey }
    const field = derivationField({ algorithm: 'secp256k1-schnorr', signer }, { algorithm: 'secp256k1-ecdsa' })
    expect(readDerivation(field)).toEqual({ algorithm: 'secp256k1-schnorr', path: signer.path, tweak: digest })
  })

  it('is nothing where the key signs by itself, and says so where the algorithm is another', () => {
    const own = { algorithm: 'secp256k1-ecdsa' } as const
    expect(derivationField(own, own).length).toBe(0)
    expect(readDerivation(derivationField({ algorithm: 'ed25519' }, own))).toEqual({ algorithm: 'ed25519', path: [] })
  })

  it('is short, and of whole numbers', () => {
    expect(decodePath(encodePath(Array.from({ length: 10 }, () => 1))).length).toBe(10)
    expect(() => decodePath(encodePath(Array.from({ length: 11 }, () => 1)))).toThrow('too long')
    expect(() => decodePath(new Uint8Array(5))).toThrow('four bytes')
    expect(() => readDerivation(encodeFields([utf8('secp256k1-ecdsa')]))).toThrow('four bytes')
  })
})

test('what a single key of Ed25519 is asked for with a tweak is refused', () => {
  const key: LoadedKey = { sign: () => digest, wipe: () => {} }
  const signer = { path: [], tweak: digest, publicKey: { algorithm: 'ed25519', bytes: digest } } as const
  const field = derivationField({ algorithm: 'ed25519', signer }, { algorithm: 'ed25519' })
  expect(() => signerOf(key, 'ed25519', field)).toThrow('not tweaked')
})
