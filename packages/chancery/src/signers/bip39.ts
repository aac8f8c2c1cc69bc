/**
 * BIP-39 in English: entropy as words, and the seed they stand for. The words of a secret are handled as bytes, never as strings,
 * which cannot be wiped; errors name the place of a word, never the word.
 */
import { createHash, pbkdf2Sync } from 'node:crypto'
import { wordlist } from '@scure/bip39/wordlists/english.js'
import { concat, utf8 } from '../base/bytes.ts'
import { refuse } from './refusal.ts'
import { numberOf, textOf, wordsIn } from './words.ts'

const wordBits = 11
/** Of words: 32 bits of entropy for every 33. */
const lengths = [12, 15, 18, 21, 24]
const list = wordlist.map((word) => utf8(word))

/** UTF-8 with single spaces, in a buffer of its own: whoever gets it wipes it. @throws RangeError for another length */
export function wordsOfEntropy(entropy: Uint8Array): Uint8Array {
  const count = (entropy.length * 3) / 4
  if (!lengths.includes(count)) throw new RangeError(`no words stand for ${entropy.length} bytes`)
  const bits = concat(entropy, Uint8Array.of(checksumOf(entropy)))
  const numbers = Uint16Array.from({ length: count }, (_, place) => numberAt(bits, place))
  try {
    return textOf(numbers, list)
  } finally {
    bits.fill(0)
    numbers.fill(0)
  }
}

/**
 * 16 to 32 bytes, in a buffer of their own: whoever gets them wipes them. Takes any white space and letters of either case.
 * @throws SignerRefusal `invalid-payload`
 */
export function entropyOfWords(text: Uint8Array): Uint8Array {
  const numbers = new Uint16Array(24)
  try {
    let count = 0
    for (const word of wordsIn(text)) {
      if (count < numbers.length) numbers[count] = numberOf(word, list, count + 1)
      count++
    }
    if (lengths.includes(count)) return entropyOf(numbers.subarray(0, count))
    throw refuse('invalid-payload', `There are ${count} words, and a mnemonic has ${lengths.join(', ')}`)
  } finally {
    numbers.fill(0)
  }
}

/** 64 bytes, in a buffer of their own: whoever gets them wipes them. `passphrase` is UTF-8 in the form NFKD. */
export function seedOfEntropy(entropy: Uint8Array, passphrase: Uint8Array): Uint8Array {
  const words = wordsOfEntropy(entropy)
  try {
    return pbkdf2Sync(words, concat(utf8('mnemonic'), passphrase), 2_048, 64, 'sha512')
  } finally {
    words.fill(0)
  }
}

function entropyOf(numbers: Uint16Array): Uint8Array {
  const entropy = bytesOf(numbers)
  // The checksum is the last word's end: a bit for each 32 of entropy.
  const checksumBits = entropy.length / 4
  const checksum = (numbers.at(-1) ?? 0) & ((1 << checksumBits) - 1)
  if (checksum === checksumOf(entropy) >> (8 - checksumBits)) return entropy
  entropy.fill(0)
  throw refuse('invalid-payload', 'The words are no mnemonic: one is wrong or out of place')
}

/** Without the checksum. The first bit of a number, as of a byte, is the most significant. */
function bytesOf(numbers: Uint16Array): Uint8Array {
  const bytes = new Uint8Array(new ArrayBuffer((numbers.length * 4) / 3))
  for (let bit = 0; bit < 8 * bytes.length; bit++) {
    const number = numbers[Math.floor(bit / wordBits)] ?? 0
    const set = (number >> (wordBits - 1 - (bit % wordBits))) & 1
    bytes[bit >> 3] = (bytes[bit >> 3] ?? 0) | (set << (7 - (bit & 7)))
  }
  return bytes
}

/** The number of the word at a place, counted from 0. */
function numberAt(bytes: Uint8Array, place: number): number {
  let number = 0
  for (let bit = wordBits * place; bit < wordBits * (place + 1); bit++) {
    const set = ((bytes[bit >> 3] ?? 0) >> (7 - (bit & 7))) & 1
    number = (number << 1) | set
  }
  return number
}

/** The first byte of SHA-256. */
function checksumOf(entropy: Uint8Array): number {
  const hash = createHash('sha256').update(entropy).digest()
  const [first = 0] = hash
  hash.fill(0)
  return first
}
