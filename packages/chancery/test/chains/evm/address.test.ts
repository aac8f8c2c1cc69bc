import { getAddress } from 'ethers'
import fc from 'fast-check'
import { privateKeyToAddress } from 'viem/accounts'
import { expect, test } from 'vitest'
import { fromHex, toHex } from '../../../src/base/bytes.ts'
import { generate } from '../../../src/curves/secp256k1/sign.ts'
import { refusalOf } from '../refusal.ts'
import { evm, keyOf } from './signing.ts'

// The test cases of EIP-55. https://eips.ethereum.org/EIPS/eip-55
const examples = [
  '0x52908400098527886E0F7030069857D2E4169EE7',
  '0x8617E340B3D01FA5F11F306F4090FD50E238070D',
  '0xde709f2102306220921060314715629080e2fb77',
  '0x27b1fdb04752bbc536007a920d24acb045561c26',
  '0x5aAeb6053F3E94C9b9A09f33669435E7Ef1BeAed',
  '0xfB6916095ca1df60bB79Ce92cE3Ea74c37c5d359',
  '0xdbF03B407c01E7cD3CBea99509d93f8DDDC8C6FB',
  '0xD1220A0cf47c7B9Be7A2E6BA89F429762e7b9aDb',
]

test.each(examples)('%s has one text form', (address) => {
  expect(evm.parseAddress(address, 'to')).toBe(address)
  expect(evm.parseAddress(address.toLowerCase(), 'to')).toBe(address)
  expect(evm.parseAddress(`0x${address.slice(2).toUpperCase()}`, 'to')).toBe(address)
})

test('a wrong checksum is refused and the right one named', () => {
  const refusal = refusalOf(() => evm.parseAddress('0x5aAeb6053F3E94C9b9A09f33669435E7Ef1BeAeD', 'to'))
  expect(refusal).toMatchObject({ code: 'not-canonical', where: 'to' })
  expect(refusal.wanted).toContain('0x5aAeb6053F3E94C9b9A09f33669435E7Ef1BeAed')
})

test.each([
  '',
  '0x',
  '0X5aAeb6053F3E94C9b9A09f33669435E7Ef1BeAed',
  examples[0]?.slice(2) ?? '',
  `${examples[0]}0`,
  'XE7338O073KYGTWWZN0F2WZ0R8PX5ZPPZS',
])('%s is no address', (text) => {
  expect(refusalOf(() => evm.parseAddress(text, 'to'))).toMatchObject({ code: 'invalid-payload', where: 'to' })
})

test('ethers writes addresses, and viem derives them, the same way', () => {
  fc.assert(
    fc.property(fc.uint8Array({ minLength: 20, maxLength: 20 }), (bytes) => {
      expect(evm.parseAddress(toHex(bytes), 'to')).toBe(getAddress(toHex(bytes)))
    }),
  )
  for (let i = 0; i < 20; i++) {
    const privateKey = generate()
    expect(evm.address(keyOf(privateKey))).toBe(privateKeyToAddress(toHex(privateKey)))
  }
  expect(fromHex(evm.address(keyOf(generate()))).length).toBe(20)
})
