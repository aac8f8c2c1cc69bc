/** Backups of PostgreSQL, and restores into it: whole, of one moment, in one transaction. */
import { spawn } from 'node:child_process'
import { copyFileSync, existsSync, readdirSync, rmSync, statSync } from 'node:fs'
import { join } from 'node:path'
import { createInterface } from 'node:readline'
import { DatabaseSync } from 'node:sqlite'
import pg from 'pg'
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, test, vi } from 'vitest'
import { systemClock } from '../../src/base/clock.ts'
import { deadlineIn, type Deadline } from '../../src/base/deadline.ts'
import type { Store } from '../../src/core/store.ts'
import { migratePostgres } from '../../src/store/postgres/migrations.ts'
import { openPostgres } from '../../src/store/postgres/open.ts'
import { restorePostgres } from '../../src/store/postgres/restore.ts'
import { grantsFor } from '../../src/store/postgres/roles.ts'
import { restoredForSeveral, restoredFromSeveral } from '../../src/core/restoration.ts'
import { openDatabase } from '../../src/store/sqlite/database.ts'
import { migrate, migrations } from '../../src/store/sqlite/migrations.ts'
import { openSqlite } from '../../src/store/sqlite/open.ts'
import { tables } from '../../src/store/tables.ts'
import { begin, guard, item, soon, taking, Writer } from '../contract/store/writer.ts'
import { contents, fill } from './copies.ts'
import { query, startCluster, type Cluster } from './postgres-cluster.ts'
import { scratchDirectory } from './scratch.ts'

const restoreLoop = new URL('restore-loop.ts', import.meta.url).pathname
let cluster: Cluster
let url: string
let directory: string
const opened: Store[] = []

beforeAll(async () => {
  cluster = await startCluster()
}, 60_000)

afterAll(() => cluster.stop(), 60_000)

beforeEach(async () => {
  url = await cluster.database()
  directory = scratchDirectory()
})

afterEach(async () => {
  await Promise.all(opened.splice(0).map((store) => store.close()))
  await cluster.drop(url)
  rmSync(directory, { recursive: true })
})

const kept = (store: Store): Store => {
  opened.push(store)
  return store
}
const postgres = async (at = url) => kept(await openPostgres({ url: at, poolSize: 4, clock: systemClock }))
const sqlite = async (name: string) => kept(await openSqlite({ path: join(directory, name), clock: systemClock }))
const backupOf = async (store: Store, name = 'backup.sqlite') => {
  await store.backup(join(directory, name), soon())
  return join(directory, name)
}
const restore = (file: string, at = url) => restorePostgres({ url: at, file, clock: systemClock })

async function select(sql: string, at = url): Promise<readonly Record<string, unknown>[]> {
  const client = new pg.Client({ connectionString: at })
  await client.connect()
  try {
    return (await client.query<Record<string, unknown>>(sql)).rows
  } finally {
    await client.end()
  }
}

/** Tables of this database, with the number of their rows. */
async function found(at = url): Promise<Readonly<Record<string, number>>> {
  const names = await select(`SELECT table_name FROM information_schema.tables WHERE table_schema = 'public'`, at)
  const counts = names.map(async ({ table_name: name }) => {
    const [row] = await select(`SELECT count(*)::integer AS n FROM ${String(name)}`, at)
    return [String(name), Number(row?.['n'])] as const
  })
  return Object.fromEntries(await Promise.all(counts))
}

describe('a backup', () => {
  test('is a SQLite store of the same contents, its owner’s alone, with a row from every table', async () => {
    const store = await postgres()
    await fill(store)
    const before = await contents(store)
    const path = await backupOf(store)
    expect(statSync(path).mode & 0o777).toBe(0o600)
    expect(readdirSync(directory)).toEqual(['backup.sqlite'])
    const file = new DatabaseSync(path, { readOnly: true })
    const empty = tables.filter(({ name }) => file.prepare(`SELECT 1 FROM ${name}`).get() === undefined)
    file.close()
    expect(empty).toEqual([])
    expect(await contents(await sqlite('backup.sqlite'))).toEqual(before)
  })

  test('is of one moment, and holds up nobody who writes meanwhile', async () => {
    const store = await postgres()
    const writers = await Promise.all(['a', 'b', 'c'].map((name) => beginning(store, name)))
    const state = { over: false, during: 0 }
    const writing = writers.map(async (writer) => {
      for (let n = 0; !state.over; n++) {
        const name = `${writer.stream} ${n}`
        expect(await writer.commit(store, [taking(guard(name, name))])).toMatchObject({ status: 'committed' })
        state.during += 1
      }
    })
    await vi.waitUntil(() => state.during > 100, { timeout: 10_000 })
    const before = state.during
    const path = await backupOf(store)
    expect(state.during).toBeGreaterThan(before)
    state.over = true
    await Promise.all(writing)
    const { heads, segments, entries, guards } = await contents(await sqlite('backup.sqlite'))
    const length = segments.flat().length
    expect(length).toBe(heads.reduce((sum, { seq }) => sum + seq, 0))
    expect(entries.flat()).toHaveLength(length)
    // The first of each stream is the beginning; every other took a row.
    expect(guards.rows).toHaveLength(length - heads.length)
    expect(existsSync(path)).toBe(true)
  })

  test('overwrites nothing, and leaves nothing where it fails', async () => {
    const store = await postgres()
    await fill(store)
    const path = await backupOf(store)
    await expect(backupOf(store)).rejects.toMatchObject({ name: 'Failed', code: 'already-exists' })
    expect(existsSync(path)).toBe(true)
    await query(url, `UPDATE segment SET time = 9007199254740993 WHERE seq = 7`)
    await expect(backupOf(store, 'wrong.sqlite')).rejects.toMatchObject({ code: 'store-corrupt' })
    expect(readdirSync(directory)).toEqual(['backup.sqlite'])
  })

  test('by the service’s own role works', async () => {
    await migratePostgres({ url, clock: systemClock })
    await query(url, `CREATE ROLE chancery_copying LOGIN PASSWORD 'service'`)
    await query(url, grantsFor('chancery_copying'))
    const role = new URL(url)
    Object.assign(role, { username: 'chancery_copying', password: 'service' })
    const store = await postgres(role.href)
    await begin(store)
    await backupOf(store)
    expect((await (await sqlite('backup.sqlite')).streams(soon())).length).toBe(1)
  })
})

async function beginning(store: Store, name: string): Promise<Writer> {
  if (name === 'a') return begin(store, name)
  await vi.waitUntil(async () => (await store.fence(soon())) !== undefined, { timeout: 15_000 })
  const writer = new Writer(name)
  await writer.commit(store, [item()])
  return writer
}

describe('a restore', () => {
  test('brings everything back from PostgreSQL, and the guards hold', async () => {
    const first = await postgres()
    const writer = await fill(first)
    const before = await contents(first)
    const other = await cluster.database()
    await restore(await backupOf(first), other)
    const store = await postgres(other)
    expect(await contents(store)).toEqual(before)
    const again = new Writer('stream-b', writer.epoch)
    const refused = { status: 'refused', faults: [{ item: 0, fault: { reason: 'guard' } }] }
    expect(await again.commit(store, [taking(guard('7', 'something else'))])).toMatchObject(refused)
    expect(await again.commit(store, [taking(guard('0', 'root 0'))])).toMatchObject(refused)
    expect(await again.commit(store, [taking(guard('7', 'root 7'))])).toMatchObject({ status: 'committed' })
    expect(await writer.commit(store, [item()])).toMatchObject({ status: 'committed' })
  })

  test('moves a SQLite store into PostgreSQL, and back', async () => {
    const first = await sqlite('store.sqlite')
    await fill(first)
    const before = await contents(first)
    await restore(await backupOf(first))
    const store = await postgres()
    expect(await contents(store)).toEqual(before)
    await backupOf(store, 'back.sqlite')
    expect(await contents(await sqlite('back.sqlite'))).toEqual(before)
  })

  test('takes a backup of an earlier schema', async () => {
    const path = join(directory, 'early.sqlite')
    const early = openDatabase(path)
    migrate(early, migrations.slice(0, 1))
    early.exec(`INSERT INTO segment VALUES ('s', 1, x'00', x'01', x'02', 0, 5, 1)`)
    early.connection.close()
    await restore(path)
    expect(await (await postgres()).segmentHash({ stream: 's', seq: 1 }, soon())).toBe('0x01')
  })

  test('ends the leases of processes that are gone, and keeps its own marks until they are released', async () => {
    const first = await postgres()
    await fill(first)
    const other = await cluster.database()
    await restore(await backupOf(first), other)
    const store = await postgres(other)
    expect(await store.lease('notary', 'another', 1_000, soon())).toBeDefined()
    for (const mark of [restoredFromSeveral, restoredForSeveral]) {
      expect(await store.lease(mark.name, 'nobody', 1, soon())).toBeUndefined()
      await store.release(mark, soon())
      expect(await store.lease(mark.name, 'nobody', 1, soon())).toBeDefined()
    }
  })

  test('leaves the mark of several processes in a file too, whoever opens it', async () => {
    await begin(await postgres())
    await backupOf(opened[0] as Store)
    for (let start = 0; start < 2; start++) {
      const store = await sqlite('backup.sqlite')
      expect(await store.lease(restoredFromSeveral.name, 'nobody', 1, soon())).toBeUndefined()
      await store.close()
      opened.pop()
    }
  })

  test('fills a database that was only migrated', async () => {
    await migratePostgres({ url, clock: systemClock })
    const first = await sqlite('store.sqlite')
    await fill(first)
    await restore(await backupOf(first))
    expect(await contents(await postgres())).toEqual(await contents(first))
  })

  test('lets nobody write meanwhile: a service that starts finds all of it, marks too, or nothing', async () => {
    await migratePostgres({ url, clock: systemClock })
    const first = await sqlite('store.sqlite')
    await fill(first)
    const file = await backupOf(first)
    const service = await postgres()
    const taken = (deadline: Deadline) => service.lease('lane', 'a service that starts', 1_000, deadline)
    const ready = async () => {
      const early = taken(deadlineIn(200, systemClock))
      await expect(early).rejects.toMatchObject({ code: 'store-unavailable' })
    }
    await restorePostgres({ url, file, clock: systemClock, ready })
    expect(await taken(soon())).toBeDefined()
  })

  test('refuses a database with a store in it, and changes nothing there', async () => {
    const store = await postgres()
    await begin(store, 'theirs')
    const file = await backupOf(store)
    const before = await found()
    await expect(restore(file)).rejects.toMatchObject({
      name: 'Refused',
      code: 'already-exists',
      particulars: { got: 'a store: table segment has rows', hint: expect.stringContaining('--database-url') },
    })
    expect(await found()).toEqual(before)
  })

  test('refuses a database in which our names are another program’s', async () => {
    const file = await backupOf(await sqlite('store.sqlite'))
    await query(url, 'CREATE TABLE entry (theirs text)')
    const refused = { code: 'already-exists', particulars: { got: 'a table "entry" that is not ours' } }
    await expect(restore(file)).rejects.toMatchObject(refused)
    expect(await found()).toEqual({ entry: 0 })
  })

  test('refuses the schema of a newer program with a sentence', async () => {
    const file = await backupOf(await sqlite('store.sqlite'))
    await migratePostgres({ url, clock: systemClock })
    await query(url, 'INSERT INTO chancery_schema (version) VALUES (99)')
    await expect(restore(file)).rejects.toThrow(/schema 99.*newer program/)
  })

  test('that is killed leaves the database empty, and is done again without cleaning up', async () => {
    const first = await sqlite('store.sqlite')
    await fill(first)
    const file = await backupOf(first)
    copyFileSync(file, join(directory, 'copy.sqlite'))
    const child = spawn(process.execPath, [restoreLoop, url, join(directory, 'copy.sqlite')])
    const lines: string[] = []
    for await (const line of createInterface({ input: child.stdout })) {
      lines.push(line)
      if (line.startsWith('lease')) child.kill('SIGKILL')
    }
    expect(lines).toContain('guard 450')
    expect(await found()).toEqual({})
    await restore(file)
    expect(await contents(await postgres())).toEqual(await contents(first))
  })

  test('whose server is killed has brought back nothing', async () => {
    const first = await sqlite('store.sqlite')
    await fill(first)
    const file = await backupOf(first)
    const cut = restorePostgres({
      url,
      file,
      clock: systemClock,
      ready: async () => {
        await query(url, `SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE pid <> pg_backend_pid()`)
      },
    })
    await expect(cut).rejects.toMatchObject({ name: 'Failed' })
    expect(await found()).toEqual({})
  })

  test('notices when what arrived is not what was sent', async () => {
    const first = await sqlite('store.sqlite')
    await fill(first)
    const file = await backupOf(first)
    await migratePostgres({ url, clock: systemClock })
    await query(
      url,
      `CREATE FUNCTION spoil() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN NEW.root := '\\x00'; RETURN NEW; END $$;
       CREATE TRIGGER spoil BEFORE INSERT ON guard FOR EACH ROW EXECUTE FUNCTION spoil()`,
    )
    await expect(restore(file)).rejects.toThrow('The copy of table guard is not what was copied')
    expect((await found())['segment']).toBe(0)
  })
})
