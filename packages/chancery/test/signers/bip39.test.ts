// BIP-39 in bytes, against @scure/bip39, which is strings. Its published vectors are in test/keys/sealed/trees.test.ts.
import { entropyToMnemonic, mnemonicToSeedSync, validateMnemonic } from '@scure/bip39'
import { wordlist } from '@scure/bip39/wordlists/english.js'
import fc from 'fast-check'
import { describe, expect, it, test } from 'vitest'
import { toHex, utf8 } from '../../src/base/bytes.ts'
import { entropyOfWords, seedOfEntropy, wordsOfEntropy } from '../../src/signers/bip39.ts'
import { SignerRefusal } from '../../src/signers/refusal.ts'

const sizes = [16, 20, 24, 28, 32]
const entropies = fc.constantFrom(...sizes).chain((size) => fc.uint8Array({ minLength: size, maxLength: size }))
const text = (bytes: Uint8Array) => Buffer.from(bytes).toString()

test('entropy has the words and the seed of @scure/bip39, and words their entropy', () => {
  fc.assert(
    fc.property(entropies, fc.string({ maxLength: 12 }), (entropy, passphrase) => {
      const words = entropyToMnemonic(entropy, wordlist)
      expect(text(wordsOfEntropy(entropy))).toBe(words)
      expect(toHex(entropyOfWords(utf8(words)))).toBe(toHex(entropy))
      const seed = seedOfEntropy(entropy, utf8(passphrase.normalize('NFKD')))
      expect(toHex(seed)).toBe(toHex(mnemonicToSeedSync(words, passphrase)))
    }),
    { numRuns: 60 },
  )
})

test('one word changed is taken exactly where @scure/bip39 takes it', () => {
  fc.assert(
    fc.property(entropies, fc.nat(23), fc.nat(2_047), (entropy, at, word) => {
      const words = entropyToMnemonic(entropy, wordlist).split(' ')
      words[at % words.length] = wordlist[word] ?? ''
      const changed = words.join(' ')
      expect(taken(changed)).toBe(validateMnemonic(changed, wordlist))
    }),
    { numRuns: 500 },
  )
})

function taken(words: string): boolean {
  try {
    return entropyOfWords(utf8(words)).length > 0
  } catch (error) {
    expect(error).toBeInstanceOf(SignerRefusal)
    return false
  }
}

describe('what no mnemonic is', () => {
  it.each([0, 8, 15, 17, 33, 64])('no words stand for %s bytes', (size) => {
    expect(() => wordsOfEntropy(new Uint8Array(size))).toThrow(RangeError)
  })

  it.each([11, 13, 23, 25, 48])('%s words', (count) => {
    expect(() => entropyOfWords(utf8('abandon '.repeat(count)))).toThrow(`There are ${count} words`)
  })

  it('a word of another list: its place is named, not the word', () => {
    const words = `${'abandon '.repeat(5)}geheimnis ${'abandon '.repeat(6)}`
    expect(() => entropyOfWords(utf8(words))).toThrow('Word 6')
    expect(() => entropyOfWords(utf8(words))).not.toThrow('geheimnis')
  })
})
