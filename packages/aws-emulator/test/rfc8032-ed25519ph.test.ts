import { expect, it } from 'vitest'
import { signPrehash, verifyPrehash } from '../src/kms/ed25519ph.ts'

// RFC 8032, section 7.3, test "abc".
const SEED = Buffer.from('833fe62409237b9d62ec77587520911e9a759cec1d19755b7da901b96dca3d42', 'hex')
const SIGNATURE = Buffer.from(
  '98a70222f0b8121aa9d30f813d683f809e462b469c7ff87639499bb94e6dae41' +
    '31f85042463c2a355a2003d062adf5aaa10b8c61e636062aaad11c2a26083406',
  'hex',
)

it('signs "abc" as RFC 8032 does', () => {
  expect(signPrehash(SEED, Buffer.from('abc'))).toEqual(SIGNATURE)
})

it('verifies that signature, and no other message or signature', () => {
  const spoiled = Buffer.from(SIGNATURE)
  spoiled[40] = (spoiled[40] ?? 0) ^ 1
  expect(verifyPrehash(SEED, Buffer.from('abc'), SIGNATURE)).toBe(true)
  expect(verifyPrehash(SEED, Buffer.from('abd'), SIGNATURE)).toBe(false)
  expect(verifyPrehash(SEED, Buffer.from('abc'), spoiled)).toBe(false)
})
