/**
 * Private keys as words: 11 bits a word, least significant first, and a checksum word at the end. Only data, because the
 * secret is in words or bytes inside a signer process alone, which loads no chain.
 */
export interface Words {
  /** 2,048 words. */
  readonly list: readonly string[]
  /** What the last word's 11 bits are taken from: the hash of the private key. */
  readonly checksum: 'sha512-256'
}
