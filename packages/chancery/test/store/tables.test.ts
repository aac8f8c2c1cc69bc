/** What a copy from one database to the other carries, held against the schemas that the migrations made. */
import { DatabaseSync } from 'node:sqlite'
import pg from 'pg'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { systemClock } from '../../src/base/clock.ts'
import { openDatabase } from '../../src/store/sqlite/database.ts'
import { migrate } from '../../src/store/sqlite/migrations.ts'
import { migratePostgres } from '../../src/store/postgres/migrations.ts'
import { leftBehind, tables } from '../../src/store/tables.ts'
import { startCluster, type Cluster } from './postgres-cluster.ts'
import { scratchDirectory } from './scratch.ts'

let cluster: Cluster

beforeAll(async () => {
  cluster = await startCluster()
}, 60_000)

afterAll(() => cluster.stop(), 60_000)

/** `table.column type`, `?` where it may be null, and the place of a column in its table's primary key. */
const carried = tables.flatMap(({ name, key, columns }) =>
  columns.map((column) => {
    const place = key.indexOf(column.name) + 1
    return `${name}.${column.name} ${column.type}${column.nullable ? '?' : ''}${place > 0 ? ` key ${place}` : ''}`
  }),
)

const isCarried = (table: string, column: string) => !(table in leftBehind) && !(`${table}.${column}` in leftBehind)

interface Found {
  readonly table: string
  readonly column: string
  readonly type: string
  readonly nullable: boolean
  readonly place: number
}

function described(found: readonly Found[], types: Readonly<Record<string, string>>): readonly string[] {
  return found
    .filter(({ table, column }) => isCarried(table, column))
    .map(({ table, column, type, nullable, place }) => {
      const what = `${types[type] ?? `unknown ${type}`}${nullable ? '?' : ''}`
      return `${table}.${column} ${what}${place > 0 ? ` key ${place}` : ''}`
    })
}

test('every table and column of SQLite is carried', () => {
  const path = `${scratchDirectory()}/store.sqlite`
  const made = openDatabase(path)
  migrate(made)
  made.connection.close()
  const found = new DatabaseSync(path)
    .prepare(
      `SELECT t.name AS "table", c.name AS "column", c.type, c."notnull" AS required, c.pk AS place
       FROM sqlite_schema t, pragma_table_info(t.name) c WHERE t.type = 'table' AND t.name NOT LIKE 'sqlite_%'`,
    )
    .all()
    // An INTEGER PRIMARY KEY of SQLite is never null, and does not say so.
    .map((row) => ({ ...row, nullable: row['required'] === 0 && row['place'] === 0 }) as unknown as Found)
  const types = { TEXT: 'text', INTEGER: 'integer', BLOB: 'bytes' }
  expect(described(found, types).toSorted()).toEqual(carried.toSorted())
})

test('every table and column of PostgreSQL is carried, or left behind for a reason', async () => {
  const url = await cluster.database()
  await migratePostgres({ url, clock: systemClock })
  const client = new pg.Client({ connectionString: url })
  await client.connect()
  const { rows } = await client.query<Found>(
    `SELECT c.table_name AS "table", c.column_name AS "column", c.data_type AS type, c.is_nullable = 'YES' AS nullable,
       coalesce((SELECT k.ordinal_position FROM information_schema.table_constraints p
         JOIN information_schema.key_column_usage k USING (constraint_name, table_schema, table_name)
         WHERE p.constraint_type = 'PRIMARY KEY' AND p.table_name = c.table_name AND k.column_name = c.column_name
         AND p.table_schema = c.table_schema), 0) AS place
     FROM information_schema.columns c WHERE c.table_schema = current_schema()`,
  )
  await client.end()
  const types = { text: 'text', bigint: 'integer', integer: 'integer', bytea: 'bytes' }
  const found = rows.map((row) => ({ ...row, place: Number(row.place) }))
  expect(described(found, types).toSorted()).toEqual(carried.toSorted())
  const there = found.flatMap(({ table, column }) => [table, `${table}.${column}`])
  expect(there).toEqual(expect.arrayContaining(Object.keys(leftBehind)))
})
