// https://developer.algorand.org/docs/get-details/accounts/#transformation-private-key-to-25-word-mnemonic
import { createHash } from 'node:crypto'
import { mnemonicFromSeed, seedFromMnemonic } from 'algosdk'
import fc from 'fast-check'
import { expect, test } from 'vitest'
import { words } from '../../../src/chains/algorand/words.ts'
import { algorand } from './signing.ts'

/** Words by the chain's own data: 11 bits each, least significant first, and the checksum's 11 bits. */
function wordsOf(seed: Uint8Array): string {
  const bits = [...seed].flatMap((byte) => Array.from({ length: 8 }, (_, i) => (byte >> i) & 1))
  const numbers = Array.from({ length: 24 }, (_, i) =>
    bits.slice(11 * i, 11 * i + 11).reduce((sum, bit, n) => sum + (bit << n), 0),
  )
  const hash = createHash('sha512-256').update(seed).digest()
  const checksum = ((hash[0] ?? 0) + ((hash[1] ?? 0) << 8)) & 0x7ff
  return [...numbers, checksum].map((number) => words.list[number]).join(' ')
}

test('the list has 2,048 words, none twice', () => {
  expect(words.list.length).toBe(2_048)
  expect(new Set(words.list).size).toBe(2_048)
  expect(algorand.words).toBe(words)
})

test('it is the SDK’s list: every word of it comes up as the SDK writes it', () => {
  const seen = new Set<string>()
  const seeds = fc.uint8Array({ minLength: 32, maxLength: 32 })
  for (const seed of fc.sample(seeds, { numRuns: 2_000, seed: 1 })) {
    const text = mnemonicFromSeed(seed)
    expect(wordsOf(seed)).toBe(text)
    expect([...seedFromMnemonic(text)]).toEqual([...seed])
    for (const word of text.split(' ')) seen.add(word)
  }
  expect(seen.size).toBe(2_048)
})
