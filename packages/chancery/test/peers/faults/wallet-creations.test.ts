/**
 * The service killed at random moments while it makes wallets of every tier: `RUNS` kills (50 unless given) shared by both
 * stores, `SEED` for the moments. After each the same requests are asked again; some nobody asks for again. At the end a
 * user has one wallet of an asset, with the address of every answer, and a KMS key for each of the tier native and no other.
 */
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { setTimeout as passed } from 'node:timers/promises'
import { afterAll, beforeAll, expect, test, vi } from 'vitest'
import { createClient, type Wallet } from '../../../../client/src/index.ts'
import { startCluster, type Cluster } from '../../store/postgres-cluster.ts'
import { seeded } from './random.ts'
import { serve, type Home, type Served } from './served.ts'
import { createCreations, nameOf, placeOf, type Creations } from './wallet-creations.ts'
import * as house from './wallet-home.ts'

const runs = Math.ceil(Number(process.env['RUNS'] ?? 50) / 2)
const seed = Number(process.env['SEED'] ?? Date.now() % 2 ** 32)
const workers = 6
/** Kills after which nobody asks again for what was not answered: early, for what is left is finished after a minute. */
const leaving = 5
/** What a client may be told around a kill; on PostgreSQL the lease of who died must end first. */
const expected = [
  'unreachable',
  'wallet-state',
  'backend-unavailable',
  'overloaded',
  'in-doubt',
  'store-unavailable',
  'deadline-exceeded',
]

const networks = [
  'bip122:000000000933ea01ad0ee984209779ba',
  'bip122:4966625a4b2851d9fdee139e56211a0d',
  'bip122:bb0a78264637406b6360aad926284d54',
  'eip155:11155111',
].map((id) => ({ id }))

let folder: string
let cluster: Cluster

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'chancery-wallet-creations-'))
  cluster = await startCluster()
})

afterAll(async () => {
  await cluster.stop()
  await rm(folder, { recursive: true, force: true, maxRetries: 5 })
})

// At once: each waits a minute for what was left. `expect.poll` would belong to the test that began last, and end with it.
test.concurrent.each(['SQLite', 'PostgreSQL'])(
  `${runs} kills during creations on %s: no wallet twice, no key lost`,
  async (store) => {
    const database = store === 'SQLite' ? undefined : await cluster.database()
    const where = await house.openWalletHome(join(folder, store), networks, database)
    const ends = [() => where.emulator.end('SIGTERM')]
    try {
      const home = await house.replicaOf(where, 'one')
      const living = { service: await serve(home), ...(database !== undefined && { database }) }
      ends.push(() => living.service.child.end('SIGKILL'))
      const keys = await house.enter(home, living.service)
      await delayKeys(where)
      const creations = createCreations(keys.user, seeded(seed))
      const starts = await killed(home, living, creations)
      await settle(living, creations, keys.admin)
      const wallets = await judge(where, living.service.url, creations, keys.admin)
      process.stdout.write(
        `wallet-creations on ${store}: seed ${seed}, ${runs} kills, slowest start ${Math.max(...starts)} ms, ` +
          `${wallets.length} wallets, ${creations.left.size} left, answers ${JSON.stringify(Object.fromEntries(creations.codes))}\n`,
      )
      expect([...creations.codes.keys()].filter((code) => !expected.includes(code))).toEqual([])
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

/** AWS shows some of what it makes a moment later. */
async function delayKeys({ emulator: { ready } }: house.WalletHome): Promise<void> {
  const fault = { kind: 'delayed-visibility', operation: ['CreateKey', 'CreateAlias'], probability: 0.5, ms: 300 }
  const reply = await fetch(`${String(ready['url'])}/_emulator/faults`, { method: 'POST', body: JSON.stringify(fault) })
  expect(reply.status).toBe(200)
}

async function killed(home: Home, living: Living, creations: Creations): Promise<readonly number[]> {
  const random = seeded(seed + 1)
  const starts: number[] = []
  for (let run = 0; run < runs; run++) {
    const stop = new AbortController()
    const asking = creations.ask(living.service.url, workers, stop.signal)
    await passed(20 + random() * 400)
    stop.abort()
    const [revived] = await Promise.all([house.revive(home, living.service, living.database), asking])
    living.service = revived
    starts.push(revived.startedIn)
    if (run < leaving) creations.leave()
    else await creations.askAgain(living.service.url, 5)
  }
  return starts
}

/** What nobody asked for during a minute is looked after each minute. */
async function settle(living: Living, creations: Creations, admin: string): Promise<void> {
  const open = async () => {
    await creations.askAgain(living.service.url, 0)
    return creations.open.size
  }
  await vi.waitFor(async () => expect(await open()).toBe(0), { timeout: 60_000, interval: 500 })
  const creating = async () => {
    const { wallets } = await createClient({ url: living.service.url, apiKey: admin }).wallets.list({
      status: 'CREATING',
    })
    return wallets
  }
  await vi.waitFor(async () => expect(await creating()).toEqual([]), { timeout: 200_000, interval: 1_000 })
}

async function judge(
  where: house.WalletHome,
  url: string,
  { asked, answers, left }: Creations,
  apiKey: string,
): Promise<readonly Wallet[]> {
  const admin = createClient({ url, apiKey })
  const wallets = await house.everyWallet(url, apiKey)
  const places = new Map(wallets.map((wallet) => [placeOf(wallet), wallet]))
  expect(places.size).toBe(wallets.length)
  expect(new Set(wallets.map(({ status }) => status))).toEqual(new Set(['CREATED']))
  for (const [place, one] of asked) {
    const wallet = places.get(place)
    // What was left may never have reached the service.
    if (wallet === undefined) expect([place, left.has(place)]).toEqual([place, true])
    else expect([...(answers.get(place) ?? [nameOf(wallet)]), wallet.tier]).toEqual([nameOf(wallet), one.tier])
  }
  expect([...places.keys()].filter((place) => !asked.has(place))).toEqual([])
  expect(new Set(wallets.map(({ address }) => address)).size).toBe(wallets.length)
  await house.each(wallets, 8, async ({ id }) => expect((await admin.wallets.verify(id)).status).toBe('CREATED'))
  await house.keysFit(where, await house.everyKey(url, apiKey), wallets)
  await house.registerIsClean(admin)
  return wallets
}
