/**
 * BIP-39 mnemonics in English, and the paths of EIP-2334. Runs inside an import process: the passphrase is text here, which cannot be
 * wiped and ends with the process.
 */
import { entropyOfWords, seedOfEntropy } from './bip39.ts'
import { refuse } from './refusal.ts'
import { textIn } from './text.ts'

/** 64 bytes, in a buffer of their own: whoever gets them wipes them. @throws SignerRefusal `invalid-payload` */
export function seedOf(mnemonic: Uint8Array, passphrase: Uint8Array): Uint8Array {
  const entropy = entropyOfWords(mnemonic)
  try {
    return seedOfEntropy(entropy, Buffer.from(textIn(passphrase, 'passphrase').normalize('NFKD')))
  } finally {
    entropy.fill(0)
  }
}

/** Purpose, coin, account, use, and what is below. @throws SignerRefusal `invalid-payload` */
export function pathIn(bytes: Uint8Array): readonly number[] {
  const text = Buffer.from(bytes).toString('latin1')
  const path = /^m(?:\/(?:0|[1-9]\d{0,9})){4,8}$/.test(text) ? text.split('/').slice(1).map(Number) : []
  if (path[0] === 12_381 && path.every((index) => index <= 0xffff_ffff)) return path
  throw refuse('invalid-payload', 'The path is none of EIP-2334, such as m/12381/3600/0/0/0')
}
