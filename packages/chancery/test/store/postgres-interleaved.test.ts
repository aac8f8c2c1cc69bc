/** Races made to happen: a second connection holds what the store wants, at the worst moment. */
import pg from 'pg'
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, test, vi } from 'vitest'
import { fromHex } from '../../src/base/bytes.ts'
import { systemClock } from '../../src/base/clock.ts'
import { deadlineIn } from '../../src/base/deadline.ts'
import type { GuardRow } from '../../src/core/claim.ts'
import type { Store } from '../../src/core/store.ts'
import { openPostgres } from '../../src/store/postgres/open.ts'
import {
  attestation,
  begin,
  block,
  change,
  counting,
  fenceAt,
  guard,
  hash,
  item,
  raising,
  signing,
  soon,
  taking,
  validator,
  windowRow,
  Writer,
} from '../contract/store/writer.ts'
import { query, startCluster, type Cluster } from './postgres-cluster.ts'
import { againstClock, tooSlow } from '../against-clock.ts'

let cluster: Cluster
let url: string
let store: Store
let writer: Writer
let other: pg.Client

beforeAll(async () => {
  cluster = await startCluster()
}, 60_000)

afterAll(() => cluster.stop(), 60_000)

beforeEach(async () => {
  url = await cluster.database()
  store = await openPostgres({ url, poolSize: 4, clock: systemClock })
  writer = await begin(store)
  other = new pg.Client({ connectionString: url })
  await other.connect()
})

afterEach(async () => {
  await other.end()
  await store.close()
  await cluster.drop(url)
})

function takeRow({ kind, scope, item: at, root }: GuardRow) {
  const sql = `INSERT INTO guard (kind, scope, item, root, stream, seq) VALUES ($1, $2, $3, $4, 'other', 1)`
  return other.query(sql, [kind, scope, fromHex(at), fromHex(root)])
}

/** Until `count` transactions of the database wait for a lock. */
async function waiting(count: number): Promise<void> {
  const sql = `SELECT count(*)::int AS n FROM pg_stat_activity WHERE datname = current_database() AND wait_event_type = 'Lock'`
  const client = new pg.Client({ connectionString: url })
  await client.connect()
  const blocked = async () => (await client.query<{ n: number }>(sql)).rows[0]?.n === count
  await vi.waitUntil(blocked, { timeout: 15_000, interval: 5 })
  await client.end()
}

describe('a guard row that another transaction is taking', () => {
  test('is waited for, and refused when that one commits', async () => {
    await other.query('BEGIN')
    await takeRow(guard('1', 'theirs'))
    const mine = writer.commit(store, [taking(guard('1', 'mine'))])
    await waiting(1)
    await other.query('COMMIT')
    expect(await mine).toMatchObject({ status: 'refused', faults: [{ fault: { held: hash('theirs') } }] })
  })

  test('is waited for, and taken when that one gives up', async () => {
    await other.query('BEGIN')
    await takeRow(guard('1', 'theirs'))
    const mine = writer.commit(store, [taking(guard('1', 'mine'))])
    await waiting(1)
    await other.query('ROLLBACK')
    expect(await mine).toMatchObject({ status: 'committed' })
  })

  test('is judged as it is then, not as it was', async () => {
    await writer.commit(store, [taking(guard('1', 'first'))])
    await other.query('BEGIN')
    await other.query('UPDATE guard SET root = $1', [fromHex(hash('theirs'))])
    const mine = writer.commit(store, [taking(guard('1', 'mine', 'first'))])
    await waiting(1)
    await other.query('COMMIT')
    expect(await mine).toMatchObject({ status: 'refused', faults: [{ fault: { held: hash('theirs') } }] })
  })

  test('is waited for until the deadline, and then nothing was done and nothing is held', againstClock, async () => {
    await other.query('BEGIN')
    await takeRow(guard('1', 'theirs'))
    const round = writer.round([taking(guard('0', 'mine'), guard('1', 'mine'))])
    const before = performance.now()
    await expect(store.commit(round, deadlineIn(300, systemClock))).rejects.toMatchObject({ code: 'store-unavailable' })
    const took = performance.now() - before
    await other.query('ROLLBACK')
    expect(await writer.commit(store, [taking(guard('0', 'later'))])).toMatchObject({ status: 'committed' })
    expect(await store.segmentHash({ stream: writer.stream, seq: 2 }, soon())).not.toBe(round.hash)
    expect(took, tooSlow).toBeLessThan(1_300)
  })

  test('makes a deadlock, which is tried again', async () => {
    const order = [guard('1', 'mine'), guard('2', 'mine')].toSorted((a, b) => (a.item < b.item ? -1 : 1))
    const [first, second] = order.map(({ item: at }) => ({ ...guard('1', 'theirs'), item: at }))
    if (first === undefined || second === undefined) throw new Error('two rows make a deadlock')
    await other.query(`BEGIN; SET LOCAL deadlock_timeout = '60s'`)
    await takeRow(second)
    const mine = writer.commit(store, [taking(...order)])
    await waiting(1)
    await takeRow(first)
    await other.query('ROLLBACK')
    expect(await mine).toMatchObject({ status: 'committed' })
  })
})

describe('a window that another transaction is counting in', () => {
  const count = async (amount: bigint, root = 'theirs') => {
    const row = windowRow(root, amount, 10n)
    await other.query('INSERT INTO window_total VALUES ($1, $2, $3)', [row.scope, row.period, String(amount)])
    const values = [row.scope, row.period, fromHex(row.root), String(amount)]
    await other.query(`INSERT INTO window_use VALUES ($1, $2, $3, $4, 'other', 1)`, values)
  }
  const total = async () => (await store.windowTotals(undefined, 10, soon())).rows.map((row) => row.total)

  test('is waited for, and refused when that one fills it', async () => {
    await other.query('BEGIN')
    await count(8n)
    const mine = writer.commit(store, [counting(windowRow('mine', 3n, 10n))])
    await waiting(1)
    await other.query('COMMIT')
    expect(await mine).toMatchObject({ status: 'refused', faults: [{ fault: { reason: 'window', used: 8n } }] })
  })

  test('is waited for, and counted in when that one gives up', async () => {
    await other.query('BEGIN')
    await count(8n)
    const mine = writer.commit(store, [counting(windowRow('mine', 3n, 10n))])
    await waiting(1)
    await other.query('ROLLBACK')
    expect(await mine).toMatchObject({ status: 'committed' })
    expect(await total()).toEqual([3n])
  })

  test('is judged as it is then, not as it was', async () => {
    await writer.commit(store, [counting(windowRow('first', 1n, 10n))])
    await other.query('BEGIN')
    await other.query(`UPDATE window_total SET total = '8'`)
    const mine = [3n, 2n].map((amount) =>
      new Writer(`mine ${amount}`).commit(store, [counting(windowRow(`${amount}`, amount, 10n))]),
    )
    await waiting(2)
    await other.query('COMMIT')
    expect((await Promise.all(mine)).map(({ status }) => status)).toEqual(['refused', 'committed'])
    expect(await total()).toEqual([10n])
  })

  test('counts a root once that this one counts too', async () => {
    await other.query('BEGIN')
    await count(8n, 'mine')
    const mine = writer.commit(store, [counting(windowRow('mine', 8n, 10n))])
    await waiting(1)
    await other.query('COMMIT')
    expect(await mine).toMatchObject({ status: 'committed' })
    expect(await total()).toEqual([8n])
  })
})

describe('a row of slashing protection that another transaction is taking', () => {
  const scope = validator('a')
  const u64 = (value: number) => fromHex(`0x${value.toString(16).padStart(16, '0')}`)
  const vote = (source: number, target: number, root: string, of = scope) =>
    other.query(
      `INSERT INTO protection (scope, validator, source, target, attestation_root) VALUES ($1, '\\x00', $2, $3, $4)
       ON CONFLICT (scope) DO UPDATE SET source = $2, target = $3, attestation_root = $4`,
      [of, u64(source), u64(target), fromHex(hash(root))],
    )
  const mine = (source: number, target: number, root: string) =>
    new Writer(`${source} ${target} ${root}`).commit(store, [signing(attestation(source, target, root))])
  const row = async () => (await store.protection([scope], soon()))[0]?.attestation

  test('is waited for, and refused when that one commits, the first time and later', async () => {
    for (const target of [2, 4]) {
      await other.query('BEGIN')
      await vote(1, target, 'theirs')
      const waits = mine(1, target, 'mine')
      await waiting(1)
      await other.query('COMMIT')
      expect(await waits).toMatchObject({
        status: 'refused',
        faults: [
          { fault: { reason: 'duty', held: { attestation: { target: BigInt(target), root: hash('theirs') } } } },
        ],
      })
    }
  })

  test('is waited for, and taken when that one gives up', async () => {
    await other.query('BEGIN')
    await vote(1, 2, 'theirs')
    const waits = mine(1, 2, 'mine')
    await waiting(1)
    await other.query('ROLLBACK')
    expect(await waits).toMatchObject({ status: 'committed' })
    expect((await store.signedDuties([scope], undefined, 10, soon())).rows).toEqual([attestation(1, 2, 'mine')])
  })

  test('is judged as it is then: of two that surround each other one is taken', async () => {
    expect(await mine(2, 3, 'before')).toMatchObject({ status: 'committed' })
    await other.query('BEGIN')
    await vote(4, 5, 'theirs')
    const waits = [mine(3, 6, 'around'), mine(4, 6, 'after'), mine(4, 5, 'theirs'), mine(3, 4, 'behind')]
    await waiting(4)
    await other.query('COMMIT')
    const [around, after, , behind] = (await Promise.all(waits)).map(({ status }) => status)
    expect([around, after, behind]).toEqual(['refused', 'committed', 'refused'])
    expect(await row()).toEqual({ source: 4n, target: 6n, root: hash('after') })
  })

  test('that turns out to hold this very vote is taken again, and joins the history once', async () => {
    await other.query('BEGIN')
    await vote(1, 2, 'same')
    const waits = mine(1, 2, 'same')
    await waiting(1)
    await other.query('COMMIT')
    expect(await waits).toMatchObject({ status: 'committed' })
    expect(await store.signedDuties([scope], undefined, 10, soon())).toEqual({ rows: [] })
  })

  test('is raised from what it is then', async () => {
    await other.query('BEGIN')
    await vote(3, 4, 'theirs')
    const raise = { scope, attestation: { source: 1n, target: 9n, root: hash('mine') } }
    const waits = writer.commit(store, [raising(raise)])
    await waiting(1)
    await other.query('COMMIT')
    expect(await waits).toMatchObject({ status: 'committed' })
    expect(await row()).toEqual({ source: 3n, target: 9n })
  })

  test('is locked before any behind it, whatever is done with each', async () => {
    const scopes = ['1', '2', '3', '4'].map((name) => validator(name)).toSorted()
    const [first = '', second = '', , last = ''] = scopes
    await writer.commit(
      store,
      scopes.map((of) => raising({ scope: of })),
    )
    await other.query('BEGIN')
    await vote(1, 2, 'theirs', second)
    const items = scopes.flatMap((of, n) =>
      n % 2 === 0 ? [raising({ scope: of })] : [signing(attestation(2, 3, 'x', of)), signing(block(1, 'x', of))],
    )
    const waits = writer.commit(store, items.toReversed())
    await waiting(1)
    const free = async (of: string) => {
      const { rows } = await other.query<{ free: boolean }>(
        'SELECT count(*) = 1 AS free FROM (SELECT FROM protection WHERE scope = $1 FOR UPDATE SKIP LOCKED) AS row',
        [of],
      )
      return rows[0]?.free
    }
    expect([await free(last), await free(first)]).toEqual([true, false])
    await other.query('COMMIT')
    expect(await waits).toMatchObject({ status: 'committed' })
  })
})

describe('the fence', () => {
  test('that another transaction is moving is waited for, and then the round is stale', async () => {
    await other.query('BEGIN')
    await other.query('UPDATE fence SET epoch = 2, halted = 1')
    const mine = writer.commit(store, [item()])
    await waiting(1)
    await other.query('COMMIT')
    expect(await mine).toMatchObject({ status: 'stale', fence: { epoch: 2, halted: true } })
  })

  test('does not move while a round under it is under way', async () => {
    await other.query('BEGIN')
    await takeRow(guard('1', 'theirs'))
    const round = writer.commit(store, [taking(guard('1', 'mine'))])
    await waiting(1)
    const halt = new Writer('halt').commit(store, [change(2, [], true)])
    const byHand = query(url, `UPDATE fence SET mac = '\\x00'`)
    await waiting(3)
    expect(await store.fence(soon())).toEqual(fenceAt(1))
    await other.query('ROLLBACK')
    expect(await round).toMatchObject({ status: 'committed' })
    expect(await halt).toMatchObject({ status: 'committed' })
    await byHand
  })

  test('is halted in turn: a round that comes after the halt waits behind it', async () => {
    await other.query('BEGIN')
    await takeRow(guard('1', 'theirs'))
    const before = writer.commit(store, [taking(guard('1', 'mine'))])
    await waiting(1)
    const halt = new Writer('halt').commit(store, [change(2, [], true)])
    await waiting(2)
    const after = new Writer('after').commit(store, [item()])
    await waiting(3)
    await other.query('ROLLBACK')
    const results = await Promise.all([before, halt, after])
    expect(results.map(({ status }) => status)).toEqual(['committed', 'committed', 'stale'])
  })
})

describe('a position that another transaction is taking', () => {
  const take = (hashed: string) => {
    const sql = `INSERT INTO segment (stream, seq, prev, hash, mac, epoch, time, n)
      VALUES ('stream-a', 2, '\\x00', $1, '\\x00', 1, 0, 0)`
    return other.query(sql, [fromHex(hash(hashed))])
  }

  test('collides when that one commits another round', async () => {
    await other.query('BEGIN')
    await take('theirs')
    const mine = writer.commit(store, [taking(guard('1', 'mine'))])
    await waiting(1)
    await other.query('COMMIT')
    expect(await mine).toEqual({ status: 'collision' })
    expect((await store.guards(undefined, 10, soon())).rows).toEqual([])
  })

  test('is as committed when that one commits this very round, and is not written twice', async () => {
    await other.query('BEGIN')
    await take('mine')
    const mine = writer.commit(store, [item()], { hash: hash('mine') })
    await waiting(1)
    await other.query('COMMIT')
    expect(await mine).toMatchObject({ status: 'committed' })
    expect(await store.entries([{ stream: 'stream-a', seq: 2 }], soon())).toEqual([])
  })
})

describe('a commit', () => {
  /** Runs at COMMIT, as a wait for a standby would. */
  const atCommit = (statement: string) =>
    query(
      url,
      `CREATE FUNCTION at_commit() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN ${statement}; RETURN NULL; END $$;
       CREATE CONSTRAINT TRIGGER at_commit AFTER INSERT ON segment DEFERRABLE INITIALLY DEFERRED
         FOR EACH ROW EXECUTE FUNCTION at_commit()`,
    )

  test('that comes with a warning is in doubt, though it was made', async () => {
    await atCommit(`RAISE WARNING 'canceling wait for synchronous replication'`)
    const round = writer.round([item()])
    await expect(store.commit(round, soon())).rejects.toMatchObject({ name: 'Failed', code: 'in-doubt' })
    expect(await store.segmentHash({ stream: writer.stream, seq: 2 }, soon())).toBe(round.hash)
    expect(await store.commit(round, soon())).toMatchObject({ status: 'committed' })
  })

  test('that does not return before the deadline is in doubt', againstClock, async () => {
    await atCommit(`PERFORM pg_sleep(1)`)
    const round = writer.round([item()])
    const before = performance.now()
    await expect(store.commit(round, deadlineIn(300, systemClock))).rejects.toMatchObject({ code: 'in-doubt' })
    expect(performance.now() - before, tooSlow).toBeLessThan(900)
  })

  test('whose connection is cut is in doubt, and the next one gets a new connection', async () => {
    await atCommit('PERFORM pg_terminate_backend(pg_backend_pid())')
    await expect(store.commit(writer.round([item()]), soon())).rejects.toMatchObject({ code: 'in-doubt' })
    expect(await store.fence(soon())).toEqual(fenceAt(1))
  })

  test('on a server that would not keep it is refused', async () => {
    await query(url, `ALTER ROLE owner IN DATABASE ${new URL(url).pathname.slice(1)} SET synchronous_commit = off`)
    const careless = await openPostgres({ url, clock: systemClock }).catch((error: unknown) => error)
    expect(careless).toMatchObject({ name: 'Failed', code: 'store-unavailable' })
  })
})
