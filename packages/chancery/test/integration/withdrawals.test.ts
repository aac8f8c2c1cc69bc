/** How a withdrawal is asked for and shown: what a chain has no word for is refused, and nothing of the inside comes out. */
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { createBitcoin } from '../../src/chains/bitcoin/chain.ts'
import { createEvm } from '../../src/chains/evm/chain.ts'
import type { Principal } from '../../src/core/access.ts'
import type { Network } from '../../src/core/names.ts'
import { createCoinLedger, type CoinLedger } from '../relay/coin-ledger.ts'
import { client, network as evm, openHouse, removeFolder, someone, type TestHouse } from './house.ts'

const regtest: Network = 'bip122:0f9188f13cb7b2c71f2a335e3a4fc328'
/** Configured, but without a node. */
const testnet: Network = 'bip122:000000000933ea01ad0ee984209779ba'

let house: TestHouse
let ledger: CoinLedger
let app: Principal

beforeAll(async () => {
  const bitcoin = createBitcoin({ networks: [{ network: regtest }, { network: testnet }] })
  const { coins } = bitcoin
  if (coins === undefined) throw new Error('Bitcoin has coins')
  ledger = createCoinLedger(regtest)
  house = await openHouse({
    chains: [bitcoin, createEvm({ networks: [{ network: evm }], assets: [] })],
    coinNetworks: new Map([[regtest, { node: ledger.node, coins, confirmations: 2n, feeBlocks: 3 }]]),
    interval: 20,
  })
  const limits = { recipients: '*', maximum: '100000000', maximumFee: '100000' } as const
  const rules = [
    { name: 'bitcoin', asset: `${regtest}/slip44:1`, ...limits },
    { name: 'test-bitcoin', asset: `${testnet}/slip44:1`, ...limits },
    { name: 'ether', asset: `${evm}/slip44:60`, ...limits },
  ] as const
  await house.walletPolicy.put({ rules, treasury: { [evm]: [someone] }, sweepFees: {} }, 0, house.operator())
  const operations = ['withdraw', 'sweep', 'wallets:read'] as const
  app = await client(house, [{ operations, keys: '*', networks: '*' }], 'app')
})
afterAll(async () => {
  await house.close()
  await removeFolder(house)
})

async function wallet(user: string, asset: 'BTC' | 'ETH', network: Network) {
  const { row } = await house.wallets.create({ user, asset, network, tier: 'sealed' }, house.operator())
  return { id: row.id, address: row.address ?? '' }
}

describe('a feeRate on a chain without one is refused, with what to say instead', () => {
  const refusal = {
    code: 'not-supported',
    particulars: { where: 'feeRate', got: '5000', wanted: 'maxFee', hint: expect.stringContaining('maxFee') },
  }

  test('on a withdrawal', async () => {
    const { id } = await wallet('rate', 'ETH', evm)
    const asked = { wallet: id, to: someone, amount: 5n, maxFee: 10n, feeRate: 5_000n }
    await expect(house.wallets.withdraw(asked, house.as(app))).rejects.toMatchObject(refusal)
  })

  test('on a sweep', async () => {
    const { id } = await wallet('rate', 'ETH', evm)
    await expect(house.wallets.sweep({ wallet: id, feeRate: 5_000n }, house.as(app))).rejects.toMatchObject(refusal)
  })
})

describe('what stands in the way is named', () => {
  test('a network without a node', async () => {
    const { id } = await wallet('no node', 'BTC', testnet)
    const to = 'tb1q0j92p70heuk0g9zhyylcpz0ftw8ed5ksenavej'
    const refused = house.wallets.withdraw({ wallet: id, to, amount: 5_000n }, house.as(app))
    await expect(refused).rejects.toMatchObject({
      code: 'unknown-network',
      message: expect.stringContaining('no node'),
      particulars: { got: testnet, wanted: regtest, hint: expect.stringContaining('rpc') },
    })
  })

  test('an asset of another network than the wallet', async () => {
    const { id } = await wallet('elsewhere', 'ETH', evm)
    const asked = { wallet: id, to: someone, amount: 5n, asset: 'BTC' }
    await expect(house.wallets.withdraw(asked, house.as(app))).rejects.toMatchObject({
      code: 'not-supported',
      particulars: { where: 'asset', got: 'BTC', wanted: `an asset on ${evm}` },
    })
  })

  test('a network without a treasury', async () => {
    const { id } = await wallet('no treasury', 'BTC', regtest)
    await expect(house.wallets.sweep({ wallet: id }, house.as(app))).rejects.toMatchObject({
      code: 'denied',
      particulars: { where: 'treasury', wanted: `an address under ${regtest}` },
    })
  })
})
