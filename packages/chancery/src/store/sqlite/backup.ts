import { closeSync, openSync } from 'node:fs'
import { open, rm } from 'node:fs/promises'
import { dirname } from 'node:path'
import { backup as copy } from 'node:sqlite'
import { setTimeout as passed } from 'node:timers/promises'
import { Failed } from '../../core/errors.ts'
import { openUnlogged, sync, type Database } from './database.ts'
import { migrate } from './migrations.ts'

/** Pages copied between two looks at the queue: about 2 MB. */
const pagesAtOnce = 512

/** Milliseconds a commit is waited for, and times: no round takes seconds. */
const pause = 1
const tries = 5_000

/** Rounds committed meanwhile are in the copy or not, whole. @throws Failed `already-exists` */
export async function backup(db: Database, path: string): Promise<void> {
  createEmpty(path)
  for (let n = 1; !(await copied(db, path, n === tries)); n++) await passed(pause)
  sync(path)
  sync(dirname(path))
}

/**
 * False where it began within a commit of this thread: SQLite answers that the connection is locked, and Node, which has not
 * learnt of any page yet, ends there with the error of a destination that has none (https://sqlite.org/c3ref/backup_finish.html).
 */
async function copied(db: Database, path: string, last: boolean): Promise<boolean> {
  try {
    await copy(db.connection, path, { rate: pagesAtOnce })
    return true
  } catch (error) {
    if (last || !(error instanceof Error && 'errcode' in error && error.errcode === 0)) throw error
    return false
  }
}

/**
 * A new file of the newest schema, filled by the caller, durable when it resolves. There is none when it throws.
 * @throws Failed `already-exists`, and what `fill` throws
 */
export async function writeStoreFile(path: string, fill: (db: Database) => Promise<void>): Promise<void> {
  createEmpty(path)
  try {
    await filled(path, fill)
    // Not `sync`: here requests share the thread, and a sync may take long.
    for (const each of [path, dirname(path)]) {
      await using file = await open(each, 'r')
      await file.sync()
    }
  } catch (error) {
    await rm(path, { force: true })
    throw error
  }
}

async function filled(path: string, fill: (db: Database) => Promise<void>): Promise<void> {
  const db = openUnlogged(path)
  try {
    migrate(db)
    await fill(db)
  } finally {
    db.connection.close()
  }
}

function createEmpty(path: string): void {
  try {
    closeSync(openSync(path, 'wx', 0o600))
  } catch (error) {
    if (error instanceof Error && 'code' in error && error.code === 'EEXIST') {
      throw new Failed('already-exists', 'the backup goes to a path that does not exist yet', { cause: error })
    }
    throw new Failed('store-unavailable', 'the backup cannot be written there', { cause: error })
  }
}
