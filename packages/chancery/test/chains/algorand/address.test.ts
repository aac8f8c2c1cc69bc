import { Address, getApplicationAddress, isValidAddress, mnemonicToSecretKey, secretKeyToMnemonic } from 'algosdk'
import fc from 'fast-check'
import { expect, test } from 'vitest'
import { generate } from '../../../src/curves/ed25519/sign.ts'
import { refusalOf } from '../refusal.ts'
import { algorand, pairOf, pairOfSeed, testnet } from './signing.ts'

const alphabet = 'ABCDEFGHIJKLMNOPQRSTUVWXYZ234567'
const keys = fc.uint8Array({ minLength: 32, maxLength: 32 }).filter((key) => key.some((byte) => byte > 0))
const parse = (text: string): string => algorand.parseAddress(text, 'to')
const reading = (text: string) => algorand.readAddress?.(text, testnet)

test('10,000 addresses are derived as the SDK derives them, and read again', () => {
  fc.assert(
    fc.property(keys, (bytes) => {
      const address = algorand.address({ algorithm: 'ed25519', bytes })
      expect(address).toBe(new Address(bytes).toString())
      expect(parse(address)).toBe(address)
      expect(reading(address)).toEqual({ valid: true, form: 'account' })
    }),
    { numRuns: 10_000 },
  )
})

test('of a private key', () => {
  for (let i = 0; i < 20; i++) {
    const { sk, text } = pairOfSeed(generate())
    expect(String(mnemonicToSecretKey(secretKeyToMnemonic(sk)).addr)).toBe(text)
  }
})

test('one character changed is always refused', () => {
  const changed = fc.record({ key: keys, at: fc.nat(57), by: fc.integer({ min: 1, max: 31 }) })
  fc.assert(
    fc.property(changed, ({ key, at, by }) => {
      const address = new Address(key).toString()
      const next = alphabet[(alphabet.indexOf(address[at] ?? '') + by) % 32] ?? ''
      const text = address.slice(0, at) + next + address.slice(at + 1)
      expect(refusalOf(() => parse(text))).toMatchObject({ code: 'invalid-payload', where: 'to' })
      expect(reading(text)).toMatchObject({ valid: false })
    }),
    { numRuns: 10_000 },
  )
})

const { text: good } = pairOf(1)

test.each([
  '',
  good.toLowerCase(),
  good.slice(1),
  `${good}A`,
  ` ${good}`,
  `${good}\n`,
  `${good}======`,
  good.replace(/.$/, '='),
  good.replace(/^./, '0'),
  good.replace(/^./, 'İ'),
  '0x5aAeb6053F3E94C9b9A09f33669435E7Ef1BeAed',
  'bc1qw508d6qejxtdg4y5r3zarvary0c5xw7kv8f3t4',
])('%j is no address', (text) => {
  expect(refusalOf(() => parse(text))).toMatchObject({ code: 'invalid-payload', where: 'to' })
  expect(reading(text)).toEqual({
    valid: false,
    reason: expect.stringMatching(/characters|encoding|checksum/) as string,
  })
})

test('the last character has three bits nobody needs: only one of its eight spellings is read', () => {
  const spellings = Array.from(alphabet, (last) => good.slice(0, -1) + last)
  expect(spellings.filter((text) => isValidAddress(text))).toContain(good)
  const read = spellings.filter((text) => {
    try {
      return parse(text) === text
    } catch {
      return false
    }
  })
  expect(read).toEqual([good])
})

test('an application is called by its number, a program by its address', () => {
  const contract = (text: string): string => algorand.parseContract?.(text, 'contract') ?? 'none'
  for (const text of ['1', '7', '18446744073709551615', good, String(getApplicationAddress(7))]) {
    expect(contract(text)).toBe(text)
  }
  for (const text of ['0', '07', '-1', '1.0', '0x7', '18446744073709551616', '', '*', good.toLowerCase()]) {
    expect(refusalOf(() => contract(text))).toMatchObject({ code: 'invalid-payload', where: 'contract' })
  }
})

test('nobody pays to the address of no key at all', () => {
  const zero = new Address(new Uint8Array(32)).toString()
  expect(parse(zero)).toBe(zero)
  expect(reading(zero)).toEqual({ valid: false, reason: expect.stringContaining('zero address') as string })
})
