/** The 25 words of an Algorand account: 24 for the private key, one for its checksum. The list is that of BIP-39 in English. */
import { wordlist } from '@scure/bip39/wordlists/english.js'
import type { Words } from '../../core/words.ts'

export const words: Words = { list: wordlist, checksum: 'sha512-256' }
