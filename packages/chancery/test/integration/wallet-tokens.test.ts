/** Tokens (ERC-20) in wallets, on a real EVM node: paid, swept to the last unit, not lost with a wallet, and never guessed. */
import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest'
import { systemClock, type Clock } from '../../src/base/clock.ts'
import { createEvm } from '../../src/chains/evm/chain.ts'
import type { Principal } from '../../src/core/access.ts'
import type { AssetId, Network, WalletId } from '../../src/core/names.ts'
import type { Withdrawal } from '../../src/core/wallets.ts'
import { createEvmNode } from '../../src/nodes/evm/node.ts'
import { balanceAt } from '../wallets/migration/scene.ts'
import { startAnvil, type Anvil } from './anvil.ts'
import { client, network, openHouse, removeFolder, someone, type TestHouse } from './house.ts'
import { giveTokens, heldTokens, placeToken, token } from './token.ts'

const treasury = '0x90F79bf6EB2c4f870365E785982E1f101E93b906'
const usd: AssetId = `${network}/erc20:${token}`
/** Honest until a test says otherwise. */
const oddToken = '0xCf7Ed3AccA5a467e9e704C703E8D87F634fB0Fc9'
const odd: AssetId = `${network}/erc20:${oddToken}`
/** Listed, so that its payments can be judged, and with no symbol: no wallets are made for it. */
const unnamedToken = '0x9fE46736679d2D9a65F0992F2272dE9f3c7fa6e0'
const unnamed: AssetId = `${network}/erc20:${unnamedToken}`
const ether: AssetId = `${network}/slip44:60`

/** Days that have passed. */
let days = 0
const clock: Clock = { ...systemClock, now: () => systemClock.now() + days * 86_400_000 }
let anvil: Anvil
let house: TestHouse
let app: Principal
let users = 0

beforeAll(async () => {
  anvil = await startAnvil()
  const node = createEvmNode({ network, urls: [anvil.url], fees: 'auto', patience: 2_000 })
  house = await openHouse({
    clock,
    chains: [createEvm({ networks: [{ network }], assets: [{ asset: usd }, { asset: odd }, { asset: unnamed }] })],
    networks: new Map([[network as Network, { node, confirmations: 1n }]]),
    wallets: {
      networks: {},
      gap: 20,
      tokens: [
        { asset: usd, symbol: 'USDT' },
        { asset: odd, symbol: 'ODD' },
      ],
    },
  })
  const most = { recipients: '*', maximum: '1000000000000000000', maximumFee: '1000000000000000000' } as const
  const rules = [usd, ether].map((asset, i) => ({ name: `rule-${i}`, asset, ...most }))
  const policy = { rules, treasury: { [network]: [treasury] }, sweepFees: { [network]: '1000000000000000000' } }
  await house.walletPolicy.put(policy, 0, house.operator())
  const operations = ['withdraw', 'sweep', 'wallets:read', 'wallets:delete'] as const
  app = await client(house, [{ operations, keys: '*', networks: '*' }], 'exchange')
}, 60_000)

afterAll(async () => {
  await house.close()
  await removeFolder(house)
  await anvil.close()
})

beforeEach(async () => {
  await placeToken(anvil)
  await placeToken(anvil, oddToken)
  await placeToken(anvil, unnamedToken)
})

async function walletOf(asset: string) {
  const asked = { user: `user ${++users}`, asset, network, tier: 'sealed' } as const
  const { row } = await house.wallets.create(asked, house.operator())
  return { id: row.id, address: row.address ?? '' }
}

const end = (id: WalletId) => house.wallets.scheduleDeletion(id, 7, true, house.as(app))
const state = async ({ id }: Withdrawal) => (await house.wallets.withdrawal(id, house.operator())).state
async function settled(asked: Withdrawal, as = 'final'): Promise<void> {
  await expect.poll(() => state(asked), { timeout: 15_000 }).toBe(as)
}
const sent = async (address: string) => BigInt(String(await anvil.rpc('eth_getTransactionCount', address, 'latest')))

test('a withdrawal pays exactly its amount of tokens, and its gas in the coin of the network', async () => {
  const { id, address } = await walletOf('USDT')
  await giveTokens(anvil, address, 50_000_000n)
  await anvil.fund(address)
  const [before, coins] = [await heldTokens(anvil, someone), await balanceAt(anvil, address)]
  const asked = await house.wallets.withdraw({ wallet: id, to: someone, amount: 20_000_001n }, house.as(app))
  await settled(asked)
  expect((await heldTokens(anvil, someone)) - before).toBe(20_000_001n)
  expect(await heldTokens(anvil, address)).toBe(29_999_999n)
  const { fee, amount, asset } = await house.wallets.withdrawal(asked.id, house.operator())
  expect([amount, asset]).toEqual([20_000_001n, usd])
  expect(coins - (await balanceAt(anvil, address))).toBe(fee)
})

test('a sweep takes all of it to the treasury, exactly, and leaves the coin for gas', async () => {
  const { id, address } = await walletOf('USDT')
  await giveTokens(anvil, address, 1_234_567n)
  await anvil.fund(address)
  const before = await heldTokens(anvil, treasury)
  const asked = await house.wallets.sweep({ wallet: id }, house.as(app))
  expect([asked.amount, asked.to]).toEqual([1_234_567n, treasury])
  await settled(asked)
  expect([await heldTokens(anvil, address), (await heldTokens(anvil, treasury)) - before]).toEqual([0n, 1_234_567n])
  expect(await balanceAt(anvil, address)).toBeGreaterThan(0n)
  await expect(house.wallets.sweep({ wallet: id }, house.as(app))).rejects.toMatchObject({
    code: 'insufficient-funds',
    particulars: { got: '0', wanted: 'more than 0' },
  })
})

test('a wallet of the coin sweeps a token that it holds beside it', async () => {
  const { id, address } = await walletOf('ETH')
  await giveTokens(anvil, address, 77n)
  await anvil.fund(address)
  const before = await heldTokens(anvil, treasury)
  await settled(await house.wallets.sweep({ wallet: id, asset: 'USDT' }, house.as(app)))
  expect((await heldTokens(anvil, treasury)) - before).toBe(77n)
})

const left = {
  code: 'wallet-state',
  message: 'Something is left in the wallet',
  particulars: { got: `3 of ${usd}` },
}

test.each(['USDT', 'ETH'])('a wallet of %s that holds tokens is not deleted before they are moved', async (asset) => {
  const { id, address } = await walletOf(asset)
  await giveTokens(anvil, address, 3n)
  await expect(end(id)).rejects.toMatchObject(left)
  await giveTokens(anvil, address, 0n)
  expect((await end(id)).status).toBe('PENDING_DELETION')
})

test('so is one with a token that has no symbol here', async () => {
  const { id, address } = await walletOf('ETH')
  await giveTokens(anvil, address, 3n, unnamedToken)
  await expect(end(id)).rejects.toMatchObject({ ...left, particulars: { got: `3 of ${unnamed}` } })
})

describe.each([
  ['is no contract', ''],
  ['reverts', '5f5ffd'],
  ['answers nothing', '00'],
  ['answers 31 bytes', '601f5ff3'],
  ['answers two words', '60405ff3'],
])('a token that %s when it is asked for a balance', (_, program) => {
  test('is not swept, and holds up the end of wallets that may have some', async () => {
    const [own, beside] = [await walletOf('ODD'), await walletOf('ETH')]
    await anvil.fund(own.address)
    await placeToken(anvil, oddToken, program)
    const unsaid = {
      code: 'node-refused',
      message: `The token ${odd} does not say what the address holds`,
      particulars: { where: 'asset', wanted: 'the 32 bytes of a number' },
    }
    await expect(house.wallets.sweep({ wallet: own.id }, house.as(app))).rejects.toMatchObject(unsaid)
    await expect(end(beside.id)).rejects.toMatchObject(unsaid)
    expect((await house.wallets.get(beside.id, house.operator())).status).toBe('CREATED')
    expect(await sent(own.address)).toBe(0n)
  })
})

test('a token that says more than it pays: nothing is sent, and the sweep fails with its reason', async () => {
  const { id, address } = await walletOf('ODD')
  await anvil.fund(address)
  // balanceOf says 1,000; whatever else is asked reverts.
  await placeToken(anvil, oddToken, '5f3560e01c6370a08231146011575f5ffd5b6103e85f5260205ff3')
  const asked = await house.wallets.sweep({ wallet: id }, house.as(app))
  expect(asked.amount).toBe(1_000n)
  await settled(asked, 'failed')
  const { view } = await house.wallets.withdrawal(asked.id, house.operator())
  expect(JSON.stringify(view.row.body)).toContain('not-executable')
  expect(await sent(address)).toBe(0n)
})

// The last one: the clock stays ahead.
test('a key is not destroyed when tokens came after the deletion was asked for', async () => {
  const { id, address } = await walletOf('ETH')
  await end(id)
  await giveTokens(anvil, address, 3n)
  days = 8
  await expect(house.wallets.purge(id, house.as(app))).rejects.toMatchObject(left)
})
