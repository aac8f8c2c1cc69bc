import { ed25519 as noble } from '@noble/curves/ed25519.js'
import fc from 'fast-check'
import { expect, test } from 'vitest'
import { concat, toHex } from '../../src/base/bytes.ts'
import { ed25519 } from '../../src/curves/ed25519.ts'
import { generate, loadPrivateKey, publicKeyOf, sign } from '../../src/curves/ed25519/sign.ts'

test('noble makes the same key and the same signature', () => {
  const seeds = fc.uint8Array({ minLength: 32, maxLength: 32 })
  fc.assert(
    fc.property(seeds, fc.uint8Array({ maxLength: 200 }), (seed, message) => {
      expect(toHex(publicKeyOf(seed))).toBe(toHex(noble.getPublicKey(seed)))
      const signature = sign(seed, message)
      expect(toHex(signature)).toBe(toHex(noble.sign(message, seed)))
      expect(toHex(sign(loadPrivateKey(seed), message))).toBe(toHex(signature))
    }),
    { numRuns: 50 },
  )
})

test('normalising verifies', () => {
  const seed = generate()
  const key = ed25519.publicKey(publicKeyOf(seed))
  const message = new Uint8Array(100).fill(3)
  const bytes = sign(seed, message)
  const signature = ed25519.normalise({ encoding: 'compact', bytes }, message, key)
  expect(ed25519.verify(signature, message, key)).toBe(true)
  expect(ed25519.verify(signature, message.subarray(1), key)).toBe(false)
  expect(ed25519.verify({ ...signature, bytes: bytes.subarray(1) }, message, key)).toBe(false)
  expect(() => ed25519.normalise({ encoding: 'der', bytes }, message, key)).toThrow(RangeError)
  expect(() => ed25519.normalise({ encoding: 'compact', bytes: concat(bytes, bytes) }, message, key)).toThrow(
    RangeError,
  )
  expect(() => ed25519.normalise({ encoding: 'compact', bytes }, message.subarray(1), key)).toThrow(RangeError)
})

// Encodings of points of order 1, 2, 4 and 8, and one that is not canonical: for these anyone can make signatures.
test.each([
  '0100000000000000000000000000000000000000000000000000000000000000',
  'ecffffffffffffffffffffffffffffffffffffffffffffffffffffffffffff7f',
  '0000000000000000000000000000000000000000000000000000000000000000',
  'c7176a703d4dd84fba3c0b760d10670f2a2053fa2c39ccc64ec7fd7792ac037a',
  'eeffffffffffffffffffffffffffffffffffffffffffffffffffffffffffff7f',
  '0200000000000000000000000000000000000000000000000000000000000000',
  '01000000000000000000000000000000000000000000000000000000000000',
])('%s is no public key', (text) => {
  expect(() => ed25519.publicKey(Uint8Array.from(Buffer.from(text, 'hex')))).toThrow(RangeError)
})

test('a seed of another size is refused', () => {
  expect(() => loadPrivateKey(new Uint8Array(31))).toThrow(RangeError)
})
