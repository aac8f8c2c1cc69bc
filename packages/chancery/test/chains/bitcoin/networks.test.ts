import { expect, test } from 'vitest'
import { createBitcoin } from '../../../src/chains/bitcoin/chain.ts'
import { knownNetworks, nativeAsset } from '../../../src/chains/bitcoin/networks.ts'
import { isNetwork } from '../../../src/core/names.ts'
import { chain, mainnet, named } from './wallet.ts'

test('a coin is named by its symbol and network, and those by their genesis', () => {
  const names = knownNetworks.map(({ symbol, networkName }) => `${symbol} ${networkName}`)
  expect(names).toEqual([
    'BTC mainnet',
    'BTC testnet',
    'BTC testnet4',
    'BTC signet',
    'BTC regtest',
    'LTC mainnet',
    'LTC testnet',
    'LTC regtest',
    'DOGE mainnet',
    'DOGE testnet',
    'DOGE regtest',
  ])
  expect(new Set(knownNetworks.map(({ network }) => network)).size).toBe(names.length)
  for (const { network } of knownNetworks) {
    expect([network, isNetwork(network), /^bip122:[0-9a-f]{32}$/.test(network)]).toEqual([network, true, true])
  }
})

test('natives are what was configured', () => {
  const doge = named('DOGE', 'mainnet')
  const made = createBitcoin({ networks: [mainnet, doge] })
  expect(made.natives).toEqual([
    {
      symbol: 'BTC',
      network: mainnet.network,
      networkName: 'mainnet',
      asset: `${mainnet.network}/slip44:0`,
      decimals: 8,
      coinType: 0,
      forms: [
        { name: 'p2wpkh', purpose: 84, algorithm: 'secp256k1-ecdsa' },
        { name: 'p2pkh', purpose: 44, algorithm: 'secp256k1-ecdsa' },
        { name: 'p2sh-p2wpkh', purpose: 49, algorithm: 'secp256k1-ecdsa', readsAs: 'p2sh' },
        { name: 'p2tr', purpose: 86, algorithm: 'secp256k1-schnorr' },
      ],
    },
    {
      symbol: 'DOGE',
      network: doge.network,
      networkName: 'mainnet',
      asset: `${doge.network}/slip44:3`,
      decimals: 8,
      coinType: 3,
      forms: [{ name: 'p2pkh', purpose: 44, algorithm: 'secp256k1-ecdsa' }],
    },
  ])
  expect(nativeAsset(named('LTC', 'mainnet'))).toMatch(/slip44:2$/)
})

test('a network nobody knows is not configured', () => {
  expect(() => createBitcoin({ networks: [{ network: 'bip122:0' }] })).toThrow(
    /Known are bip122:0{10}19d66.* \(BTC mainnet\)/,
  )
})

test('where nobody says which network, an address is of the first that has such', () => {
  const two = createBitcoin({ networks: [mainnet, named('LTC', 'mainnet')] })
  const address = 'LUxXFcwXFPpRZdMv4aYu6bDwPdC2skQ5YW'
  expect(two.parseAddress(address, 'to')).toBe(address)
  expect(() => two.parseAddress('DH5yaieqoZN36fDVciNyRueRGvGLR3mr7L', 'to')).toThrow(/DOGE mainnet/)
  expect(chain.networkName?.(mainnet.network)).toBe('mainnet')
})
