/** A PostgreSQL store in operation: killed servers, cut connections, roles and schemas. */
import pg from 'pg'
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, test, vi } from 'vitest'
import { systemClock } from '../../src/base/clock.ts'
import { deadlineIn } from '../../src/base/deadline.ts'
import type { Round, Store } from '../../src/core/store.ts'
import { grantsFor } from '../../src/store/postgres/roles.ts'
import { migrate, migratePostgres, migrations } from '../../src/store/postgres/migrations.ts'
import { openPostgres } from '../../src/store/postgres/open.ts'
import {
  begin,
  block,
  change,
  genesisValidatorsRoot,
  guard,
  item,
  raising,
  record,
  signature,
  soon,
  taking,
  validator,
  Writer,
} from '../contract/store/writer.ts'
import { query, startCluster, type Cluster } from './postgres-cluster.ts'
import { againstClock, tooSlow } from '../against-clock.ts'

let cluster: Cluster
let url: string
const opened: Store[] = []

beforeAll(async () => {
  cluster = await startCluster()
}, 60_000)

afterAll(() => cluster.stop(), 60_000)

beforeEach(async () => {
  url = await cluster.database()
})

afterEach(async () => {
  await Promise.all(opened.splice(0).map((store) => store.close()))
  await cluster.drop(url)
})

async function open(at = url): Promise<Store> {
  const store = await openPostgres({ url: at, poolSize: 6, clock: systemClock })
  opened.push(store)
  return store
}

/** Writes until told to stop; what is acknowledged is remembered, what fails is written again as it was. */
class Load {
  readonly acknowledged: Round[] = []
  readonly failures: string[] = []
  slowest = 0
  stopped = false
  readonly store: Store
  readonly writer: Writer

  constructor(store: Store, stream: string) {
    this.store = store
    this.writer = new Writer(stream)
  }

  async run(): Promise<void> {
    let round = this.next()
    while (!this.stopped) {
      const before = performance.now()
      try {
        const result = await this.store.commit(round, deadlineIn(500, systemClock))
        if (result.status !== 'committed') throw new Error(`the round was ${result.status}`)
        this.acknowledged.push(round)
        this.writer.follow(round)
        round = this.next()
      } catch (error) {
        this.failures.push(codeOf(error))
      }
      this.slowest = Math.max(this.slowest, performance.now() - before)
    }
  }

  next(): Round {
    const name = `${this.writer.stream} ${this.writer.seq}`
    return this.writer.round([taking(guard(name, name))])
  }
}

function codeOf(error: unknown): string {
  return error instanceof Error && 'code' in error ? String(error.code) : String(error)
}

async function under(load: readonly Load[], disturb: () => Promise<void>): Promise<void> {
  const running = load.map((one) => one.run())
  const written = (more: number) => {
    const counts = load.map((one) => one.acknowledged.length + more)
    return vi.waitUntil(() => load.every((one, i) => one.acknowledged.length >= (counts[i] ?? 0)), { timeout: 15_000 })
  }
  await written(5)
  await disturb()
  await written(5)
  for (const one of load) one.stopped = true
  await Promise.all(running)
}

async function keptOf(store: Store, load: readonly Load[]): Promise<readonly string[]> {
  const streams = await Promise.all(load.map(({ writer }) => store.segments(writer.stream, 0, 100_000, soon())))
  return streams.flat().map((one) => one.hash)
}

function acknowledgedOf(load: readonly Load[]): readonly string[] {
  return load.flatMap((one) => one.acknowledged).map((one) => one.hash)
}

describe('under load', () => {
  test('a killed server is an answer in time, and the store recovers by itself', againstClock, async () => {
    const store = await open()
    await begin(store)
    const load = [1, 2, 3, 4].map((n) => new Load(store, `load-${n}`))
    await under(load, async () => {
      await cluster.kill()
      await vi.waitUntil(() => load.every((one) => one.failures.length > 0), { timeout: 10_000 })
      await cluster.start()
    })
    const failures = new Set(load.flatMap((one) => one.failures))
    expect([...failures].filter((code) => code !== 'in-doubt' && code !== 'store-unavailable')).toEqual([])
    expect(await keptOf(store, load)).toEqual(acknowledgedOf(load))
    expect(Math.max(...load.map((one) => one.slowest)), tooSlow).toBeLessThan(1_500)
  })

  test('cut connections lose nothing that was acknowledged', async () => {
    const store = await open()
    await begin(store)
    const load = [1, 2, 3, 4].map((n) => new Load(store, `load-${n}`))
    await under(load, async () => {
      const sql = `SELECT pg_terminate_backend(pid) FROM pg_stat_activity
        WHERE datname = current_database() AND pid <> pg_backend_pid()`
      for (let storm = 0; storm < 10; storm++) await query(url, sql)
      await vi.waitUntil(() => load.some((one) => one.failures.length > 0), { timeout: 10_000 })
    })
    expect(await keptOf(store, load)).toEqual(acknowledgedOf(load))
  })

  test('a server that is not there is an answer in time', async () => {
    const nobody = openPostgres({ url: 'postgres://owner:none@127.0.0.1:1/none', clock: systemClock })
    await expect(nobody).rejects.toMatchObject({ name: 'Failed', code: 'store-unavailable' })
  })
})

test('of two wallets that had one provider id before it was unique, the older has it', async () => {
  const pool = new pg.Pool({ connectionString: url })
  await migrate(pool, soon(), migrations.slice(0, 5))
  await pool.query(`INSERT INTO wallet SELECT id, 1, id, 'BTC', 'bip122:0', 'hd', 'CREATED', NULL, NULL, NULL,
    json_build_object('providerId', provider)::text, 1, 1
    FROM (VALUES ('wal_2', 'p'), ('wal_1', 'p'), ('wal_3', 'c')) AS made (id, provider)`)
  await pool.end()
  const store = await open()
  const idsOf = async (provider: string) =>
    (await store.wallets({ provider }, { limit: 3 }, soon())).map(({ id }) => id)
  expect([await idsOf('p'), await idsOf('c')]).toEqual([['wal_1'], ['wal_3']])
  expect((await store.wallet('wal_2', soon()))?.body).toEqual({ providerId: 'p' })
})

describe('the role of the service', () => {
  const role = 'chancery_service'
  let asService: string

  beforeEach(async () => {
    await migratePostgres({ url, clock: systemClock })
    await query(url, `DROP ROLE IF EXISTS ${role}`).catch(() => {})
    await query(
      url,
      `DO $$ BEGIN CREATE ROLE ${role} LOGIN PASSWORD 'service'; EXCEPTION WHEN duplicate_object THEN NULL; END $$`,
    )
    await query(url, grantsFor(role))
    const address = new URL(url)
    address.username = role
    address.password = 'service'
    asService = address.href
  })

  test('is enough to do everything', async () => {
    const store = await open(asService)
    const writer = await begin(store, 's', [record('cli_a', 1)])
    await writer.commit(store, [change(2, [record('cli_a', 2)])])
    const about = { client: 'cli_a', key: 'key_a', network: 'eip155:1', sender: '0xs', nonce: 1n, body: {} } as const
    const row = { id: 'txn_1', version: 1, ...about, state: 'assigned', createdAt: 1, updatedAt: 1 } as const
    const signed = { hash: '0x01', transaction: row.id, raw: Uint8Array.of(1), createdAt: 1 } as const
    const signatures = [signature('key', 'payload', 1)]
    const all = { guards: [guard('1', 'a')], transactions: [row], signed: [signed], signatures }
    expect(await writer.commit(store, [item(all)])).toMatchObject({ status: 'committed' })
    const moved = {
      guards: [guard('1', 'b', 'a')],
      transactions: [{ ...row, version: 2 }],
      signed: [signed],
      signatures,
    }
    expect(await writer.commit(store, [item(moved)])).toMatchObject({ status: 'committed' })
    const raise = { scope: validator('b'), block: { slot: 4n }, history: [block(4, 'x', validator('b'))] }
    for (const slot of [1, 1, 2]) {
      const duties = [block(slot, `${slot}`), block(slot, `${slot}`, validator('c'))]
      const items = [item({ duties }), raising(raise)]
      expect(await writer.commit(store, items)).toMatchObject({ status: 'committed' })
    }
    const before = { genesisValidatorsRoot, slot: 9n, epoch: 9n }
    expect([await store.forgetDuties(before, 1, soon()), await store.forgetDuties(before, 9, soon())]).toEqual([1, 6])
    const lease = await store.lease('notary', 'me', 1_000, soon())
    if (lease === undefined) throw new Error('the lease is taken')
    const checkpoint = { size: 1, root: '0x01', note: 'note' } as const
    expect(await store.integrate(0, [{ stream: 's', seq: 1 }], checkpoint, lease, soon())).toBe(true)
    await store.signCheckpoint(checkpoint, soon())
    await store.release(lease, soon())
  })

  test('cannot change or remove what the register holds', async () => {
    const columns = {
      segment: 'hash',
      entry: 'body',
      integrated: 'start',
      checkpoint: 'root',
      checkpoint_note: 'note',
      signature: 'bytes',
      idempotency: 'made',
      signed_transaction: 'raw',
    }
    const forbidden = Object.entries(columns).flatMap(([table, column]) => [
      `DELETE FROM ${table}`,
      `UPDATE ${table} SET ${column} = ${column}`,
      `TRUNCATE ${table}`,
    ])
    const others = ['guard', 'protection', 'fence', 'state_record', 'relay_transaction', 'relay_nonce', 'lease']
    const more = others.map((table) => `DELETE FROM ${table}`)
    for (const sql of [
      ...forbidden,
      ...more,
      `UPDATE guard SET scope = 'x'`,
      `UPDATE protection SET scope = 'x'`,
      'DROP TABLE entry',
    ]) {
      const state = await query(asService, sql).then(() => 'allowed', codeOf)
      expect({ sql, state }).toEqual({ sql, state: '42501' })
    }
  })

  test('cannot migrate, and says so', async () => {
    const empty = new URL(await cluster.database())
    empty.username = role
    empty.password = 'service'
    await expect(open(empty.href)).rejects.toMatchObject({ name: 'Failed', code: 'store-unavailable' })
  })

  test('has a plain name', () => {
    expect(() => grantsFor('a; DROP TABLE entry')).toThrow(/role name/)
  })
})

describe('the schema', () => {
  test('is made once by processes that start together', async () => {
    const stores = await Promise.all([open(), open(), open()])
    expect(await Promise.all(stores.map((store) => store.fence(soon())))).toEqual([undefined, undefined, undefined])
  })

  test('of a newer program is refused with a sentence', async () => {
    await open()
    await query(url, 'INSERT INTO chancery_schema (version) VALUES (99)')
    await expect(open()).rejects.toThrow(/schema 99.*newer program/)
  })

  test('is the same after a second start', async () => {
    const writer = await begin(await open())
    const again = await open()
    expect(await again.segmentHash({ stream: writer.stream, seq: 1 }, soon())).toBe(writer.prev)
    const client = new pg.Client({ connectionString: url })
    await client.connect()
    const { rowCount } = await client.query('SELECT version FROM chancery_schema ORDER BY version')
    await client.end()
    expect(rowCount).toBe(6)
  })
})
