import { getAddress } from 'viem'
import { expect, test } from 'vitest'
import { sha256, utf8 } from '../../../src/base/bytes.ts'
import { createEvm } from '../../../src/chains/evm/chain.ts'
import type { Network } from '../../../src/core/names.ts'
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

const addresses = Array.from({ length: 10_000 }, (_, i) => evm.address(keyOf(sha256(utf8(`key ${i}`)))))
const networks = ['1', '11155111', '17000', '560048', '31337', '1337', '56', '97', '137', '80002'] as const

test.each(networks)('eip155:%s: 10,000 addresses derived from keys are read by other code than makes them', (id) => {
  expect(addresses.filter((address) => evm.readAddress?.(address, `eip155:${id}`).valid !== true)).toEqual([])
})

const digits = '0123456789abcdefABCDEF'

/** Another digit somewhere, or the same in the other case. */
function changed(address: string, i: number): string {
  const random = sha256(utf8(`change ${i}`))
  const at = 2 + ((random[0] ?? 0) % 40)
  const to = (digits.indexOf(address.charAt(at)) + 1 + ((random[1] ?? 0) % 21)) % digits.length
  return address.slice(0, at) + digits.charAt(to) + address.slice(at + 1)
}

/**
 * The checksum is the case of the letters. Of changes of one character to another hex digit of either case 0.066 % are not
 * found: 0.044 % leave letters of one case, which say nothing, and 0.022 % what happens to be written as its new hash asks. A
 * character fits a random hash, or a case, with 13/16, so that (13/16)³⁹ × (1.446 + 0.714) pass, with the shares of digits and
 * letters before and after. EIP-55 gives (13/16)⁴⁰ = 0.0247 % for text that is wrong throughout.
 */
test.each(networks)(
  'eip155:%s: of 10,000 with a character changed none is valid that could be told to be none',
  (id) => {
    const passing = addresses.map(changed).filter((text) => evm.readAddress?.(text, `eip155:${id}`).valid)
    const isMixed = (text: string) => /[a-f]/.test(text.slice(2)) && /[A-F]/.test(text)
    expect(passing.filter((text) => isMixed(text) && getAddress(text) !== text)).toEqual([])
    expect(passing.length).toBeLessThan(20)
  },
)

test('letters of one case carry no checksum', () => {
  for (const address of addresses.slice(0, 200)) {
    for (const digits of [address.slice(2).toLowerCase(), address.slice(2).toUpperCase()]) {
      expect(evm.readAddress?.(`0x${digits}`, 'eip155:1')).toEqual({ valid: true, form: 'account' })
    }
  }
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
