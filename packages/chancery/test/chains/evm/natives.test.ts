import { expect, test } from 'vitest'
import { sha256, toHex, utf8 } from '../../../src/base/bytes.ts'
import { createEvm } from '../../../src/chains/evm/chain.ts'
import type { Network } from '../../../src/core/names.ts'
import { generate } from '../../../src/curves/secp256k1/sign.ts'
import { evm, keyOf } from './signing.ts'

test('coins have the names people ask for them by', () => {
  const networks: readonly Network[] = [
    'eip155:1',
    'eip155:56',
    'eip155:137',
    'eip155:80002',
    'eip155:97',
    'eip155:31337',
  ]
  const { natives } = createEvm({ networks: networks.map((network) => ({ network })), assets: [] })
  expect(natives?.map(({ symbol, networkName }) => `${symbol} ${networkName}`)).toEqual([
    'ETH mainnet',
    'BNB mainnet',
    'POL mainnet',
    'POL amoy',
    'BNB testnet',
    'ETH local',
  ])
  expect(natives?.[0]).toEqual({
    symbol: 'ETH',
    network: 'eip155:1',
    networkName: 'mainnet',
    asset: 'eip155:1/slip44:60',
    decimals: 18,
    coinType: 60,
    forms: [{ name: 'account', purpose: 44, algorithm: 'secp256k1-ecdsa' }],
  })
})

test('a name stands for one network, and others have no wallets', () => {
  const both = createEvm({ networks: [{ network: 'eip155:1337' }, { network: 'eip155:31337' }], assets: [] })
  expect(both.natives?.map(({ network }) => network)).toEqual(['eip155:1337'])
  expect(createEvm({ networks: [{ network: 'eip155:10' }], assets: [] }).natives).toEqual([])
})

const valid = { valid: true, form: 'account' }

test('addresses are read by other code than makes them', () => {
  for (let i = 0; i < 200; i++) {
    const address = evm.address(keyOf(generate()))
    expect(evm.readAddress?.(address, 'eip155:1')).toEqual(valid)
    expect(evm.readAddress?.(address.toLowerCase(), 'eip155:1')).toEqual(valid)
  }
})

/** The checksum is a few bits: EIP-55 itself says that 0.0247 % of mistakes are not found. */
test('of 10,000 addresses with a character changed nearly all are invalid', () => {
  const digits = '0123456789abcdefABCDEF'
  let missed = 0
  for (let i = 0; i < 10_000; i++) {
    const random = sha256(utf8(`address ${i}`))
    const address = evm.parseAddress(toHex(random.subarray(0, 20)), 'to')
    const at = 2 + ((random[20] ?? 0) % 40)
    const from = digits.indexOf(address.charAt(at))
    const to = digits.charAt((from + 1 + ((random[21] ?? 0) % 21)) % digits.length)
    const changed = address.slice(0, at) + to + address.slice(at + 1)
    if (evm.readAddress?.(changed, 'eip155:1').valid === true) missed += 1
  }
  expect(missed).toBeLessThan(10)
})

test.each([
  ['', /0x/],
  ['5aAeb6053F3E94C9b9A09f33669435E7Ef1BeAed', /0x/],
  ['0X5aAeb6053F3E94C9b9A09f33669435E7Ef1BeAed', /0x/],
  ['0x5aAeb6053F3E94C9b9A09f33669435E7Ef1BeAe', /39 characters/],
  ['0x5aAeb6053F3E94C9b9A09f33669435E7Ef1BeAedd', /41 characters/],
  ['0x5aAeb6053F3E94C9b9A09f33669435E7Ef1BeAeg', /no hex digits/],
  ['0x5aAeb6053F3E94C9b9A09f33669435E7Ef1BeAeD', /checksum/],
  [`0x${'0'.repeat(40)}`, /zero address/],
])('%j is refused with a reason', (text, reason) => {
  expect(evm.readAddress?.(text, 'eip155:1')).toEqual({ valid: false, reason: expect.stringMatching(reason) as string })
})
