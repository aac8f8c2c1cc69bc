/** The one connection to the file, as the store thread holds it. */
import { chmodSync, closeSync, existsSync, fsyncSync, mkdirSync, openSync } from 'node:fs'
import { dirname } from 'node:path'
import { DatabaseSync, type SQLInputValue, type StatementSync } from 'node:sqlite'
import { Failed } from '../../core/errors.ts'
import type { Row } from '../rows.ts'
import { isBusy } from './faults.ts'

export type Value = SQLInputValue

/** Statements are prepared once for each text, so every text must be a constant of the program. */
export interface Database {
  readonly connection: DatabaseSync
  exec(sql: string): void
  pragma(name: string): number
  get(sql: string, ...values: readonly Value[]): Row | undefined
  all(sql: string, ...values: readonly Value[]): readonly Row[]
  /** Rows changed. */
  run(sql: string, ...values: readonly Value[]): number
}

/**
 * Opens the file for this process alone. The directory is made 0700 when it is missing, the file 0600; SQLite gives its
 * -wal file the mode of the file itself.
 * @throws Failed `store-unavailable` when another process has it open, `store-corrupt` when it is no database.
 */
export function openDatabase(path: string): Database {
  mkdirSync(dirname(path), { recursive: true, mode: 0o700 })
  create(path)
  const connection = new DatabaseSync(path, { enableForeignKeyConstraints: false, timeout: 0 })
  try {
    configure(connection)
  } catch (error) {
    connection.close()
    throw error
  }
  // SQLite syncs the directory for its -wal file, not for the file itself.
  sync(dirname(path))
  return wrap(connection)
}

/**
 * A file that exists is never opened here: closing any descriptor of a file gives up all POSIX locks the process holds on
 * it, those of a store it already has open too. https://www.sqlite.org/howtocorrupt.html#_posix_advisory_locks_canceled
 */
function create(path: string): void {
  if (!existsSync(path)) closeSync(openSync(path, 'wx', 0o600))
  chmodSync(path, 0o600)
}

/**
 * An entry of an attestation is 1.3 KB. In SQLite's usual 4 KB pages a row of a table without rowids that is longer than
 * 1,002 bytes is given a page of its own beside: 4.7 KB, and twice the time of a commit. A file keeps what it was made with.
 * https://www.sqlite.org/fileformat2.html#cell_payload_overflow_pages
 */
const pageSize = 'PRAGMA page_size = 8192'

/**
 * EXCLUSIVE comes before WAL: then there is no shared-memory file and a second opener is refused at its first read.
 * Checkpoints are ours to call: the automatic one keeps an fsync error to itself (sqlite3WalDefaultHook).
 */
function configure(connection: DatabaseSync): void {
  try {
    connection.exec(`${pageSize}; PRAGMA locking_mode = EXCLUSIVE`)
    const mode = connection.prepare('PRAGMA journal_mode = WAL').get()?.['journal_mode']
    if (mode !== 'wal') throw new Failed('store-unavailable', 'the file system of the store does not allow WAL mode')
    connection.exec(`PRAGMA synchronous = FULL; PRAGMA fullfsync = 1; PRAGMA checkpoint_fullfsync = 1;
      PRAGMA secure_delete = ON; PRAGMA trusted_schema = OFF; PRAGMA cell_size_check = ON;
      PRAGMA wal_autocheckpoint = 0; PRAGMA cache_size = -65536; PRAGMA temp_store = MEMORY; BEGIN IMMEDIATE; COMMIT`)
  } catch (error) {
    throw isBusy(error)
      ? new Failed('store-unavailable', 'another process has the store open', { cause: error })
      : error
  }
}

/** A file that nobody relies on before it is closed and synced, such as a copy in the making: no log, no waiting. */
export function openUnlogged(path: string): Database {
  const connection = new DatabaseSync(path, { enableForeignKeyConstraints: false, timeout: 0 })
  connection.exec(`${pageSize}; PRAGMA locking_mode = EXCLUSIVE; PRAGMA journal_mode = MEMORY; PRAGMA synchronous = OFF;
    PRAGMA trusted_schema = OFF; PRAGMA cell_size_check = ON; PRAGMA cache_size = -65536; PRAGMA temp_store = MEMORY`)
  return wrap(connection)
}

/** A file's contents, or a directory's names. */
export function sync(path: string): void {
  const file = openSync(path, 'r')
  try {
    fsyncSync(file)
  } finally {
    closeSync(file)
  }
}

function wrap(connection: DatabaseSync): Database {
  const prepared = new Map<string, StatementSync>()
  const statement = (sql: string): StatementSync => {
    const known = prepared.get(sql)
    if (known !== undefined) return known
    const made = connection.prepare(sql)
    prepared.set(sql, made)
    return made
  }
  return {
    connection,
    exec: (sql) => connection.exec(sql),
    pragma: (name) => Number(connection.prepare(`PRAGMA ${name}`).get()?.[name]),
    get: (sql, ...values) => statement(sql).get(...values),
    all: (sql, ...values) => statement(sql).all(...values),
    run: (sql, ...values) => Number(statement(sql).run(...values).changes),
  }
}

/** What a checkpoint did not move stays in the -wal file; @throws what SQLite says, an fsync error too. */
export function checkpoint(db: Database, mode: 'PASSIVE' | 'TRUNCATE'): void {
  db.connection.prepare(`PRAGMA wal_checkpoint(${mode})`).get()
}
