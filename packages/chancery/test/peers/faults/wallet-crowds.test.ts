/**
 * Many at once, over HTTP, with SQLite under one process and PostgreSQL under two: 200 withdrawals against windows with room
 * for 50 are 50, and wallets that both processes are asked for at the same moment are made once.
 */
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { ChanceryError, createClient, type Client, type Wallet } from '../../../../client/src/index.ts'
import { startCluster, type Cluster } from '../../store/postgres-cluster.ts'
import { serve } from './served.ts'
import * as chain from './wallet-chains.ts'
import { nameOf, placeOf } from './wallet-creations.ts'
import * as house from './wallet-home.ts'

const [crowd, room, amount] = [200, 50, 1_000n]

let folder: string
let cluster: Cluster

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'chancery-wallet-crowds-'))
  cluster = await startCluster()
})

afterAll(async () => {
  await cluster.stop()
  await rm(folder, { recursive: true, force: true, maxRetries: 5 })
})

/** In turn, over and over. */
function turn<T>(all: readonly T[], i: number): T {
  const found = all[i % all.length]
  if (found === undefined) throw new Error('there is none to take')
  return found
}

const upTo = (count: number) => Array.from({ length: count }, (_, i) => i)

interface Open {
  readonly where: house.WalletHome
  readonly chains: chain.Chains
  readonly keys: { readonly admin: string; readonly user: string }
  readonly urls: readonly string[]
}

async function running(name: string, processes: number, work: (open: Open) => Promise<void>): Promise<void> {
  const chains = await chain.startChains()
  const ends = [chains.close]
  try {
    const database = processes === 1 ? undefined : await cluster.database()
    const where = await house.openWalletHome(join(folder, name), chains.networks, database)
    ends.push(() => where.emulator.end('SIGTERM'))
    const urls: string[] = []
    const homes = []
    for (const i of upTo(processes)) {
      const home = await house.replicaOf(where, `process-${i}`)
      const service = await serve(home)
      ends.push(() => service.child.end('SIGKILL'))
      homes.push({ home, service })
      urls.push(service.url)
    }
    const { home, service } = turn(homes, 0)
    const keys = await house.enter(home, service)
    await work({ where, chains, keys, urls })
  } finally {
    for (const end of ends.toReversed()) await end()
  }
}

test.each([
  ['SQLite', 1],
  ['PostgreSQL', 2],
])(
  `${crowd} withdrawals at once against a window with room for ${room} on %s: exactly ${room}`,
  (store, processes) =>
    running(store, processes, async ({ chains, keys, urls }) => {
      const [url = ''] = urls
      const admin = createClient({ url, apiKey: keys.admin })
      await allow(admin)
      const clients = urls.map((one) => createClient({ url: one, apiKey: keys.user }))
      const [ether, coins] = [await rich(chains, clients, 'ETH'), await rich(chains, clients, 'BTC')]
      chains.mine()
      const told = new Map<string, number>()
      // First an amount; then the count of all payments, of which those of Ether took one half.
      expect(await crowded(clients, ether, told)).toEqual({ accepted: room, 'limit-reached': crowd - room })
      expect(await crowded(clients, coins, told)).toEqual({ accepted: room, 'limit-reached': crowd - room })
      const states = async () => {
        const lists = [...ether, ...coins].map(({ id }) =>
          turn(clients, 0).withdrawals.list({ wallet: id, limit: 200 }),
        )
        return (await Promise.all(lists)).flatMap(({ withdrawals }) => withdrawals).map(({ state }) => state)
      }
      await expect.poll(states, { timeout: 90_000, interval: 500 }).toEqual(upTo(2 * room).map(() => 'final'))
      for (const [asset, payee] of Object.entries(chain.payees)) {
        expect(await chain.heldBy(chains, asset, payee)).toBe(BigInt(room) * amount)
      }
      chain.nothingSpentTwice(chains)
      await house.registerIsClean(admin)
      const others = JSON.stringify(Object.fromEntries(told))
      process.stdout.write(
        `wallet-crowds on ${store}: ${2 * room} of ${2 * crowd} accepted, told to ask again ${others}\n`,
      )
    }),
  240_000,
)

async function allow(admin: Client): Promise<void> {
  const rule = { maximum: String(amount), maximumFee: '1000000000000000000' }
  const rules = [
    {
      ...rule,
      name: 'ether',
      asset: `${chain.local}/slip44:60`,
      recipients: [chain.payees.ETH],
      windows: [{ per: 'asset', period: 'day', amount: String(amount * BigInt(room)) }],
    },
    {
      ...rule,
      name: 'coins',
      asset: `${chain.bitcoin}/slip44:1`,
      recipients: [chain.payees.BTC],
      windows: [{ per: 'all', period: 'day', count: 2 * room }],
    },
  ] as const
  await admin.walletPolicy.put({ rules, treasury: {}, sweepFees: {} }, 0)
}

/** Wallets of five users with enough in them for the whole crowd. */
async function rich(chains: chain.Chains, clients: readonly Client[], asset: 'BTC' | 'ETH') {
  const wallets = await Promise.all(
    upTo(5).map((i) =>
      turn(clients, i).wallets.create({ userId: `user-${i}`, asset, tier: i % 2 === 0 ? 'sealed' : 'hd' }),
    ),
  )
  for (const { address = '' } of wallets) {
    if (asset === 'ETH') await chains.anvil.fund(address)
    else chains.ledger.deposit(address, ...upTo(20).map(() => 1_000_000n))
  }
  chains.ledger.mine(3)
  return wallets
}

/** Answers that say nothing for certain: the same request is made again, under the same Idempotency-Key. */
const passing = ['in-doubt', 'store-unavailable', 'deadline-exceeded', 'overloaded', 'unreachable']

/** How the whole crowd was answered, by code. */
async function crowded(
  clients: readonly Client[],
  wallets: readonly Wallet[],
  told: Map<string, number>,
): Promise<Readonly<Record<string, number>>> {
  const codes = await Promise.all(
    upTo(crowd).map(async (i) => {
      const { id, asset } = turn(wallets, i)
      const request = { wallet: id, to: asset === 'BTC' ? chain.payees.BTC : chain.payees.ETH, amount: String(amount) }
      const once = { idempotencyKey: `${asset}-${i}` }
      for (;;) {
        const asked = turn(clients, i).withdrawals.create(request, once)
        const code = await asked.then(() => 'accepted', codeOf)
        if (!passing.includes(code)) return code
        told.set(code, (told.get(code) ?? 0) + 1)
      }
    }),
  )
  return Object.fromEntries([...new Set(codes)].map((code) => [code, codes.filter((one) => one === code).length]))
}

function codeOf(error: unknown): string {
  if (error instanceof ChanceryError) return error.code
  throw error
}

const tiers = ['native', 'datakey', 'hd', 'sealed'] as const

test(
  'two processes asked for the same wallets at once make one each, with one key',
  () =>
    running('creations', 2, async ({ where, keys, urls }) => {
      const clients = urls.map((url) => createClient({ url, apiKey: keys.user }))
      const asked = upTo(24).map((i) => ({
        userId: `user-${i}`,
        asset: i % 3 === 0 ? 'BTC' : 'ETH',
        tier: tiers[i % 4] ?? 'sealed',
      }))
      const all = asked.flatMap((one) => [...clients, ...clients].map((client) => made(client, one)))
      const answers = await Promise.all(all)
      expect(new Set(answers.map(nameOf)).size).toBe(asked.length)
      const [url = ''] = urls
      const wallets = await house.everyWallet(url, keys.admin)
      expect(new Set(wallets.map(nameOf))).toEqual(new Set(answers.map(nameOf)))
      expect(new Set(wallets.map(placeOf)).size).toBe(asked.length)
      const admin = createClient({ url, apiKey: keys.admin })
      await house.keysFit(where, await house.everyKey(url, keys.admin), wallets)
      await house.registerIsClean(admin)
    }),
  120_000,
)

/** Asked for until it is answered: meanwhile the other process may be making it. */
async function made(client: Client, request: Parameters<Client['wallets']['create']>[0]): Promise<Wallet> {
  const answers: Wallet[] = []
  const again = async () => {
    const answer = await client.wallets.create(request).catch((error: unknown) => codeOf(error))
    if (typeof answer === 'string') return answer
    answers.push(answer)
    return 'made'
  }
  await expect.poll(again, { timeout: 60_000, interval: 200 }).toBe('made')
  const [wallet] = answers
  if (wallet === undefined) throw new Error('no wallet was answered')
  return wallet
}
