/** A copy of a database that is being written. */
import { rmSync } from 'node:fs'
import { DatabaseSync } from 'node:sqlite'
import { join } from 'node:path'
import { setImmediate as turn } from 'node:timers/promises'
import { expect, test } from 'vitest'
import { backup } from '../../src/store/sqlite/backup.ts'
import { openDatabase } from '../../src/store/sqlite/database.ts'
import { scratchDirectory } from './scratch.ts'

test('a backup that begins within a commit waits for its end, and has what it wrote', async () => {
  const directory = scratchDirectory()
  const db = openDatabase(join(directory, 'chancery.db'))
  try {
    db.connection.exec('CREATE TABLE pages (content TEXT) STRICT')
    db.connection.exec('BEGIN IMMEDIATE')
    db.connection.exec("INSERT INTO pages VALUES ('written')")
    const done = backup(db, join(directory, 'copy.db'))
    for (let turns = 0; turns < 1_000; turns++) await Promise.race([turn(), done])
    db.connection.exec('COMMIT')
    await done
    const copy = new DatabaseSync(join(directory, 'copy.db'), { readOnly: true })
    expect(copy.prepare('SELECT content FROM pages').all()).toEqual([{ content: 'written' }])
    copy.close()
  } finally {
    db.connection.close()
    rmSync(directory, { recursive: true })
  }
})
