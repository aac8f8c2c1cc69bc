/** A copy of the service's PostgreSQL database, of one moment, read with this program's own SQL. */
import pg from 'pg'
import { isLine, type Line } from './lines.ts'
import { copyOf, selects, type Copy } from './store-copy.ts'

export async function readPostgres(url: string): Promise<Copy> {
  const client = new pg.Client({ connectionString: url })
  await client.connect()
  try {
    await client.query('BEGIN ISOLATION LEVEL REPEATABLE READ READ ONLY')
    const rows = new Map<string, readonly Line[]>()
    for (const [table, sql] of Object.entries(selects)) rows.set(table, (await client.query(sql)).rows.filter(isLine))
    return copyOf((table) => rows.get(table) ?? [])
  } finally {
    await client.end()
  }
}
