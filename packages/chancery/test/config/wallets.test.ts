/** What the configuration says of wallets, and which networks come with that. */
import { describe, expect, test } from 'vitest'
import { load, problemsOf } from './fixture.ts'

const networksOf = (env: Readonly<Record<string, string>>, file = '') =>
  load({ env, ...(file !== '' && { file }) }).networks.map(({ network, main }) => [network, main] as const)

describe('the networks of wallets', () => {
  test('are served where nobody listed them, and are known for what they are', () => {
    expect(networksOf({ UTXO_NETWORK: 'mainnet', EVM_NETWORK: 'sepolia' })).toEqual([
      ['bip122:000000000019d6689c085ae165831e93', true],
      ['bip122:12a765e31ffd4059bada1e25190f6e98', true],
      ['bip122:1a91e3dace36e2be3bf030a65679fe82', true],
      ['eip155:11155111', false],
      ['eip155:97', false],
      ['eip155:80002', false],
    ])
  })

  test('are as they are listed, where they are', () => {
    const file = 'networks: [{ id: "eip155:1", rpc: ["http://localhost:8545"], main: false }]'
    const { networks } = load({ env: { EVM_NETWORK: 'mainnet' }, file })
    expect(networks.map(({ network, rpc }) => [network, rpc.length])).toEqual([
      ['eip155:1', 1],
      ['eip155:56', 0],
      ['eip155:137', 0],
    ])
  })

  test.each(['testnet', 'testnet4', 'signet', 'regtest'])('%s holds no money', (name) => {
    for (const [, main] of networksOf({ UTXO_NETWORK: name })) expect(main).toBe(false)
  })
})

test('Goerli is told that it ended, other networks which there are', () => {
  const [goerli] = problemsOf({ env: { EVM_NETWORK: 'goerli' } })
  expect(goerli).toMatchObject({
    where: 'EVM_NETWORK',
    wanted: 'mainnet, sepolia',
    hint: expect.stringMatching(/2024/),
  })
  expect(problemsOf({ env: { EVM_NETWORK: 'rinkeby' } })).toMatchObject([{ wanted: 'mainnet, sepolia' }])
  expect(problemsOf({ env: { UTXO_NETWORK: 'main' } })[0]?.wanted).toContain('mainnet')
})

test.each(['turnkey', 'fireblocks'])('%s is told that it is not made here', (provider) => {
  expect(problemsOf({ flags: { 'wallet-provider': provider } })).toMatchObject([
    { got: `"${provider}"`, wanted: 'self-hosted' },
  ])
})
