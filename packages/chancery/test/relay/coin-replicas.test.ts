/** Two processes on one PostgreSQL pay from the same wallet of coins: one lane, whoever drives it, and nothing paid twice. */
import { afterAll, afterEach, beforeAll, beforeEach, expect, test } from 'vitest'
import { client } from '../integration/house.ts'
import { openReplica, type Replica } from '../integration/replicas.ts'
import { startCluster, type Cluster } from '../store/postgres-cluster.ts'
import { coinParts, named, oneWallet, pay, payee, regtest, walletId, type CoinHouse } from './coin-house.ts'
import { createCoinLedger, type CoinLedger } from './coin-ledger.ts'

let cluster: Cluster
let ledger: CoinLedger
let one: Replica & CoinHouse
let two: Replica & CoinHouse

beforeAll(async () => {
  cluster = await startCluster()
}, 60_000)

afterAll(() => cluster.stop(), 60_000)

beforeEach(async () => {
  const url = await cluster.database()
  ledger = createCoinLedger(regtest)
  const owner = oneWallet()
  const parts = { ...coinParts(ledger, owner), laneLease: 2_000 }
  const first = await openReplica('one', url, parts)
  const second = await openReplica('two', url, parts)
  const own = { backend: 'sealed', family: 'bitcoin', kind: 'decoded', network: regtest } as const
  const key = await first.keyring.create(own, first.operator())
  const address = String(key.address)
  owner.at.address = address
  const app = await client(first, [{ operations: ['withdraw', 'sweep'], keys: [key.id], networks: '*' }])
  await second.state.refresh(second.operator().deadline)
  const more = { ledger, owner, wallet: { key, address }, app }
  one = { ...first, ...more }
  two = { ...second, ...more }
  ledger.deposit(address, ...Array.from({ length: 6 }, () => 300_000n))
  ledger.mine()
}, 60_000)

afterEach(async () => {
  await one.close()
  await two.close()
})

const upTo = (count: number) => Array.from({ length: count }, (_, i) => i)

async function settledOn(from: CoinHouse): Promise<number> {
  const open = async () => {
    ledger.mine()
    const rows = await from.relay.payments({ wallet: walletId }, { limit: 100 }, from.operator().deadline)
    return rows.filter(({ state }) => state !== 'final').map(({ state, body }) => [state, body])
  }
  await expect.poll(open, { timeout: 30_000, interval: 100 }).toEqual([])
  expect(ledger.doubleSpent()).toBe(false)
  return (await from.relay.payments({ wallet: walletId }, { limit: 100 }, from.operator().deadline)).length
}

test('payments accepted on both are made once each', { timeout: 60_000 }, async () => {
  await Promise.all(upTo(16).map((i) => pay(i % 2 === 0 ? one : two, 50_000n)))
  expect(await settledOn(two)).toBe(16)
  expect(ledger.sent.size).toBe(16)
  expect(ledger.held(payee)).toBe(800_000n)
})

test('what one accepted that died is made by the other, once', { timeout: 60_000 }, async () => {
  const sent = await Promise.all(upTo(10).map((i) => pay(one, 50_000n, {}, named(`p${i}`))))
  await expect.poll(() => ledger.sent.size, { interval: 5, timeout: 10_000 }).toBeGreaterThan(2)
  one.sever()
  const again = await Promise.all(upTo(10).map((i) => pay(two, 50_000n, {}, named(`p${i}`))))
  expect(again.map(({ row }) => row.id)).toEqual(sent.map(({ row }) => row.id))
  expect(await settledOn(two)).toBe(10)
  expect(ledger.sent.size).toBe(10)
  expect(ledger.held(payee)).toBe(500_000n)
})

test('what one took on for a client that is new is made by the other, which has not heard of it', async () => {
  const app = await client(one, [{ operations: ['withdraw'], keys: [one.wallet.key.id], networks: '*' }], 'new')
  await one.relay.close()
  await pay({ ...one, app }, 50_000n)
  expect(await settledOn(one)).toBe(1)
  expect(ledger.held(payee)).toBe(50_000n)
})
