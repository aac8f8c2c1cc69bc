/** What would lose or give away the money of wallets: tried on a whole house. */
import { copyFile, rm } from 'node:fs/promises'
import { join } from 'node:path'
import { afterEach, beforeEach, describe, expect, test } from 'vitest'
import type { Clock } from '../../src/base/clock.ts'
import { systemClock } from '../../src/base/clock.ts'
import { Secret } from '../../src/base/secret.ts'
import { createBitcoin } from '../../src/chains/bitcoin/chain.ts'
import { createEvm } from '../../src/chains/evm/chain.ts'
import { walletExamination } from '../../src/compose/wallet-examination.ts'
import type { AssetId, Network } from '../../src/core/names.ts'
import type { CreateWallet, WalletQuery } from '../../src/core/wallets.ts'
import { createCoinLedger } from '../relay/coin-ledger.ts'
import { callThatMay, openHouse, removeFolder, type TestHouse } from './house.ts'

const bitcoinTest = 'bip122:000000000933ea01ad0ee984209779ba'
const sepolia = 'eip155:11155111'
const day = 86_400_000
const stateKey = new Secret(new Uint8Array(32).fill(1))

const bitcoin = () => createBitcoin({ networks: [{ network: bitcoinTest }] })
const evm = () => createEvm({ networks: [{ network: sepolia }], assets: [] })

const regtest: Network = 'bip122:0f9188f13cb7b2c71f2a335e3a4fc328'

/** Days that have passed. */
let days = 0
const clock: Clock = { ...systemClock, now: () => systemClock.now() + days * day }
let house: TestHouse

beforeEach(async () => {
  days = 0
  house = await openHouse({ chains: [bitcoin(), evm()], clock })
})
afterEach(async () => {
  await house.close()
  await removeFolder(house)
})

const call = () => callThatMay(house, 'wallets:read', 'wallets:create', 'wallets:delete')

const create = (user: string, tier: CreateWallet['tier'] = 'hd') =>
  house.wallets.create({ user, asset: 'BTC', network: bitcoinTest, ...(tier && { tier }) }, call())

const keyOf = ({ row }: Awaited<ReturnType<typeof create>>) => String(row.key)

describe('a key that wallets stand on is not ended as a key, not even by force', () => {
  test.each(['hd', 'sealed'] as const)('of the tier %s', async (tier) => {
    const key = keyOf(await create('123', tier))
    for (const forced of [false, true]) {
      const ending = house.keyring.scheduleDeletion(key, 7, house.operator(), { forced })
      await expect(ending).rejects.toMatchObject({ code: 'key-state' })
    }
    const { state } = (await house.keyring.get(key, house.operator())).key
    expect(state).toBe('enabled')
  })

  test('nor a tree with a wallet whose end may be taken back', async () => {
    const made = await create('123')
    await house.wallets.scheduleDeletion(made.row.id, 7, true, call())
    const ending = house.keyring.scheduleDeletion(keyOf(made), 7, house.operator())
    await expect(ending).rejects.toMatchObject({ code: 'key-state' })
  })

  test('nor one that a wallet came to stand on within the window: nothing is purged', async () => {
    const tree = { backend: 'sealed', family: 'bitcoin', kind: 'decoded', tree: 'bip32' } as const
    const { id } = await house.keyring.create({ ...tree, alias: 'wallets-bitcoin' }, house.operator())
    await house.keyring.scheduleDeletion(id, 7, house.operator())
    await expect(create('123')).rejects.toMatchObject({ code: 'key-state' })
    days = 8
    await house.keyring.purge(id, house.operator())
    const made = await create('123')
    expect(keyOf(made)).not.toBe(id)
  })

  test('it ends with its wallet', async () => {
    const made = await create('123', 'sealed')
    await house.wallets.scheduleDeletion(made.row.id, 7, true, call())
    days = 8
    expect((await house.wallets.purge(made.row.id, call())).status).toBe('DELETED')
    expect((await house.keyring.get(keyOf(made), house.operator())).key.state).toBe('purged')
  })
})

test('no wallet is shown whose key was taken out of use while its creation was interrupted', async () => {
  const made = await create('123')
  await house.keyring.disable(keyOf(made), house.operator())
  await expect(create('124')).rejects.toMatchObject({ code: 'key-state' })
  await house.keyring.enable(keyOf(made), house.operator())
  expect((await create('124')).status).toBe('CREATED')
})

describe('a store that was set back', () => {
  async function setBack(): Promise<void> {
    await house.close()
    const store = join(house.folder, 'data', 'store.sqlite')
    await rm(`${store}-wal`, { force: true })
    await copyFile(join(house.folder, 'copy.sqlite'), store)
    house = await openHouse({ folder: house.folder, chains: [bitcoin(), evm()], clock })
    const { deadline } = house.operator()
    await house.acceptGap({ actor: 'operator', reason: 'restored from a backup' }, deadline)
  }
  const backup = () => house.store.backup(join(house.folder, 'copy.sqlite'), house.operator().deadline)

  test('gives no branch of a tree to two users, however often it is set back', async () => {
    const kept = await create('kept')
    await backup()
    const lost = await create('lost')
    await setBack()
    const [second, third] = [await create('second'), await create('third')]
    await setBack()
    const fourth = await create('fourth')
    const addresses = [kept, lost, second, third, fourth].map(({ row }) => row.address)
    expect(new Set(addresses).size).toBe(5)
  })

  test('goes on with the wallets it knows', async () => {
    const kept = await create('kept')
    await backup()
    await create('lost')
    await setBack()
    expect((await create('kept')).row).toEqual(kept.row)
    expect((await house.wallets.verify(kept.row.id, call())).status).toBe('CREATED')
    await house.wallets.newAddress(kept.row.id, call())
  })

  test('uses the tree that an administrator made for what comes after', async () => {
    await create('kept')
    await backup()
    await create('lost')
    await setBack()
    const tree = { backend: 'sealed', family: 'bitcoin', kind: 'decoded', tree: 'bip32' } as const
    const { id } = await house.keyring.create({ ...tree, alias: 'wallets-bitcoin-2' }, house.operator())
    expect(keyOf(await create('after'))).toBe(id)
  })
})

describe('the end of a wallet', () => {
  test('is not carried out when something came to it within the window', async () => {
    const ledger = createCoinLedger(regtest)
    const family = createBitcoin({ networks: [{ network: regtest }] })
    if (family.coins === undefined) throw new Error('Bitcoin has coins')
    const there = { node: ledger.node, coins: family.coins, confirmations: 2n, feeBlocks: 3 }
    await house.close()
    house = await openHouse({ chains: [family], clock, coinNetworks: new Map([[regtest, there]]), interval: 20 })
    const request = { user: '123', asset: 'BTC', network: regtest, tier: 'sealed' } as const
    const { id, address = '' } = (await house.wallets.create(request, call())).row
    await house.wallets.scheduleDeletion(id, 7, true, call())
    ledger.deposit(address, 50_000n)
    ledger.mine()
    days = 8
    await expect(house.wallets.purge(id, call())).rejects.toMatchObject({ code: 'wallet-state' })
    expect((await house.wallets.cancelDeletion(id, call())).status).toBe('CREATED')
    expect((await house.wallets.verify(id, call())).row.address).toBe(address)
  })

  test('taken back, leaves a key out of use that an administrator had disabled', async () => {
    const made = await create('123', 'sealed')
    await house.keyring.disable(keyOf(made), house.operator())
    await house.wallets.scheduleDeletion(made.row.id, 7, true, call())
    await house.wallets.cancelDeletion(made.row.id, call())
    expect((await house.keyring.get(keyOf(made), house.operator())).key.state).toBe('disabled')
  })
})

test('nobody without the right of administrators brings the seed of all wallets', async () => {
  const tree = {
    backend: 'sealed',
    family: 'bitcoin',
    kind: 'decoded',
    tree: 'bip32',
    alias: 'wallets-bitcoin',
  } as const
  const secret = { format: 'mnemonic', mnemonic: `${'abandon '.repeat(11)}about`, path: 'm' } as const
  const bringing = house.keyring.import({ ...tree, secret }, callThatMay(house, 'keys:create'))
  await expect(bringing).rejects.toMatchObject({ code: 'denied' })
})

describe('the names of the trees of wallets', () => {
  const tree = { backend: 'sealed', family: 'bitcoin', kind: 'decoded', tree: 'bip32' } as const
  const key = { backend: 'sealed', family: 'bitcoin', kind: 'decoded', network: bitcoinTest } as const

  test.each([
    ['of a key that is no tree', { ...key, alias: 'wallets-bitcoin' }],
    ['of a family to come', { ...key, alias: 'wallets-solana' }],
    ["of another family's tree", { ...tree, alias: 'wallets-evm' }],
    ['of no tree', { ...tree, alias: 'wallets-bitcoin-1' }],
    ['of no number', { ...tree, alias: 'wallets-bitcoin-old' }],
  ] as const)('are no name %s', async (_, request) => {
    const refused = { code: 'invalid-request', particulars: { where: 'alias', got: request.alias } }
    await expect(house.keyring.create(request, house.operator())).rejects.toMatchObject(refused)
    const secret = { format: 'mnemonic', mnemonic: `${'abandon '.repeat(11)}about`, path: 'm' } as const
    await expect(house.keyring.import({ ...request, secret }, house.operator())).rejects.toMatchObject(refused)
  })

  test('are free for trees, and like names for any key', async () => {
    for (const alias of ['wallets-bitcoin', 'wallets-bitcoin-2', 'wallets-bitcoin-10']) {
      expect((await house.keyring.create({ ...tree, alias }, house.operator())).alias).toBe(alias)
    }
    expect((await house.keyring.create({ ...key, alias: 'wallets' }, house.operator())).alias).toBe('wallets')
  })
})

describe('a wallet of a network or token that is configured no longer', () => {
  const token = `${sepolia}/erc20:0x1c7d4b196cb0c7b01d743fbc6116a902379c7238` as const
  const withToken = (symbol?: string) => ({
    clock,
    chains: [bitcoin(), createEvm({ networks: [{ network: sepolia }], assets: symbol ? [{ asset: token }] : [] })],
    wallets: { networks: {}, gap: 20, tokens: symbol ? [{ asset: token, symbol }] : [] },
  })

  async function again(parts: Parameters<typeof openHouse>[0]): Promise<void> {
    await house.close()
    house = await openHouse({ folder: house.folder, ...parts })
  }
  const symbols = async (query: WalletQuery) =>
    (await house.wallets.list(query, { limit: 10 }, call())).wallets.map(({ row }) => row.asset)

  test('is still listed among the others, and found by what people call its token', async () => {
    await again(withToken('USDC'))
    await create('123')
    const made = await house.wallets.create({ user: '123', asset: 'USDC', network: sepolia, tier: 'sealed' }, call())
    for (const asset of [
      'USDC',
      'usdc',
      token,
      token.toUpperCase().replace('EIP155', 'eip155').replace('ERC20:0X', 'erc20:0x'),
    ])
      expect(await symbols({ asset })).toEqual(['USDC'])
    await again(withToken())
    for (const query of [{}, { status: 'CREATED' }] as const) expect(await symbols(query)).toEqual(['BTC', 'USDC'])
    const { row, networkName } = await house.wallets.get(made.row.id, call())
    expect([row, networkName]).toEqual([made.row, 'sepolia'])
    await again({ clock, chains: [bitcoin()] })
    expect((await house.wallets.get(made.row.id, call())).networkName).toBe(sepolia)
    expect(await symbols({ user: '123' })).toEqual(['BTC', 'USDC'])
  })
})

describe('a symbol that is given to another token', () => {
  const [first, second] = ['1c7d4b196cb0c7b01d743fbc6116a902379c7238', '5fbdb2315678afecb367f032d93f642f64180aa3'].map(
    (address) => `${sepolia}/erc20:0x${address}` as const,
  )
  const meaning = (asset: AssetId = `${sepolia}/slip44:60`) => ({
    folder: house.folder,
    clock,
    chains: [bitcoin(), createEvm({ networks: [{ network: sepolia }], assets: [{ asset }] })],
    wallets: { networks: {}, gap: 20, tokens: [{ asset, symbol: 'USDC' }] },
  })
  const usdc = (user: string) =>
    house.wallets.create({ user, asset: 'USDC', network: sepolia, tier: 'sealed' }, house.operator())

  async function repointed(to: AssetId | undefined): Promise<void> {
    await house.close()
    house = await openHouse(meaning(to))
  }
  const examine = () => {
    const { chains, wallets } = meaning(second)
    const config = { wallets, assets: wallets.tokens }
    const examined = walletExamination({ config, chains, store: house.store, keys: { state: stateKey } })
    return examined.examine(house.operator().deadline)
  }

  test('neither makes, pays nor ends wallets of the first, and doctor says so', async () => {
    await repointed(first)
    const { row } = await usdc('123')
    await house.freezing.freeze({ asset: String(first) }, house.operator())
    await repointed(second)
    const refused = { code: 'not-configured', particulars: { where: 'assets', wanted: row.body['assetId'] } }
    const to = '0x000000000000000000000000000000000000dEaD'
    const paying = { wallet: row.id, to, amount: 1n } as const
    const acts = [
      () => usdc('123'),
      () => usdc('124'),
      () => house.wallets.withdraw(paying, callThatMay(house, 'withdraw')),
      () => house.wallets.withdraw({ ...paying, asset: 'USDC' }, callThatMay(house, 'withdraw')),
      () => house.wallets.verify(row.id, house.operator()),
      () => house.wallets.scheduleDeletion(row.id, 7, true, house.operator()),
    ]
    for (const act of acts) await expect(act()).rejects.toMatchObject(refused)
    const { status, assetId } = await house.wallets.get(row.id, house.operator())
    expect([status, assetId]).toEqual(['FROZEN', row.body['assetId']])
    expect(await examine()).toMatchObject([{ subject: 'assets', level: 'problem' }])
  })

  test('is as before where it means the first again, however that is spelt', async () => {
    await repointed(first)
    const made = await usdc('123')
    await repointed(String(first).toUpperCase().replace('EIP155', 'eip155').replace('ERC20:0X', 'erc20:0x') as AssetId)
    expect((await usdc('123')).row).toEqual(made.row)
    expect((await usdc('124')).status).toBe('CREATED')
  })

  test('may be, once no wallet of the first is left', async () => {
    await repointed(first)
    const { row } = await usdc('123')
    await house.wallets.scheduleDeletion(row.id, 7, true, house.operator())
    days = 8
    await house.wallets.purge(row.id, house.operator())
    await repointed(second)
    expect((await usdc('123')).status).toBe('CREATED')
    expect(await examine()).toEqual([])
  })
})
