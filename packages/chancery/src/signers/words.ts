/**
 * Private keys of 32 bytes as 25 words: 24 of 11 bits each, least significant first, and a checksum. The words of a secret
 * are handled as bytes, never as strings, which cannot be wiped; errors name the place of a word, never the word.
 * https://developer.algorand.org/docs/get-details/accounts/#transformation-private-key-to-25-word-mnemonic
 */
import { createHash } from 'node:crypto'
import type { Words } from '../core/words.ts'
import { refuse } from './refusal.ts'

/** A list as a signer process uses it: public, each word's UTF-8 in a place of its own. */
export type WordList = readonly Uint8Array[]

const keySize = 32
const listSize = 2_048
const keyWords = 24
const allWords = keyWords + 1
const space = 0x20

/** The list as it travels to a signer process: checksum and words, with single spaces. */
export function encodeWordList({ checksum, list }: Words): Uint8Array {
  return new TextEncoder().encode([checksum, ...list].join(' '))
}

/** @throws SignerRefusal `internal` when it is no list of 2,048 different words in small letters. */
export function decodeWordList(field: Uint8Array): WordList {
  const [checksum, ...list] = Buffer.from(field).toString('latin1').split(' ')
  const proper =
    list.length === listSize && new Set(list).size === listSize && list.every((one) => /^[a-z]+$/.test(one))
  if (checksum !== 'sha512-256' || !proper) throw refuse('not-supported', 'This list of words cannot be used')
  return list.map((word) => new TextEncoder().encode(word))
}

/**
 * UTF-8 with single spaces, in a buffer of its own: whoever gets it wipes it.
 * @throws SignerRefusal `not-supported` when the key is not 32 bytes long.
 */
export function wordsOf(privateKey: Uint8Array, list: WordList): Uint8Array {
  if (privateKey.length !== keySize) throw refuse('not-supported', 'Private keys of this algorithm have no words')
  const numbers = numbersOf(privateKey)
  const text = textOf(numbers, list)
  numbers.fill(0)
  return text
}

/** The words of these numbers, with single spaces, in a buffer of its own. */
export function textOf(numbers: Uint16Array, list: WordList): Uint8Array {
  const words = Array.from(numbers, (number) => list[number] ?? new Uint8Array(0))
  const text = new Uint8Array(words.reduce((size, word) => size + word.length + 1, -1)).fill(space)
  let at = 0
  for (const word of words) {
    text.set(word, at)
    at += word.length + 1
  }
  return text
}

/**
 * The private key, in a buffer of its own: whoever gets it wipes it. Takes any white space and letters of either case.
 * @throws SignerRefusal `invalid-payload`
 */
export function privateKeyOfWords(text: Uint8Array, list: WordList): Uint8Array {
  const numbers = new Uint16Array(allWords)
  try {
    let count = 0
    for (const word of wordsIn(text)) {
      if (count < allWords) numbers[count] = numberOf(word, list, count + 1)
      count++
    }
    if (count !== allWords) throw refuse('invalid-payload', `There are ${count} words, and it takes ${allWords}`)
    return keyOf(numbers)
  } finally {
    numbers.fill(0)
  }
}

function numbersOf(privateKey: Uint8Array): Uint16Array {
  const numbers = new Uint16Array(allWords)
  for (let bit = 0; bit < 8 * keySize; bit++) {
    const set = ((privateKey[bit >> 3] ?? 0) >> (bit & 7)) & 1
    const at = Math.floor(bit / 11)
    numbers[at] = (numbers[at] ?? 0) | (set << (bit % 11))
  }
  numbers[keyWords] = checksumOf(privateKey)
  return numbers
}

function keyOf(numbers: Uint16Array): Uint8Array {
  // 256 bits leave 8 of the 24th word's bits, which nothing is written to.
  if ((numbers[keyWords - 1] ?? 0) > 7) throw refuse('invalid-payload', 'The words are not those of a private key')
  const privateKey = new Uint8Array(new ArrayBuffer(keySize))
  for (let bit = 0; bit < 8 * keySize; bit++) {
    const set = ((numbers[Math.floor(bit / 11)] ?? 0) >> (bit % 11)) & 1
    privateKey[bit >> 3] = (privateKey[bit >> 3] ?? 0) | (set << (bit & 7))
  }
  if (numbers[keyWords] === checksumOf(privateKey)) return privateKey
  privateKey.fill(0)
  throw refuse('invalid-payload', 'The last word is not the checksum of the others: a word is wrong or out of place')
}

/** The first 11 bits of SHA-512/256, least significant first. */
function checksumOf(privateKey: Uint8Array): number {
  const hash = createHash('sha512-256').update(privateKey).digest()
  const number = hash.readUInt16LE(0) & 0x7ff
  hash.fill(0)
  return number
}

/** Views into `text`. */
export function* wordsIn(text: Uint8Array): Generator<Uint8Array> {
  let start = 0
  for (let at = 0; at <= text.length; at++) {
    if (at < text.length && !isSpace(text, at)) continue
    if (at > start) yield text.subarray(start, at)
    start = at + 1
  }
}

/** White space of ASCII, and the no-break space that word processors put between words. */
function isSpace(text: Uint8Array, at: number): boolean {
  const byte = text[at] ?? 0
  if (byte === 0xc2) return text[at + 1] === 0xa0
  if (byte === 0xa0) return text[at - 1] === 0xc2
  return byte === space || (byte >= 0x09 && byte <= 0x0d)
}

/** The place of a word in the list. @throws SignerRefusal `invalid-payload` */
export function numberOf(word: Uint8Array, list: WordList, place: number): number {
  const number = list.findIndex((one) => isSame(word, one))
  if (number === -1) throw refuse('invalid-payload', `Word ${place} is not in the list of words`)
  return number
}

function isSame(word: Uint8Array, listed: Uint8Array): boolean {
  return word.length === listed.length && listed.every((letter, i) => letter === lowerCase(word[i] ?? 0))
}

function lowerCase(byte: number): number {
  return byte >= 0x41 && byte <= 0x5a ? byte + 0x20 : byte
}
