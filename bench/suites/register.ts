/** Durable register entries, against the same bytes inserted in groups by the bare database. */
import { randomBytes } from 'node:crypto'
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { DatabaseSync } from 'node:sqlite'
import pg from 'pg'
import { systemClock } from '../../packages/chancery/src/base/clock.ts'
import { deadlineIn } from '../../packages/chancery/src/base/deadline.ts'
import { Secret } from '../../packages/chancery/src/base/secret.ts'
import type { Store } from '../../packages/chancery/src/core/store.ts'
import type { RecordItem } from '../../packages/chancery/src/core/recorder.ts'
import { openWitness } from '../../packages/chancery/src/register/witness.ts'
import { openWriter, type Writer } from '../../packages/chancery/src/register/writer.ts'
import { openPostgres } from '../../packages/chancery/src/store/postgres/open.ts'
import { openSqlite } from '../../packages/chancery/src/store/sqlite/open.ts'
import { startCluster } from '../../packages/chancery/test/store/postgres-cluster.ts'
import { load } from '../parts/load.ts'
import { withRatio, type Row } from '../row.ts'

const seconds = 4
const callers = 128
const writers = 4
/** Entries a bare transaction inserts at once: about what a round of the register holds at this many callers. */
const group = 64
const body = (): string => JSON.stringify({ kind: 'notice', what: 'bench', filler: randomBytes(180).toString('hex') })

export async function registerRows(progress: (words: string) => void): Promise<readonly Row[]> {
  const folder = await mkdtemp(join(tmpdir(), 'chancery-bench-register-'))
  try {
    progress('grouped SQLite inserts')
    const bare = bareSqlite(join(folder, 'bare.sqlite'))
    progress('register entries on SQLite')
    const sqlite = await recorded(
      [await openSqlite({ path: join(folder, 'data', 'store.sqlite'), clock: systemClock })],
      folder,
    )
    return [
      withRatio({
        name: 'register entries, SQLite',
        unit: '/s',
        measured: sqlite,
        limit: bare,
        against: `bare inserts, ${group} a commit`,
        goal: 'ratio 0.50',
      }),
      ...(await postgresRows(folder, progress)),
    ]
  } finally {
    await rm(folder, { recursive: true, force: true })
  }
}

function bareSqlite(path: string): number {
  const db = new DatabaseSync(path)
  db.exec('PRAGMA journal_mode=WAL; PRAGMA synchronous=FULL; PRAGMA locking_mode=EXCLUSIVE')
  db.exec(
    'CREATE TABLE entry (stream TEXT, seq INTEGER, i INTEGER, leaf BLOB, body TEXT, PRIMARY KEY (stream, seq, i)) WITHOUT ROWID',
  )
  const insert = db.prepare('INSERT INTO entry VALUES (?, ?, ?, ?, ?)')
  const began = performance.now()
  let seq = 0
  while (performance.now() - began < seconds * 1_000) {
    db.exec('BEGIN IMMEDIATE')
    for (let i = 0; i < group; i++) insert.run('s', seq, i, randomBytes(32), body())
    db.exec('COMMIT')
    seq++
  }
  const perSecond = (seq * group * 1_000) / (performance.now() - began)
  db.close()
  return perSecond
}

/** One writer a store, all at once; entries a second over all of them. */
async function recorded(stores: readonly Store[], folder: string): Promise<number> {
  const opened = await Promise.all(
    stores.map((store, index) => openWriterOn(store, join(folder, `witness-${stores.length}-${index}`))),
  )
  const runs = opened.map((writer) => load(callers / stores.length, seconds, () => record(writer)))
  const total = (await Promise.all(runs)).reduce((sum, { perSecond }) => sum + perSecond, 0)
  await Promise.all(opened.map((writer) => writer.close()))
  await Promise.all(stores.map((store) => store.close()))
  return total
}

async function openWriterOn(store: Store, path: string): Promise<Writer> {
  const onFatal = (error: Error) => {
    throw error
  }
  const witness = await openWitness({ path })
  return openWriter({
    store,
    clock: systemClock,
    witness,
    stateKey: new Secret(randomBytes(32)),
    binary: 'bench',
    onFatal,
  })
}

async function record(writer: Writer): Promise<void> {
  const item: RecordItem = {
    bodies: [{ kind: 'notice', what: 'bench', filler: randomBytes(180).toString('hex') }],
    guards: [],
    signs: false,
  }
  const { status } = await writer.record(item, deadlineIn(5_000, systemClock))
  if (status !== 'recorded') throw new Error(`the entry was ${status}`)
}

async function postgresRows(folder: string, progress: (words: string) => void): Promise<readonly Row[]> {
  const cluster = await startCluster()
  try {
    progress('grouped PostgreSQL inserts, four connections')
    const bare = await barePostgres(await cluster.database())
    progress('register entries on PostgreSQL, four writers')
    const url = await cluster.database()
    const stores: Store[] = []
    for (let i = 0; i < writers; i++) stores.push(await openPostgres({ url, clock: systemClock, ssl: false }))
    const measured = await recorded(stores, folder)
    return [
      withRatio({
        name: 'register entries, PostgreSQL, four writers',
        unit: '/s',
        measured,
        limit: bare,
        against: `bare inserts, ${group / writers} a commit, four connections`,
      }),
    ]
  } finally {
    await cluster.stop()
  }
}

async function barePostgres(url: string): Promise<number> {
  const pool = new pg.Pool({ connectionString: url, max: writers })
  await pool.query(
    'CREATE TABLE entry (stream text, seq bigint, i int, leaf bytea, body text, PRIMARY KEY (stream, seq, i))',
  )
  let seq = 0
  const insert = 'INSERT INTO entry SELECT $1, $2, * FROM unnest($3::int[], $4::bytea[], $5::text[])'
  const each = group / writers
  const { perSecond } = await load(writers, seconds, async () => {
    const numbers = Array.from({ length: each }, (_, i) => i)
    await pool.query(insert, ['s', seq++, numbers, numbers.map(() => randomBytes(32)), numbers.map(body)])
  })
  await pool.end()
  return perSecond * each
}
