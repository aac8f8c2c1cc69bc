/** A SQLite store in operation: killed processes, second openers, full disks, schemas and backups. */
import { spawn, spawnSync } from 'node:child_process'
import { existsSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { createInterface } from 'node:readline'
import { DatabaseSync } from 'node:sqlite'
import { afterEach, beforeEach, describe, expect, test } from 'vitest'
import { systemClock } from '../../src/base/clock.ts'
import type { Store } from '../../src/core/store.ts'
import { commit, segmentHash } from '../../src/store/sqlite/commit.ts'
import { openDatabase } from '../../src/store/sqlite/database.ts'
import { migrate, migrations } from '../../src/store/sqlite/migrations.ts'
import { openSqlite } from '../../src/store/sqlite/open.ts'
import { begin, entry, guard, item, record, soon, taking, Writer } from '../contract/store/writer.ts'
import { scratchDirectory } from './scratch.ts'

const commitLoop = new URL('commit-loop.ts', import.meta.url).pathname
let directory: string
let path: string
const opened: Store[] = []

beforeEach(() => {
  directory = scratchDirectory()
  path = join(directory, 'data', 'chancery.db')
})

afterEach(async () => {
  await Promise.all(opened.splice(0).map((store) => store.close()))
  rmSync(directory, { recursive: true })
})

async function open(at = path): Promise<Store> {
  const store = await openSqlite({ path: at, clock: systemClock })
  opened.push(store)
  return store
}

function byHand(file: string, sql: string): void {
  const database = new DatabaseSync(file)
  database.exec(sql)
  database.close()
}

/** Kills the process once it has acknowledged `count` rounds; answers what it acknowledged. */
async function committedBeforeKill(count: number): Promise<readonly string[]> {
  const child = spawn(process.execPath, [commitLoop, path], { stdio: ['ignore', 'pipe', 'inherit'] })
  const lines: string[] = []
  for await (const line of createInterface({ input: child.stdout })) {
    lines.push(line)
    if (lines.length === count) child.kill('SIGKILL')
  }
  return lines
}

describe('a killed process', () => {
  test('does not hold its leases any longer, and what it began under them is fenced off', async () => {
    const first = await open()
    const held = await first.lease('lane', 'one', 60_000, soon())
    await opened.pop()?.close()
    const taken = await (await open()).lease('lane', 'two', 60_000, soon())
    expect(taken?.token).toBeGreaterThan(held?.token ?? 0)
  })

  test('leaves everything it acknowledged, and a file that opens', async () => {
    for (const count of [1, 7, 40]) {
      const lines = await committedBeforeKill(count)
      expect(lines.length).toBeGreaterThanOrEqual(count)
      const store = await open()
      for (const line of lines) {
        const [said, seq, hash] = line.split(' ')
        expect(said).toBe('committed')
        const stream = (await store.streams(soon())).at(-1)?.stream ?? ''
        expect(await store.segmentHash({ stream, seq: Number(seq) }, soon())).toBe(hash)
      }
      await opened.pop()?.close()
      rmSync(join(directory, 'data'), { recursive: true })
    }
  })
})

describe('the file', () => {
  test('has one opener, in this process and in any other', async () => {
    await open()
    const refused = { name: 'Failed', code: 'store-unavailable' }
    await expect(open()).rejects.toMatchObject({ ...refused, message: 'another process has the store open' })
    const other = spawnSync(process.execPath, [commitLoop, path], { encoding: 'utf8' })
    expect(other.stdout).toBe('failed store-unavailable\n')
  })

  test('is the owner’s alone', async () => {
    await begin(await open())
    expect(statSync(join(directory, 'data')).mode & 0o777).toBe(0o700)
    expect(statSync(path).mode & 0o777).toBe(0o600)
    expect(statSync(`${path}-wal`).mode & 0o777).toBe(0o600)
    expect(existsSync(`${path}-shm`)).toBe(false)
  })

  test('that is no database is not touched', async () => {
    const notes = join(directory, 'notes.txt')
    writeFileSync(notes, 'not a database, whatever its name says. '.repeat(100))
    const before = readFileSync(notes)
    await expect(open(notes)).rejects.toMatchObject({ code: 'store-corrupt' })
    expect(readFileSync(notes)).toEqual(before)
  })

  test('of another program is not touched', async () => {
    const theirs = join(directory, 'theirs.db')
    byHand(theirs, 'CREATE TABLE theirs (x); PRAGMA user_version = 1')
    await expect(open(theirs)).rejects.toMatchObject({ code: 'store-corrupt' })
  })
})

describe('the schema', () => {
  test('of a newer program is refused with a sentence', async () => {
    await (await open()).close()
    opened.pop()
    byHand(path, 'PRAGMA user_version = 99')
    await expect(open()).rejects.toThrow(/schema 99.*newer program/)
  })

  test('is reached from every earlier one, with what was in it', async () => {
    for (let version = 1; version <= migrations.length; version++) {
      const at = join(directory, `from-${version}.db`)
      const early = openDatabase(at)
      migrate(early, migrations.slice(0, version))
      early.exec(`INSERT INTO segment VALUES ('s', 1, x'00', x'01', x'02', 0, 5, 1);
        INSERT INTO entry VALUES ('s', 1, 0, x'03', '{}');
        INSERT INTO guard VALUES ('once', 'scope', x'04', x'05', 's', 1)`)
      early.connection.close()
      const store = await open(at)
      expect(await store.segmentHash({ stream: 's', seq: 1 }, soon())).toBe('0x01')
      expect(await store.entries([{ stream: 's', seq: 1 }], soon())).toMatchObject([{ leaf: '0x03', body: '{}' }])
      expect((await store.guards(undefined, 10, soon())).rows).toMatchObject([{ item: '0x04', root: '0x05' }])
      expect(await store.transactions({}, { limit: 1 }, soon())).toEqual([])
    }
  })
})

test('of two wallets that had one provider id before it was unique, the older has it', async () => {
  const early = openDatabase(path)
  migrate(early, migrations.slice(0, 5))
  for (const id of ['wal_2', 'wal_1', 'wal_3']) {
    early.exec(`INSERT INTO wallet VALUES ('${id}', 1, '${id}', 'BTC', 'bip122:0', 'hd', 'CREATED', NULL, NULL, NULL,
      '{"providerId":"${id === 'wal_3' ? 'c' : 'p'}"}', 1, 1)`)
  }
  early.connection.close()
  const store = await open()
  for (const [provider, ids] of [
    ['p', ['wal_1']],
    ['c', ['wal_3']],
  ] as const) {
    expect((await store.wallets({ provider }, { limit: 3 }, soon())).map(({ id }) => id)).toEqual(ids)
  }
  expect((await store.wallet('wal_2', soon()))?.body).toEqual({ providerId: 'p' })
})

describe('a store that closes', () => {
  test('answers first', async () => {
    const store = await open()
    const writer = await begin(store)
    const large = Array.from({ length: 2_000 }, (_, n) => item({ entries: [entry({ n })] }))
    const answer = writer.commit(store, large)
    await store.close()
    opened.pop()
    expect(await answer).toMatchObject({ status: 'committed' })
  })
})

describe('a disk error', () => {
  test('ends the store, and what was acknowledged is there afterwards', async () => {
    // A write beyond the limit fails with EFBIG, which SQLite reports as an I/O error.
    const script = `ulimit -f 2048; exec "$0" "$@"`
    const child = spawnSync('sh', ['-c', script, process.execPath, commitLoop, path, '20000'], { encoding: 'utf8' })
    const lines = child.stdout.trim().split('\n')
    const last = lines.findLastIndex((line) => line.startsWith('committed'))
    expect(last).toBeGreaterThan(3)
    expect(lines.slice(last + 1).map((line) => line.split(' ')[0])).toEqual(expect.arrayContaining(['fatal', 'failed']))
    expect(lines.at(-1)).toMatch(/^failed (?:store-unavailable|in-doubt)$/)
    const store = await open()
    const stream = (await store.streams(soon()))[0]?.stream ?? ''
    const kept = (await store.segments(stream, 0, 10_000, soon())).map(({ seq, hash }) => `committed ${seq} ${hash}`)
    expect(kept).toEqual(expect.arrayContaining(lines.slice(0, last + 1)))
  })
})

describe('durability', () => {
  test('a commit returns after its sync, and checkpoints are ours to call', () => {
    const db = openDatabase(path)
    const full = 2
    expect(db.pragma('synchronous')).toBe(full)
    expect(db.pragma('wal_autocheckpoint')).toBe(0)
    db.connection.close()
  })
})

describe('a full disk', () => {
  test('refuses the round whole, and takes it when there is room', () => {
    const db = openDatabase(path)
    migrate(db)
    const round = new Writer('s', 0).round([item({ entries: [entry({ big: 'b'.repeat(1 << 20) })] })], { signs: false })
    db.exec(`PRAGMA max_page_count = ${db.pragma('page_count') + 20}`)
    const full = expect.objectContaining({ failed: expect.objectContaining({ code: 'disk-full' }), fatal: false })
    expect(() => commit(db, round, 0)).toThrow(full)
    expect(segmentHash(db, round)).toBeUndefined()
    db.exec('PRAGMA max_page_count = 100000')
    expect(commit(db, round, 0)).toMatchObject({ status: 'committed' })
    db.connection.close()
  })
})

describe('a row someone else wrote', () => {
  test('is reported, not passed on', async () => {
    await begin(await open(), 's', [record('cli_a', 1)])
    await opened.pop()?.close()
    byHand(path, `UPDATE state_record SET body = '[not json'`)
    await expect((await open()).state(soon())).rejects.toMatchObject({ name: 'Failed', code: 'store-corrupt' })
  })
})

describe('a backup', () => {
  test('is complete without the -wal file, made while rounds go on', async () => {
    const store = await open()
    const writer = await begin(store)
    await writer.commit(store, [taking(guard('1', 'a'))])
    const copy = join(directory, 'copy.db')
    const [during] = await Promise.all([writer.commit(store, [item()]), store.backup(copy, soon())])
    expect(during).toMatchObject({ status: 'committed' })
    expect(statSync(copy).mode & 0o777).toBe(0o600)
    const copied = await open(copy)
    const heads = await copied.streams(soon())
    expect(heads[0]?.seq).toBeGreaterThanOrEqual(2)
    expect((await copied.guards(undefined, 10, soon())).rows).toHaveLength(1)
  })

  test('overwrites nothing', async () => {
    const store = await open()
    const copy = join(directory, 'copy.db')
    writeFileSync(copy, 'precious')
    await expect(store.backup(copy, soon())).rejects.toMatchObject({ name: 'Failed', code: 'already-exists' })
    expect(readFileSync(copy, 'utf8')).toBe('precious')
    expect(await store.fence(soon())).toBeUndefined()
  })
})

test('the -wal file of an idle service, which writes nothing but leases, stays small', async () => {
  const store = await open()
  for (let i = 0; i < 1_000; i++) await store.lease('notary', 'one', 10_000 + i, soon())
  // A lease is a page; without a checkpoint it would be 8.2 MB.
  expect(statSync(`${path}-wal`).size).toBeLessThan(6_000_000)
})
