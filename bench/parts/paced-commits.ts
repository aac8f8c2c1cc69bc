/** What the disk alone takes of a request that commits before and after it uses a slow key. */
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { DatabaseSync } from 'node:sqlite'
import { setTimeout as sleep } from 'node:timers/promises'
import { quantiles, type Quantiles } from './load.ts'

const pairs = 250

/** Two commits of a row each, `apart` milliseconds between them as between requests: a disk left alone answers later. */
export async function pacedCommits(apart: number): Promise<Quantiles> {
  const folder = await mkdtemp(join(tmpdir(), 'chancery-bench-commits-'))
  const db = new DatabaseSync(join(folder, 'bare.sqlite'))
  db.exec('PRAGMA locking_mode=EXCLUSIVE; PRAGMA journal_mode=WAL; PRAGMA synchronous=FULL')
  db.exec('CREATE TABLE entry (seq INTEGER PRIMARY KEY, body TEXT)')
  const insert = db.prepare('INSERT INTO entry (body) VALUES (?)')
  const commit = async (): Promise<number> => {
    await sleep(apart)
    const began = performance.now()
    insert.run('x'.repeat(700))
    return performance.now() - began
  }
  const sums: number[] = []
  while (sums.length < pairs) sums.push((await commit()) + (await commit()))
  db.close()
  await rm(folder, { recursive: true, force: true })
  return quantiles(sums)
}
