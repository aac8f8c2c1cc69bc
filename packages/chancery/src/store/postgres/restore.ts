/** From the file of a backup into a database that holds no store yet: all of it in one transaction, or nothing. */
import type { Clock } from '../../base/clock.ts'
import { deadlineIn } from '../../base/deadline.ts'
import { Refused } from '../../core/errors.ts'
import { copyTables, type Progress } from '../copy.ts'
import { never, restoredForSeveral } from '../../core/restoration.ts'
import { openUnlogged } from '../sqlite/database.ts'
import { migrate as migrateFile } from '../sqlite/migrations.ts'
import { sqliteTables } from '../sqlite/tables.ts'
import { tables } from '../tables.ts'
import { schemaVersion, takeSteps } from './migrations.ts'
import { checkDurable } from './open.ts'
import { createPool, read, write, type PoolOptions, type Session } from './pool.ts'
import { postgresTables } from './tables.ts'

export interface PostgresRestore extends Omit<PoolOptions, 'poolSize'> {
  /** A copy of the backup's store: it is brought up to the schema of this program first. */
  readonly file: string
  readonly clock: Clock
  readonly progress?: Progress
  /** Called once all is in the transaction, before its commit: what must be there when the store is. */
  ready?(): Promise<void>
}

/** A hundred million rows take hours. */
const patience = 24 * 3_600_000

/**
 * What is restored is marked as not accepted yet (`core/restoration.ts`). The role must own the schema, or be allowed to make it.
 * @returns the number of rows
 * @throws Refused `already-exists` when the database holds a store, or tables of such names; Failed store faults
 */
export async function restorePostgres(options: PostgresRestore): Promise<number> {
  const { url, ssl, file, clock, progress, ready } = options
  const deadline = deadlineIn(patience, clock)
  const db = openUnlogged(file)
  const pool = createPool({ url, poolSize: 1, ...(ssl !== undefined && { ssl }) })
  try {
    migrateFile(db)
    await read(pool, deadline, checkDurable)
    return await write(pool, deadline, async (session) => {
      await takeEmpty(session)
      const rows = await copyTables(sqliteTables(db), postgresTables(session), progress)
      await mark(session)
      await ready?.()
      return rows
    })
  } finally {
    db.connection.close()
    await pool.end()
  }
}

/**
 * The schema, made or found, and nobody else's to write until all is committed: a service that starts meanwhile would begin
 * a store of its own between the rows, and not have seen the marks.
 */
async function takeEmpty(session: Session): Promise<void> {
  if ((await schemaVersion(session)) === 0) await requireNone(session)
  await takeSteps(session)
  await session.query(`LOCK TABLE ${tables.map(({ name }) => name).join(', ')} IN SHARE ROW EXCLUSIVE MODE`)
  for (const { name } of tables) {
    const found = await session.query(`SELECT FROM ${name} LIMIT 1`)
    if (found.length > 0) throw occupied(`a store: table ${name} has rows`)
  }
}

async function requireNone(session: Session): Promise<void> {
  const found = await session.query(
    'SELECT relname AS name FROM pg_class WHERE relname = ANY ($1::text[]) AND pg_table_is_visible(oid) ORDER BY 1 LIMIT 1',
    [tables.map(({ name }) => name)],
  )
  if (found[0]) throw occupied(`a table "${String(found[0]['name'])}" that is not ours`)
}

function occupied(got: string): Refused {
  return new Refused('already-exists', 'There is something where the store would go: restoring never overwrites', {
    where: 'the database',
    got,
    wanted: 'a database without tables of these names, or with our own and no row in them',
    hint: 'Make a new database (CREATE DATABASE … OWNER …) and name it with --database-url; keep the old one until you are done',
  })
}

/** Whoever held a lease is gone with the store that was backed up. */
async function mark(session: Session): Promise<void> {
  const { name, holder, token } = restoredForSeveral
  await session.query('UPDATE lease SET expires_at = 0 WHERE expires_at < $1', [never])
  await session.query(
    `INSERT INTO lease (name, holder, token, expires_at) VALUES ($1, $2, $3, $4)
     ON CONFLICT (name) DO UPDATE SET holder = excluded.holder, token = excluded.token, expires_at = excluded.expires_at`,
    [name, holder, token, never],
  )
}
