/** Creations of wallets that nobody can finish, and what ends them: tried on a whole house. */
import { afterEach, beforeEach, describe, expect, test, vi } from 'vitest'
import type { Clock } from '../../src/base/clock.ts'
import { systemClock } from '../../src/base/clock.ts'
import { newId } from '../../src/base/id.ts'
import { Secret } from '../../src/base/secret.ts'
import { createBitcoin } from '../../src/chains/bitcoin/chain.ts'
import { createEvm } from '../../src/chains/evm/chain.ts'
import type { Network } from '../../src/core/names.ts'
import type { WalletRow } from '../../src/core/wallet-store.ts'
import type { CreateWallet } from '../../src/core/wallets.ts'
import { noRules } from '../../src/core/rules.ts'
import { walletItem } from '../../src/wallets/row.ts'
import { callThatMay, openHouse, removeFolder, type TestHouse } from './house.ts'

const bitcoinTest = 'bip122:000000000933ea01ad0ee984209779ba'
const sepolia = 'eip155:11155111'
const day = 86_400_000
const stateKey = new Secret(new Uint8Array(32).fill(1))

const bitcoin = () => createBitcoin({ networks: [{ network: bitcoinTest }] })
const evm = () => createEvm({ networks: [{ network: sepolia }], assets: [] })

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

describe('a creation that nobody can finish', () => {
  const keyId = newId('key', 1_000)
  const creating: WalletRow = {
    id: newId('wal', 1_000),
    version: 1,
    user: '123',
    asset: 'BTC',
    network: bitcoinTest,
    tier: 'sealed',
    state: 'CREATING',
    provider: 'p',
    body: { providerId: 'p', assetId: `${bitcoinTest}/slip44:1`, form: 'p2wpkh', keyId },
    createdAt: 1_000,
    updatedAt: 1_000,
  }
  const key = { id: keyId, backend: 'sealed', family: 'bitcoin', kind: 'decoded', network: bitcoinTest } as const
  const end = (call = house.operator()) => house.wallets.scheduleDeletion(creating.id, 7, true, call)
  const stateOf = async () => (await house.keyring.get(keyId, house.operator())).key.state
  const begun = async (row: WalletRow = creating) => {
    const recorded = await house.writer.record(walletItem({ stateKey }, row), house.operator().deadline)
    expect(recorded).toMatchObject({ status: 'recorded' })
  }

  test('is given up by an administrator alone, and its place and provider id are free at once', async () => {
    await begun({ ...creating, network: 'eip155:5', asset: 'ETH' })
    await expect(end(call())).rejects.toMatchObject({ code: 'denied' })
    expect((await end()).status).toBe('DELETED')
    const request = { user: '123', asset: 'BTC', network: bitcoinTest, tier: 'sealed', providerId: 'p' } as const
    expect((await house.wallets.create(request, call())).status).toBe('CREATED')
  })

  test('leaves the key that was made for it to its window, and no wallet gets it any more', async () => {
    await begun()
    await house.keyring.create(key, house.operator())
    expect((await end()).status).toBe('DELETED')
    expect(await stateOf()).toBe('pending-deletion')
    expect((await end()).status).toBe('DELETED')
    days = 1
    await house.wallets.finishLeftOver(house.operator().deadline, new AbortController().signal)
    expect((await house.wallets.get(creating.id, call())).status).toBe('DELETED')
    const made = await create('123', 'sealed')
    expect([made.row.id, keyOf(made)]).not.toContain(keyId)
    days = 8
    await house.keyring.purge(keyId, house.operator())
  })

  test('stays where its key was taken into use by itself', async () => {
    await begun()
    await house.keyring.create(key, house.operator())
    await house.keyring.putRules(keyId, { ...noRules, operations: ['sign:message'] }, 0, house.operator())
    await expect(end()).rejects.toMatchObject({ code: 'key-state' })
    expect(await stateOf()).toBe('enabled')
    expect((await house.wallets.get(creating.id, call())).status).toBe('CREATING')
  })

  test('is not made with a key that was taken into use by itself, before it is told otherwise', async () => {
    await begun()
    await house.keyring.create(key, house.operator())
    const { version } = await house.keyring.putRules(
      keyId,
      { ...noRules, operations: ['sign:message'] },
      0,
      house.operator(),
    )
    await expect(create('123', 'sealed')).rejects.toMatchObject({ code: 'key-state' })
    expect((await house.wallets.get(creating.id, call())).status).toBe('CREATING')
    await house.keyring.putRules(keyId, noRules, version, house.operator())
    expect((await create('123', 'sealed')).status).toBe('CREATED')
  })

  test('that somebody finishes at that moment is made, or given up, and not both', async () => {
    await begun()
    const [ended, made] = await Promise.allSettled([end(), create('123', 'sealed')])
    const { status } = await house.wallets.get(creating.id, call())
    expect(['CREATED', 'DELETED']).toContain(status)
    expect(ended.status).toBe(status === 'DELETED' ? 'fulfilled' : 'rejected')
    // Whoever asked for a wallet is never told of one that has ended.
    if (made.status === 'fulfilled') expect(made.value.status).toBe('CREATED')
  })

  test('is no answer to who asks for the wallet while it is given up: that is another wallet, asked for again', async () => {
    await begun()
    const [ending, met] = [Promise.withResolvers<void>(), Promise.withResolvers<void>()]
    const [record, walletOf] = [house.writer.record.bind(house.writer), house.store.walletOf.bind(house.store)]
    vi.spyOn(house.writer, 'record').mockImplementation(async (item, deadline) => {
      if (item.wallets?.some(({ state }) => state === 'DELETED')) {
        ending.resolve()
        await met.promise
      }
      return record(item, deadline)
    })
    const ended = end()
    await ending.promise
    vi.spyOn(house.store, 'walletOf').mockImplementation(async (...asked) => {
      const found = await walletOf(...asked)
      setImmediate(met.resolve)
      return found
    })
    await expect(create('123', 'sealed')).rejects.toMatchObject({ code: 'wallet-state' })
    expect((await ended).status).toBe('DELETED')
    expect((await create('123', 'sealed')).status).toBe('CREATED')
  })

  test('keeps the account of its tree for ever', async () => {
    const first = await create('120')
    const branch = { ...creating, tier: 'hd', key: first.row.key ?? keyId, account: 1 } as const
    await begun({ ...branch, body: { ...creating.body, keyId: keyOf(first) } })
    expect((await end()).status).toBe('DELETED')
    expect((await house.keyring.get(keyOf(first), house.operator())).key.state).toBe('enabled')
    expect((await create('123')).row.account).toBe(2)
  })
})

test('creations that nobody can finish hide none that can be finished', async () => {
  const row = (n: number, network: Network, asset: string): WalletRow => ({
    id: newId('wal', 1_000 + n),
    version: 1,
    user: `user ${n}`,
    asset,
    network,
    tier: 'sealed',
    state: 'CREATING',
    body: { providerId: `${n}`, form: network === bitcoinTest ? 'p2wpkh' : 'eoa', keyId: newId('key', 1_000 + n) },
    createdAt: n,
    updatedAt: n,
  })
  const rows = [...Array.from({ length: 201 }, (_, n) => row(n, 'eip155:5', 'ETH')), row(900, bitcoinTest, 'BTC')]
  const { deadline } = house.operator()
  for (const one of rows) {
    expect(await house.writer.record(walletItem({ stateKey }, one), deadline)).toMatchObject({ status: 'recorded' })
  }
  await house.wallets.finishLeftOver(deadline, new AbortController().signal)
  const { wallets } = await house.wallets.list({ user: 'user 900' }, { limit: 1 }, call())
  expect(wallets.map(({ status }) => status)).toEqual(['CREATED'])
})
