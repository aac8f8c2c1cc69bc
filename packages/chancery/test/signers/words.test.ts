// Private keys as words, beside algosdk's own (TypeScript) and the refusals it does not make.
import { randomBytes } from 'node:crypto'
import { wordlist } from '@scure/bip39/wordlists/english.js'
import { mnemonicFromSeed, seedFromMnemonic } from 'algosdk'
import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { toHex, utf8 } from '../../src/base/bytes.ts'
import { openBackup, sealBackup } from '../../src/signers/backup.ts'
import { generateEnvelopeKeys } from '../../src/signers/envelope.ts'
import { SignerRefusal } from '../../src/signers/refusal.ts'
import { decodeWordList, encodeWordList, privateKeyOfWords, wordsOf } from '../../src/signers/words.ts'

const words = { list: wordlist, checksum: 'sha512-256' } as const
const list = decodeWordList(encodeWordList(words))
const textOf = (bytes: Uint8Array) => Buffer.from(bytes).toString('utf8')

function refusalOf(work: () => unknown): string {
  try {
    work()
  } catch (error) {
    if (error instanceof SignerRefusal && error.code === 'invalid-payload') return error.message
    throw error
  }
  throw new Error('expected a refusal')
}

describe('words of a private key', () => {
  it('are those of algosdk, both ways, for 1,000 random keys', () => {
    for (let i = 0; i < 1_000; i++) {
      const seed = Uint8Array.from(randomBytes(32))
      const text = wordsOf(seed, list)
      expect(textOf(text)).toBe(mnemonicFromSeed(seed))
      expect(toHex(privateKeyOfWords(text, list))).toBe(toHex(seedFromMnemonic(textOf(text))))
    }
  })

  it.each([0x00, 0xff])('are those of algosdk for a key of nothing but 0x%s', (byte) => {
    const seed = new Uint8Array(32).fill(byte)
    expect(textOf(wordsOf(seed, list))).toBe(mnemonicFromSeed(seed))
    expect(toHex(privateKeyOfWords(wordsOf(seed, list), list))).toBe(toHex(seed))
  })

  it('may be in capitals, and between any white space', () => {
    const seed = Uint8Array.from(randomBytes(32))
    const spaced = mnemonicFromSeed(seed).split(' ').join(' \r\n\t\u00a0 ')
    expect(toHex(privateKeyOfWords(utf8(`\n ${spaced.toUpperCase()}\n`), list))).toBe(toHex(seed))
  })

  it('are refused when any one of them is another, whichever it is', () => {
    const seed = fc.uint8Array({ minLength: 32, maxLength: 32 })
    fc.assert(
      fc.property(seed, fc.nat(24), fc.nat(2046), (key, place, step) => {
        const text = textOf(wordsOf(key, list)).split(' ')
        text[place] = wordlist[(wordlist.indexOf(text[place] ?? '') + 1 + step) % 2048] ?? ''
        const read = () => privateKeyOfWords(utf8(text.join(' ')), list)
        // Eleven bits of checksum let one wrong word of 2,048 through, in algosdk as here.
        const passes = place < 24 && isAccepted(text.join(' '))
        if (passes) expect(toHex(read())).not.toBe(toHex(key))
        else expect(refusalOf(read)).toMatch(/checksum|not those/)
      }),
    )
  })
})

function isAccepted(mnemonic: string): boolean {
  try {
    seedFromMnemonic(mnemonic)
    return true
  } catch {
    return false
  }
}

describe('words that are refused', () => {
  const good = mnemonicFromSeed(new Uint8Array(32).fill(7)).split(' ')
  const changed = (place: number, word: string) => good.map((one, i) => (i === place ? word : one)).join(' ')
  // 2047 in the 24th place sets bits beyond the 256th; the checksum is of the 32 bytes before them.
  it.each([
    ['no words', ' \n', 'There are 0 words, and it takes 25'],
    ['24 words', good.slice(1).join(' '), 'There are 24 words, and it takes 25'],
    ['26 words', [...good, 'abandon'].join(' '), 'There are 26 words, and it takes 25'],
    ['a word that is not in the list', changed(6, 'venezuela'), 'Word 7 is not in the list of words'],
    ['the beginning of a word', changed(6, 'aband'), 'Word 7 is not in the list of words'],
    ['a word with an accent', changed(6, 'ábandon'), 'Word 7 is not in the list of words'],
    ['bits beyond the 256th', changed(23, 'zoo'), 'The words are not those of a private key'],
    ['a wrong checksum', changed(24, good[24] === 'zoo' ? 'zone' : 'zoo'), 'The last word is not the checksum'],
  ])('%s', (_, text, sentence) => {
    expect(isAccepted(text.trim())).toBe(false)
    const said = refusalOf(() => privateKeyOfWords(utf8(text), list))
    expect(said).toContain(sentence)
    for (const word of ['venezuela', 'aband', 'zoo', good[0]]) expect(said.split(/\W/)).not.toContain(word)
  })

  it.each([
    ['of 2,047 words', wordlist.slice(1)],
    ['with a word twice', wordlist.map((word, i) => (i === 5 ? 'zoo' : word))],
    ['with capitals', wordlist.map((word) => word.toUpperCase())],
  ])('a list %s', (_, list) => {
    expect(() => decodeWordList(encodeWordList({ ...words, list }))).toThrow('This list of words cannot be used')
  })
})

describe('a backup', () => {
  const request = { id: 'key_1', algorithm: 'ed25519', list: encodeWordList(words) }

  it('opens for its recipient, under its key id and algorithm', () => {
    const keys = generateEnvelopeKeys()
    const seed = Uint8Array.from(randomBytes(32))
    const backup = sealBackup(seed, { ...request, recipient: keys.publicKey })
    expect(textOf(openBackup(keys, 'key_1', 'ed25519', backup))).toBe(mnemonicFromSeed(seed))
    expect(() => openBackup(keys, 'key_2', 'ed25519', backup)).toThrow(/authenticate/)
    expect(() => openBackup(generateEnvelopeKeys(), 'key_1', 'ed25519', backup)).toThrow(/authenticate/)
  })

  it.each([
    ['short', new Uint8Array(31)],
    ['a point of small order', new Uint8Array(32)],
  ])('is not made for a recipient that is %s', (_, recipient) => {
    expect(() => sealBackup(randomBytes(32), { ...request, recipient })).toThrow('no X25519 public key')
  })
})
