/**
 * The service killed at random moments while wallets pay: `RUNS` kills (50 unless given) shared by both stores, `SEED` for
 * the moments. Coins are of a ledger in memory, Ether of anvil; blocks are mined meanwhile. After each kill the same
 * requests are asked again. At the end each Idempotency-Key has one withdrawal, final, and recipients have the exact sums.
 */
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { setTimeout as passed } from 'node:timers/promises'
import { afterAll, beforeAll, expect, test, vi } from 'vitest'
import { createClient, type Client, type WithdrawalSummary } from '../../../../client/src/index.ts'
import { startCluster, type Cluster } from '../../store/postgres-cluster.ts'
import { seeded } from './random.ts'
import { serve, type Home, type Served } from './served.ts'
import * as chain from './wallet-chains.ts'
import * as house from './wallet-home.ts'
import { asksOf, createPayments, sumOf, type Paying, type Payments } from './wallet-payments.ts'

const runs = Math.ceil(Number(process.env['RUNS'] ?? 50) / 2)
const seed = Number(process.env['SEED'] ?? Date.now() % 2 ** 32)
const [workers, times] = [4, 3]
const expected = [
  'unreachable',
  'backend-unavailable',
  'overloaded',
  'in-doubt',
  'store-unavailable',
  'deadline-exceeded',
]

let folder: string
let cluster: Cluster

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'chancery-wallet-withdrawals-'))
  cluster = await startCluster()
})

afterAll(async () => {
  await cluster.stop()
  await rm(folder, { recursive: true, force: true, maxRetries: 5 })
})

// At once, so `expect.poll` is of no use: it belongs to the test that began last, and ends with it.
test.concurrent.each(['SQLite', 'PostgreSQL'])(
  `${runs} kills during withdrawals on %s: nothing paid twice, no coin spent twice, nothing waits`,
  async (store) => {
    const chains = await chain.startChains()
    const ends = [chains.close]
    try {
      const database = store === 'SQLite' ? undefined : await cluster.database()
      const where = await house.openWalletHome(join(folder, store), chains.networks, database)
      ends.push(() => where.emulator.end('SIGTERM'))
      const home = await house.replicaOf(where, 'one')
      const living = { service: await serve(home), ...(database !== undefined && { database }) }
      ends.push(() => living.service.child.end('SIGKILL'))
      const keys = await house.enter(home, living.service)
      const today = new Date().getUTCDate()
      const paying = await fund(chains, living.service.url, keys)
      chains.mine()
      const payments = createPayments(keys.user, paying, seeded(seed))
      const starts = await killed(home, living, payments)
      const client = createClient({ url: living.service.url, apiKey: keys.user })
      const admin = createClient({ url: living.service.url, apiKey: keys.admin })
      await settle(living.service.url, client, paying, payments)
      await paidOnce(chains, client, paying, payments)
      if (new Date().getUTCDate() === today) await windowsFit(admin, paying, payments)
      await house.registerIsClean(admin)
      process.stdout.write(
        `wallet-withdrawals on ${store}: seed ${seed}, ${runs} kills, slowest start ${Math.max(...starts)} ms, ` +
          `${payments.asked.size} withdrawals, answers ${JSON.stringify(Object.fromEntries(payments.codes))}\n`,
      )
      expect([...payments.codes.keys()].filter((code) => !expected.includes(code))).toEqual([])
    } finally {
      for (const end of ends.toReversed()) await end()
    }
  },
  240_000 + runs * 20_000,
)

interface Living {
  readonly database?: string
  service: Served
}

const tiersOf = { BTC: ['sealed', 'hd', 'native'], ETH: ['sealed', 'hd', 'native'] } as const
const plenty = '1000000000000000000'

/** Wallets of each tier with much in them, and a policy that lets them pay one address, and counts. */
async function fund(
  chains: chain.Chains,
  url: string,
  keys: { readonly admin: string; readonly user: string },
): Promise<readonly Paying[]> {
  const windows = [
    { per: 'wallet', period: 'day', amount: plenty },
    { per: 'all', period: 'day', count: 1_000_000 },
  ] as const
  const rule = { maximum: plenty, maximumFee: plenty, windows }
  const rules = [
    { ...rule, name: 'coins', asset: `${chain.bitcoin}/slip44:1`, recipients: [chain.payees.BTC] },
    { ...rule, name: 'ether', asset: `${chain.local}/slip44:60`, recipients: [chain.payees.ETH] },
  ]
  await createClient({ url, apiKey: keys.admin }).walletPolicy.put({ rules, treasury: {}, sweepFees: {} }, 0)
  const { wallets } = createClient({ url, apiKey: keys.user })
  const paying: Paying[] = []
  for (const asset of ['BTC', 'ETH'] as const) {
    for (const tier of tiersOf[asset]) {
      const wallet = await wallets.create({ userId: `${tier} user`, asset, tier })
      const address = String(wallet.address)
      if (asset === 'BTC') chains.ledger.deposit(address, ...Array.from({ length: 20 }, () => 10_000_000n))
      else await chains.anvil.fund(address)
      paying.push({ wallet, payee: chain.payees[asset], least: asset === 'BTC' ? 10_000n : 1n })
    }
  }
  chains.ledger.mine(3)
  return paying
}

async function killed(home: Home, living: Living, payments: Payments): Promise<readonly number[]> {
  const random = seeded(seed + 1)
  const starts: number[] = []
  for (let run = 0; run < runs; run++) {
    const asking = payments.ask(living.service.url, workers, times)
    await passed(20 + random() * 500)
    const [revived] = await Promise.all([house.revive(home, living.service, living.database), asking])
    living.service = revived
    starts.push(revived.startedIn)
    await payments.askAgain(living.service.url, 5)
  }
  return starts
}

/** Until everything is answered, and all is final: however long that takes, something becomes final in each 90 s. */
async function settle(url: string, client: Client, paying: readonly Paying[], payments: Payments): Promise<void> {
  const open = async () => {
    await payments.askAgain(url, 0)
    return payments.open.size
  }
  await vi.waitFor(async () => expect(await open()).toBe(0), { timeout: 60_000, interval: 500 })
  const finals = async () => (await withdrawalsOf(client, paying)).filter(({ state }) => state === 'final').length
  for (let before = await finals(); before < payments.asked.size; before = await finals()) {
    const more = async () => expect(await finals()).toBeGreaterThan(before)
    await vi.waitFor(more, { timeout: 90_000, interval: 1_000 })
  }
}

async function withdrawalsOf(client: Client, paying: readonly Paying[]): Promise<readonly WithdrawalSummary[]> {
  const found: WithdrawalSummary[] = []
  for (const { wallet } of paying) {
    for (let after: string | undefined; ;) {
      const page = { wallet: wallet.id, limit: 200, ...(after !== undefined && { after }) }
      const { withdrawals, next } = await client.withdrawals.list(page)
      found.push(...withdrawals)
      if (next === undefined) break
      after = next
    }
  }
  return found
}

/** A withdrawal for each Idempotency-Key and no other; by the chains' word, nonces without a gap and the exact sums. */
async function paidOnce(
  chains: chain.Chains,
  client: Client,
  paying: readonly Paying[],
  payments: Payments,
): Promise<void> {
  const made = [...payments.made.values()].flatMap((ids) => [...ids])
  expect(made.length).toBe(payments.asked.size)
  const ids = (await withdrawalsOf(client, paying)).map(({ id }) => id)
  expect(ids.toSorted()).toEqual(made.toSorted())
  chain.nothingSpentTwice(chains)
  for (const [asset, payee] of Object.entries(chain.payees)) {
    const asks = asksOf(payments).filter(({ from }) => from.payee === payee)
    expect(await chain.heldBy(chains, asset, payee)).toBe(sumOf(asks))
  }
  for (const { wallet } of paying.filter(({ wallet: { asset } }) => asset === 'ETH')) {
    const nonce = await chains.anvil.rpc('eth_getTransactionCount', wallet.address, 'latest')
    expect(Number(nonce)).toBe(asksOf(payments, wallet.id).length)
  }
  const coins = asksOf(payments).filter(({ from }) => from.wallet.asset === 'BTC')
  expect(chains.ledger.sent.size).toBe(coins.length)
}

async function windowsFit(admin: Client, paying: readonly Paying[], payments: Payments): Promise<void> {
  for (const { wallet, payee, least } of paying) {
    const { windows } = await admin.walletPolicy.check({ wallet: wallet.id, to: payee, amount: String(least) })
    const used = windows.map((window) => BigInt(window.used)).toSorted(ascending)
    const counted = [sumOf(asksOf(payments, wallet.id)), BigInt(payments.asked.size)]
    expect(used).toEqual(counted.toSorted(ascending))
  }
}

const ascending = (a: bigint, b: bigint): number => (a < b ? -1 : Number(a > b))
