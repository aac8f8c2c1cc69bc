/** Two processes that want the same of a wallet, at the worst moment: the first has it in a round that is not yet committed. */
import pg from 'pg'
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, test, vi } from 'vitest'
import { systemClock } from '../../src/base/clock.ts'
import type { RoundItem, RoundResult, Store } from '../../src/core/store.ts'
import type { WalletRow } from '../../src/core/wallet-store.ts'
import { openPostgres } from '../../src/store/postgres/open.ts'
import { bitcoin, keeping, walletAddress, walletRow } from '../contract/store/wallets.ts'
import { begin, item, soon, windowRow, Writer } from '../contract/store/writer.ts'
import { startCluster, type Cluster } from './postgres-cluster.ts'

let cluster: Cluster
let url: string
let first: Store
let second: Store
let other: pg.Client

beforeAll(async () => {
  cluster = await startCluster()
}, 60_000)

afterAll(() => cluster.stop(), 60_000)

beforeEach(async () => {
  url = await cluster.database()
  first = await openPostgres({ url, poolSize: 4, clock: systemClock })
  second = await openPostgres({ url, poolSize: 4, clock: systemClock })
  await begin(first)
  other = new pg.Client({ connectionString: url })
  await other.connect()
})

afterEach(async () => {
  await other.end()
  await first.close()
  await second.close()
  await cluster.drop(url)
})

/** Until `count` transactions of the database wait for a lock. */
async function waiting(count: number): Promise<void> {
  const sql = `SELECT count(*)::int AS n FROM pg_stat_activity WHERE datname = current_database() AND wait_event_type = 'Lock'`
  const client = new pg.Client({ connectionString: url })
  await client.connect()
  const blocked = async () => (await client.query<{ n: number }>(sql)).rows[0]?.n === count
  await vi.waitUntil(blocked, { timeout: 15_000, interval: 5 })
  await client.end()
}

/**
 * The first process writes its rows and then waits for a window that a third holds, with room for it or not; meanwhile the
 * second, in a process of its own, wants the same.
 */
async function meeting(mine: RoundItem, theirs: RoundItem, room: boolean): Promise<readonly RoundResult[]> {
  const window = windowRow('first', 1n, 10n)
  await other.query('BEGIN')
  await other.query('INSERT INTO window_total VALUES ($1, $2, $3)', [window.scope, window.period, room ? '0' : '10'])
  const results = [new Writer('first').commit(first, [{ ...mine, windows: [window] }])]
  await waiting(1)
  results.push(new Writer('second').commit(second, [theirs]))
  await waiting(2)
  await other.query('COMMIT')
  return Promise.all(results)
}

const wants: readonly (readonly [string, Partial<WalletRow>])[] = [
  ['owner', { user: 'u' }],
  ['address', { address: 'bc1q' }],
  ['account', { key: 'key_tree', account: 7 }],
  ['provider', { provider: 'p' }],
]

describe.each(wants)('a wallet whose %s another process is taking', (taken, parts) => {
  test('is waited for, and refused when that one commits', async () => {
    const row = walletRow('a', parts)
    const [winner, loser] = await meeting(keeping(row), keeping(walletRow('b', parts)), true)
    expect(winner).toMatchObject({ status: 'committed' })
    const fault = { reason: 'wallet', taken, row }
    expect(loser).toEqual({ status: 'refused', faults: [{ item: 0, fault }] })
  })

  test('is waited for, and taken when that one gives up', async () => {
    const [loser, winner] = await meeting(keeping(walletRow('a', parts)), keeping(walletRow('b', parts)), false)
    expect(loser).toMatchObject({ status: 'refused', faults: [{ fault: { reason: 'window' } }] })
    expect(winner).toMatchObject({ status: 'committed' })
    expect((await first.wallets({}, { limit: 10 }, soon())).map(({ id }) => id)).toEqual(['wal_b'])
  })

  test('is refused too when it was there before', async () => {
    const before = walletRow('b', taken === 'owner' ? { ...parts, state: 'DELETED' } : {})
    await new Writer('before').commit(first, [keeping(before)])
    const row = walletRow('a', parts)
    const next = { ...before, ...parts, version: 2, state: 'CREATED' } as const
    const [winner, loser] = await meeting(keeping(row), keeping(next), true)
    expect(winner).toMatchObject({ status: 'committed' })
    expect(loser).toEqual({ status: 'refused', faults: [{ item: 0, fault: { reason: 'wallet', taken, row } }] })
    expect(await first.wallet('wal_b', soon())).toEqual(before)
  })
})

test('a version that another process is writing is waited for', async () => {
  await new Writer('before').commit(first, [keeping(walletRow('a'))])
  const next = walletRow('a', { version: 2, state: 'CREATED' })
  const [winner, loser] = await meeting(keeping(next), keeping({ ...next, address: 'bc1q' }), true)
  expect(winner).toMatchObject({ status: 'committed' })
  expect(loser).toMatchObject({ faults: [{ fault: { reason: 'version', what: 'wallet wal_a' } }] })
})

test('an address that another process is giving out is waited for', async () => {
  const mine = walletAddress('wal_a', 0)
  const theirs = walletAddress('wal_b', 0, { address: mine.address })
  const [winner, loser] = await meeting(item({ addresses: [mine] }), item({ addresses: [theirs] }), true)
  expect(winner).toMatchObject({ status: 'committed' })
  expect(loser).toMatchObject({ faults: [{ fault: { reason: 'wallet', taken: 'address', row: mine } }] })
})

test('a destination that another process is noting is noted once', async () => {
  const destinations = [{ scope: 'u', network: bitcoin, address: 'bc1q' } as const]
  const results = await meeting(item({ destinations }), item({ destinations }), true)
  expect(results).toMatchObject([{ status: 'committed' }, { status: 'committed' }])
})
