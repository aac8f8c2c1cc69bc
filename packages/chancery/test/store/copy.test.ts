/** Pages of a copy: by rows and by bytes, so that large rows do not fill the memory. */
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { systemClock } from '../../src/base/clock.ts'
import { deadlineIn } from '../../src/base/deadline.ts'
import { copyTables, type TableReader, type TableWriter } from '../../src/store/copy.ts'
import { migratePostgres } from '../../src/store/postgres/migrations.ts'
import { createPool, write } from '../../src/store/postgres/pool.ts'
import { postgresTables } from '../../src/store/postgres/tables.ts'
import { openUnlogged } from '../../src/store/sqlite/database.ts'
import { migrate } from '../../src/store/sqlite/migrations.ts'
import { sqliteTables } from '../../src/store/sqlite/tables.ts'
import { tables, type Values } from '../../src/store/tables.ts'
import { startCluster, type Cluster } from './postgres-cluster.ts'
import { scratchDirectory } from './scratch.ts'

let cluster: Cluster

beforeAll(async () => {
  cluster = await startCluster()
}, 60_000)

afterAll(() => cluster.stop(), 60_000)

function file(): { readonly tables: TableWriter } & Disposable {
  const db = openUnlogged(join(scratchDirectory(), 'store.sqlite'))
  migrate(db)
  return { tables: sqliteTables(db), [Symbol.dispose]: () => db.connection.close() }
}

async function inPostgres(work: (of: TableWriter) => Promise<void>): Promise<void> {
  const url = await cluster.database()
  await migratePostgres({ url, clock: systemClock })
  const pool = createPool({ url, poolSize: 1 })
  try {
    await write(pool, deadlineIn(60_000, systemClock), (session) => work(postgresTables(session)))
  } finally {
    await pool.end()
  }
}

async function inSqlite(work: (of: TableWriter) => Promise<void>): Promise<void> {
  using made = file()
  await work(made.tables)
}

const leases = tables.filter(({ name }) => name === 'lease')
const million = 1_000_000

/** Leases, for their holders may be of any length. */
async function fill(to: TableWriter, sizes: readonly number[]): Promise<void> {
  const rows = sizes.map((size, n): Values => [`lease ${String(n).padStart(4, '0')}`, 'x'.repeat(size), 1, 2])
  for (const table of leases) await to.insert(table, rows)
}

function counting(from: TableReader, pages: number[]): TableReader {
  return {
    page: async (table, after) => {
      const page = await from.page(table, after)
      if (page.length > 0) pages.push(page.length)
      return page
    },
  }
}

describe.each([
  ['SQLite', inSqlite],
  ['PostgreSQL', inPostgres],
])('pages of %s', (_, within) => {
  test.each([
    ['200 rows', Array.from({ length: 401 }, () => 1), [200, 200, 1]],
    ['4 MiB', [million, million, million, 2 * million, million, 3 * million], [3, 2, 1]],
    ['one row that is larger', [1, 9 * million, 9 * million, 1], [1, 1, 1, 1]],
  ])('hold at most %s, and all of it is copied', async (__, sizes, expected) => {
    await within(async (from) => {
      await fill(from, sizes)
      using to = file()
      const pages: number[] = []
      expect(await copyTables(counting(from, pages), to.tables)).toBe(sizes.length)
      expect(pages).toEqual(expected)
    })
  })
})
