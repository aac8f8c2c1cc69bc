/**
 * BIP-39 mnemonics in English, and the paths of EIP-2334. Runs inside an import process: words and passphrase are text here, which
 * cannot be wiped and ends with the process.
 */
import { createHash, pbkdf2Sync } from 'node:crypto'
import { wordlist } from '@scure/bip39/wordlists/english.js'
import { textIn } from './keystore-v4.ts'
import { refuse } from './refusal.ts'

const lengths = [12, 15, 18, 21, 24]
const numbers: ReadonlyMap<string, number> = new Map(wordlist.map((word, number) => [word, number]))

/** 64 bytes, in a buffer of their own: whoever gets them wipes them. @throws SignerRefusal `invalid-payload` */
export function seedOf(mnemonic: Uint8Array, passphrase: Uint8Array): Uint8Array {
  const words = textIn(mnemonic, 'mnemonic').normalize('NFKD').toLowerCase().trim().split(/\s+/)
  requireChecksum(words)
  const salt = `mnemonic${textIn(passphrase, 'passphrase').normalize('NFKD')}`
  return pbkdf2Sync(words.join(' '), salt, 2_048, 64, 'sha512')
}

function requireChecksum(words: readonly string[]): void {
  if (!lengths.includes(words.length)) {
    throw refuse('invalid-payload', `There are ${words.length} words, and a mnemonic has ${lengths.join(', ')}`)
  }
  const bits = words.map(bitsOf).join('')
  const entropyBits = Math.floor((bits.length * 32) / 33)
  const entropy = Buffer.from(
    bits
      .slice(0, entropyBits)
      .match(/.{8}/g)
      ?.map((byte) => Number.parseInt(byte, 2)) ?? [],
  )
  const [first = 0] = createHash('sha256').update(entropy).digest()
  entropy.fill(0)
  const checksum = first
    .toString(2)
    .padStart(8, '0')
    .slice(0, bits.length - entropyBits)
  if (bits.slice(entropyBits) === checksum) return
  throw refuse('invalid-payload', 'The words are no mnemonic: one is wrong or out of place')
}

function bitsOf(word: string, at: number): string {
  const number = numbers.get(word)
  if (number === undefined) throw refuse('invalid-payload', `Word ${at + 1} is not in the list of words`)
  return number.toString(2).padStart(11, '0')
}

/** Purpose, coin, account, use, and what is below. @throws SignerRefusal `invalid-payload` */
export function pathIn(bytes: Uint8Array): readonly number[] {
  const text = Buffer.from(bytes).toString('latin1')
  const path = /^m(?:\/(?:0|[1-9]\d{0,9})){4,8}$/.test(text) ? text.split('/').slice(1).map(Number) : []
  if (path[0] === 12_381 && path.every((index) => index <= 0xffff_ffff)) return path
  throw refuse('invalid-payload', 'The path is none of EIP-2334, such as m/12381/3600/0/0/0')
}
