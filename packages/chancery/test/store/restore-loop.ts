/**
 * A process of its own that restores until it is killed: `node restore-loop.ts <url> <file>`. Says each page it has sent, and
 * waits after it, so that a kill finds it in the middle.
 */
import { writeSync } from 'node:fs'
import { systemClock } from '../../src/base/clock.ts'
import { restorePostgres } from '../../src/store/postgres/restore.ts'

const [url = '', file = ''] = process.argv.slice(2)

await restorePostgres({
  url,
  file,
  clock: systemClock,
  progress: (table, rows) => writeSync(1, `${table} ${rows}\n`),
  // All is written, nothing is committed; the killer comes now.
  ready: () => new Promise((resolve) => setTimeout(resolve, 30_000)),
})
