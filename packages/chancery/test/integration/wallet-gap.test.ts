/**
 * How many deposit addresses are given out behind the last that was paid (BIP-44): coins come and go, a node may remember
 * them or not, lie, or say nothing.
 */
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, test } from 'vitest'
import { systemClock } from '../../src/base/clock.ts'
import { deadlineIn } from '../../src/base/deadline.ts'
import type { Principal } from '../../src/core/access.ts'
import type { Call } from '../../src/core/call.ts'
import type { FoundPayment } from '../../src/core/node.ts'
import type { WalletId } from '../../src/core/names.ts'
import type { SealedBackend } from '../../src/keys/sealed/sealed.ts'
import { sourceOf } from '../../src/register/source.ts'
import { verifyRegister } from '../../src/register/verify.ts'
import { asset, coinParts, oneWallet, payee, regtest } from '../relay/coin-house.ts'
import { createCoinLedger, type CoinLedger } from '../relay/coin-ledger.ts'
import { startCluster, type Cluster } from '../store/postgres-cluster.ts'
import { client, openHouse, openSealed, removeFolder, type TestHouse, type TestParts } from './house.ts'
import { openReplica } from './replicas.ts'

const gap = 20
const tooWide = {
  code: 'limit-reached',
  message: `None of the last ${gap} addresses was paid to`,
  particulars: { got: `${gap} addresses`, hint: expect.stringContaining('wallet.gap') },
}

let ledger: CoinLedger

beforeEach(() => {
  ledger = createCoinLedger(regtest)
})

function parts(): TestParts {
  const { payingWallets: _, ...rest } = coinParts(ledger, oneWallet())
  return { ...rest, wallets: { networks: {}, gap, tokens: [] } }
}

/** As before payments said which addresses their coins were of, when nothing was noted of them either. */
function earlierParts(): TestParts {
  const all = [...(parts().coinNetworks ?? [])].map(([id, { coins, ...one }]) => {
    const spend: typeof coins.spend = (order) => ({ ...coins.spend(order), from: [] })
    return [id, { ...one, coins: { ...coins, spend } }] as const
  })
  return { ...parts(), coinNetworks: new Map(all) }
}

/** As bitcoind, which keeps no history of addresses: of coins that were spent it says nothing. */
const forgetful = (honest: readonly FoundPayment[]) => honest.filter(({ address }) => ledger.held(address) > 0n)

async function appOf(house: TestHouse): Promise<Principal> {
  const rule = { name: 'small', asset, recipients: '*', maximum: '1000000', maximumFee: '100000' } as const
  const policy = { rules: [rule], treasury: { [regtest]: [payee] }, sweepFees: { [regtest]: '100000' } }
  await house.walletPolicy.put(policy, 0, house.operator())
  return client(house, [{ operations: ['wallets:read', 'wallets:create', 'sweep'], keys: '*', networks: '*' }])
}

/** Twenty addresses are twenty rounds of the store, whose disk others use as well. */
const as = (house: TestHouse, app: Principal): Call => ({
  ...house.as(app),
  deadline: deadlineIn(15_000, systemClock),
})

interface Given {
  readonly id: WalletId
  /** Deposit addresses in their order, as many as the gap is wide. */
  readonly addresses: readonly string[]
}

async function wallet(house: TestHouse, app: Principal): Promise<Given> {
  const request = { user: '123', asset: 'BTC', network: regtest, tier: 'hd' } as const
  const { id } = (await house.wallets.create(request, as(house, app))).row
  await more(house, app, id, gap - 1)
  return { id, addresses: await deposits(house, app, id) }
}

async function more(house: TestHouse, app: Principal, id: WalletId, count: number): Promise<void> {
  for (let i = 0; i < count; i++) await house.wallets.newAddress(id, as(house, app))
}

async function deposits(house: TestHouse, app: Principal, id: WalletId): Promise<readonly string[]> {
  const { addresses } = await house.wallets.addresses(id, { limit: 500 }, as(house, app))
  return addresses.filter(({ branch }) => branch === 0).map(({ address }) => address)
}

function pay(addresses: readonly string[]): void {
  for (const address of addresses) ledger.deposit(address, 100_000n)
  ledger.mine()
}

/** In the nodes' pools: no block has it yet. */
async function sweep(house: TestHouse, app: Principal, id: WalletId): Promise<() => Promise<unknown>> {
  const swept = await house.wallets.sweep({ wallet: id }, as(house, app))
  const stateOf = async () => (await house.relay.payment(swept.id, house.operator().deadline))?.row.state
  await expect.poll(stateOf, { timeout: 20_000 }).toBe('broadcast')
  return stateOf
}

async function settle(stateOf: () => Promise<unknown>): Promise<void> {
  ledger.mine(2)
  await expect.poll(stateOf, { timeout: 20_000 }).toBe('final')
}

describe('one process', () => {
  let sealed: SealedBackend
  let house: TestHouse
  let app: Principal
  let at: Given

  beforeAll(async () => {
    sealed = await openSealed()
  }, 60_000)

  afterAll(() => sealed.close())

  beforeEach(async () => {
    house = await openHouse({ ...parts(), sealed })
    app = await appOf(house)
    at = await wallet(house, app)
  }, 60_000)

  afterEach(async () => {
    await house.close()
    await removeFolder(house)
  }, 60_000)

  const next = () => house.wallets.newAddress(at.id, as(house, app))
  const held = () => at.addresses.reduce((sum, address) => sum + ledger.held(address), 0n)

  async function reopened(given = parts()): Promise<void> {
    await house.close()
    house = await openHouse({ ...given, folder: house.folder })
  }

  test('gives no address behind a gap that nobody paid to, and says why', async () => {
    await expect(next()).rejects.toMatchObject(tooWide)
    expect(await deposits(house, app, at.id)).toEqual(at.addresses)
  })

  test(
    'gives more behind addresses that were paid and swept, though the node has forgotten them',
    { timeout: 60_000 },
    async () => {
      ledger.treat.received = forgetful
      pay(at.addresses)
      const stateOf = await sweep(house, app, at.id)
      expect((await next()).index).toBe(gap)
      await settle(stateOf)
      expect(held()).toBe(0n)
      await more(house, app, at.id, gap - 1)
      await expect(next()).rejects.toMatchObject({ code: 'limit-reached', particulars: { got: '40 addresses' } })
      expect(await verifyRegister(sourceOf(house.store, systemClock))).toMatchObject({ findings: [] })
    },
  )

  test('counts addresses that payments spent of before the wallet kept count', { timeout: 60_000 }, async () => {
    await reopened(earlierParts())
    ledger.treat.received = forgetful
    pay(at.addresses.slice(2, 4))
    await settle(await sweep(house, app, at.id))
    expect(held()).toBe(0n)
    await reopened()
    expect((await next()).index).toBe(gap)
    ledger.treat.down = () => true
    await more(house, app, at.id, 3)
    ledger.treat.down = () => false
    await expect(next()).rejects.toMatchObject({ code: 'limit-reached', particulars: { got: '24 addresses' } })
    expect(await verifyRegister(sourceOf(house.store, systemClock))).toMatchObject({ findings: [] })
  })

  test('knows after a restart which were paid, and needs no node for it', { timeout: 60_000 }, async () => {
    pay(at.addresses.slice(0, 3))
    await settle(await sweep(house, app, at.id))
    ledger.treat.down = () => true
    await reopened()
    await more(house, app, at.id, 3)
    await expect(next()).rejects.toMatchObject({ code: 'node-unavailable' })
    ledger.treat.down = () => false
    ledger.treat.received = forgetful
    await expect(next()).rejects.toMatchObject({ code: 'limit-reached', particulars: { got: '23 addresses' } })
  })

  test('keeps what a node remembered of coins that were taken elsewhere', { timeout: 60_000 }, async () => {
    pay(at.addresses.slice(5, 6))
    expect((await next()).index).toBe(gap)
    ledger.treat.received = () => []
    await reopened()
    await more(house, app, at.id, 5)
    await expect(next()).rejects.toMatchObject({ code: 'limit-reached', particulars: { got: '26 addresses' } })
  })

  test('counts a payment that waits for a block as long as it waits', async () => {
    ledger.deposit(String(at.addresses.at(-1)), 100_000n)
    expect((await next()).index).toBe(gap)
    ledger.treat.received = () => []
    await expect(next()).rejects.toMatchObject({ code: 'limit-reached', particulars: { got: '21 addresses' } })
  })

  describe('with a node', () => {
    test('that is silent refuses nothing for good and gives nothing out', async () => {
      ledger.treat.down = () => true
      await expect(next()).rejects.toMatchObject({ code: 'node-unavailable' })
      expect(await deposits(house, app, at.id)).toEqual(at.addresses)
      ledger.treat.down = () => false
      pay(at.addresses.slice(-1))
      expect((await next()).index).toBe(gap)
    })

    test('that names a payment nobody has, or one to somebody else, is not believed', async () => {
      const address = String(at.addresses.at(-1))
      const other = ledger.deposit(payee, 100_000n)
      ledger.mine()
      for (const txid of ['7'.repeat(64), other]) {
        ledger.treat.received = () => [{ txid, address, inBlock: true }]
        await expect(next()).rejects.toMatchObject(tooWide)
      }
      const txid = ledger.deposit(payee, 100_000n)
      ledger.treat.received = () => [{ txid, address: payee, inBlock: true }]
      await expect(next()).rejects.toMatchObject(tooWide)
    })

    test('that denies what it told before takes nothing back', async () => {
      pay(at.addresses.slice(-1))
      expect((await next()).index).toBe(gap)
      ledger.treat.received = () => []
      ledger.treat.coins = () => []
      expect((await next()).index).toBe(gap + 1)
    })
  })
})

describe('two processes on PostgreSQL', () => {
  let cluster: Cluster

  beforeAll(async () => {
    cluster = await startCluster()
  }, 60_000)

  afterAll(() => cluster.stop(), 60_000)

  test('what one has seen paid the other goes by', { timeout: 60_000 }, async () => {
    const url = await cluster.database()
    const one = await openReplica('one', url, parts())
    const two = await openReplica('two', url, parts())
    const app = await appOf(one)
    await two.state.refresh(two.operator().deadline)
    const { id, addresses } = await wallet(one, app)
    await expect(two.wallets.newAddress(id, as(two, app))).rejects.toMatchObject(tooWide)
    ledger.treat.received = forgetful
    pay(addresses)
    await settle(await sweep(one, app, id))
    const given = await two.wallets.newAddress(id, as(two, app))
    expect(given.index).toBe(gap)
    await one.close()
    await two.close()
  })
})
