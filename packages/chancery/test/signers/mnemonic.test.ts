// BIP-39 and EIP-2334; the seeds are of EIP-2333 and trezor/python-mnemonic's vectors.
import { generateMnemonic, mnemonicToSeedSync } from '@scure/bip39'
import { wordlist } from '@scure/bip39/wordlists/english.js'
import { deriveKeyFromMnemonic } from '@chainsafe/bls-keygen'
import { describe, expect, it, test } from 'vitest'
import { toHex, utf8 } from '../../src/base/bytes.ts'
import { derive } from '../../src/curves/bls12-381/derive.ts'
import { pathIn, seedOf } from '../../src/signers/mnemonic.ts'
import { SignerRefusal } from '../../src/signers/refusal.ts'

const abandon = `${'abandon '.repeat(11)}about`
const seed = (text: string, passphrase = '') => seedOf(utf8(text), utf8(passphrase))

test('EIP-2333, case 0: from the words to the child', () => {
  const found = seed(abandon, 'TREZOR')
  expect(toHex(found)).toBe(
    '0xc55257c360c07c72029aebc1b53c05ed0362ada38ead3e3e9efa3708e53495531f09a6987599d18264c1e1c92f2cf141630c7a3c4ab7c81b2f001698e7463b04',
  )
  expect(BigInt(toHex(derive(found, [])))).toBe(
    6083874454709270928345386274498605044986640685124978867557563392430687146096n,
  )
  expect(BigInt(toHex(derive(found, [0])))).toBe(
    20397789859736650942317412262472558107875392172444076792671091975210932703118n,
  )
})

test('the seed is that of @scure/bip39, the key that of @chainsafe/bls-keygen, for words of every length', () => {
  for (const strength of [128, 160, 192, 224, 256]) {
    const words = generateMnemonic(wordlist, strength)
    expect(toHex(seed(words, 'päss'))).toBe(toHex(mnemonicToSeedSync(words, 'päss')))
    const path = 'm/12381/3600/3/0/0'
    expect(toHex(derive(seed(words), pathIn(utf8(path))))).toBe(toHex(deriveKeyFromMnemonic(words, path)))
  }
})

test('white space and letters of either case do not matter', () => {
  expect(toHex(seed(`  ${abandon.toUpperCase().replaceAll(' ', '\n\t')}\n`))).toBe(toHex(seed(abandon)))
})

describe('words are refused', () => {
  it.each([
    ['whose checksum is wrong', `${'abandon '.repeat(12)}`, 'wrong or out of place'],
    ['that are not in the list', `${'abandon '.repeat(11)}chancery`, 'Word 12'],
    ['of which there are too few', 'abandon about', '2 words'],
    ['that are none', '', '0 words'],
  ])('%s', (_, words, why) => {
    expect(() => seed(words)).toThrow(why)
    expect(() => seed(words)).toThrow(SignerRefusal)
  })
})

describe('a path', () => {
  it('is that of EIP-2334', () => {
    expect(pathIn(utf8('m/12381/3600/0/0/0'))).toEqual([12381, 3600, 0, 0, 0])
    expect(pathIn(utf8('m/12381/60/3141592653/589793238'))).toEqual([12381, 60, 3141592653, 589793238])
  })

  it.each([
    '',
    'm',
    'm/12381',
    "m/44'/60'/0'/0/0",
    'm/44/60/0/0/0',
    'm/12381/3600/0/0/4294967296',
    'm/12381/3600/00/0',
    'x/12381/1/1/1',
  ])('is not %j', (path) => {
    expect(() => pathIn(utf8(path))).toThrow('EIP-2334')
  })
})
