import { closeSync, fsyncSync, openSync } from 'node:fs'
import { dirname } from 'node:path'
import { backup as copy } from 'node:sqlite'
import { Failed } from '../../core/errors.ts'
import type { Database } from './database.ts'

/** Pages copied between two looks at the queue: about 2 MB. */
const pagesAtOnce = 512

/** Rounds committed meanwhile are in the copy or not, whole. @throws Failed `already-exists` */
export async function backup(db: Database, path: string): Promise<void> {
  createEmpty(path)
  await copy(db.connection, path, { rate: pagesAtOnce })
  sync(path)
  sync(dirname(path))
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

function sync(path: string): void {
  const file = openSync(path, 'r')
  try {
    fsyncSync(file)
  } finally {
    closeSync(file)
  }
}
