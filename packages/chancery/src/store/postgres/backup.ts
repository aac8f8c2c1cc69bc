/** A backup of PostgreSQL is a file of SQLite, as every backup is: one format, whatever the store. */
import type pg from 'pg'
import type { Deadline } from '../../base/deadline.ts'
import { copyTables } from '../copy.ts'
import { never, restoredFromSeveral } from '../../core/restoration.ts'
import { writeStoreFile } from '../sqlite/backup.ts'
import { sqliteTables } from '../sqlite/tables.ts'
import { read } from './pool.ts'
import { postgresTables } from './tables.ts'

/**
 * Of one moment, while rounds go on: a reader of PostgreSQL holds nobody up.
 * @throws Failed `already-exists`, and what a store throws; then there is no file
 */
export function backup(pool: pg.Pool, path: string, deadline: Deadline): Promise<void> {
  return writeStoreFile(path, async (db) => {
    await read(pool, deadline, (session) => copyTables(postgresTables(session), sqliteTables(db)))
    const { name, holder, token } = restoredFromSeveral
    db.run(
      'INSERT OR REPLACE INTO lease (name, holder, token, expires_at) VALUES (?, ?, ?, ?)',
      name,
      holder,
      token,
      never,
    )
  })
}
