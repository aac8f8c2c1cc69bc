/** BNB Smart Chain and Polygon differ from Ethereum by data alone: their wallets pay and are swept on nodes with their chain ids. */
import { afterAll, beforeAll, expect, test } from 'vitest'
import { createEvm } from '../../src/chains/evm/chain.ts'
import type { Principal } from '../../src/core/access.ts'
import type { Network } from '../../src/core/names.ts'
import type { Withdrawal } from '../../src/core/wallets.ts'
import { createEvmNode } from '../../src/nodes/evm/node.ts'
import { balanceAt } from '../wallets/migration/scene.ts'
import { startAnvil, type Anvil } from './anvil.ts'
import { client, openHouse, removeFolder, someone, type TestHouse } from './house.ts'

const treasury = '0x90F79bf6EB2c4f870365E785982E1f101E93b906'
const sweepFee = 1_000_000_000_000_000n
/** As people call them, and as the network's own nodes do (`eth_chainId`). */
const served = [
  { asset: 'BNB', networkName: 'mainnet', number: 56 },
  { asset: 'BNB', networkName: 'testnet', number: 97 },
  { asset: 'POL', networkName: 'mainnet', number: 137 },
  { asset: 'POL', networkName: 'amoy', number: 80_002 },
] as const
const networkOf = (number: number): Network => `eip155:${number}`

const nodes = new Map<Network, Anvil>()
let house: TestHouse
let app: Principal

beforeAll(async () => {
  const networks = served.map(({ number }) => networkOf(number))
  const started = await Promise.all(served.map(({ number }) => startAnvil('--chain-id', String(number))))
  networks.forEach((network, i) => nodes.set(network, started[i] ?? fail()))
  const relayed = [...nodes].map(([network, { url }]) => {
    const node = createEvmNode({ network, urls: [url], fees: 'auto', patience: 2_000 })
    return [network, { node, confirmations: 1n }] as const
  })
  house = await openHouse({
    chains: [createEvm({ networks: networks.map((network) => ({ network })), assets: [] })],
    networks: new Map(relayed),
  })
  const most = { recipients: '*', maximum: '1000000000000000000', maximumFee: '1000000000000000000' } as const
  const rules = networks.map((network, i) => ({ name: `rule-${i}`, asset: `${network}/slip44:60`, ...most }) as const)
  const each = <T>(value: T) => Object.fromEntries(networks.map((network) => [network, value]))
  const policy = { rules, treasury: each([treasury]), sweepFees: each(String(sweepFee)) }
  await house.walletPolicy.put(policy, 0, house.operator())
  const operations = ['withdraw', 'sweep', 'wallets:read'] as const
  app = await client(house, [{ operations, keys: '*', networks: '*' }], 'exchange')
}, 60_000)

afterAll(async () => {
  await house.close()
  await removeFolder(house)
  for (const anvil of nodes.values()) await anvil.close()
})

function fail(): never {
  throw new Error('no node')
}

async function mined({ id }: Withdrawal): Promise<Withdrawal> {
  const look = () => house.wallets.withdrawal(id, house.operator())
  await expect.poll(async () => (await look()).state, { timeout: 15_000 }).toBe('final')
  return look()
}

test.each(served)('$asset on $networkName ($number) is withdrawn and swept', async ({ asset, networkName, number }) => {
  const network = networkOf(number)
  const anvil = nodes.get(network) ?? fail()
  const asked = { user: '123', asset, network: networkName, tier: 'sealed' } as const
  const { row } = await house.wallets.create(asked, house.operator())
  expect(row.network).toBe(network)
  const { id: wallet, address = '' } = row
  await anvil.fund(address)
  const before = await balanceAt(anvil, someone)
  const amount = 250_000_000_000_000_001n
  const paid = await mined(await house.wallets.withdraw({ wallet, to: someone, amount }, house.as(app)))
  expect([paid.asset, (await balanceAt(anvil, someone)) - before]).toEqual([`${network}/slip44:60`, amount])
  expect(await anvil.rpc('eth_getTransactionByHash', paid.txids[0])).toMatchObject({
    chainId: `0x${number.toString(16)}`,
    from: address.toLowerCase(),
    blockNumber: expect.stringMatching(/^0x/),
  })
  const [held, kept] = [await balanceAt(anvil, address), await balanceAt(anvil, treasury)]
  const swept = await mined(await house.wallets.sweep({ wallet }, house.as(app)))
  expect([swept.amount, (await balanceAt(anvil, treasury)) - kept]).toEqual([held - sweepFee, held - sweepFee])
  expect(await balanceAt(anvil, address)).toBe(sweepFee - (swept.fee ?? 0n))
})
