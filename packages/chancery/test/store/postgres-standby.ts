/** A standby that follows a cluster by streaming replication, and a way to whichever of the two is the primary. */
import { execFileSync, spawn, type ChildProcess } from 'node:child_process'
import { once } from 'node:events'
import { appendFileSync, cpSync, rmSync, statSync, writeFileSync } from 'node:fs'
import { connect, createServer, type Socket } from 'node:net'
import pg from 'pg'
import { vi } from 'vitest'
import { freePort, postgresBinary, query, type Cluster } from './postgres-cluster.ts'
import { scratchDirectory } from './scratch.ts'

export interface Standby {
  readonly port: number
  /** Resolves when it has replayed all that the primary has. */
  caughtUp(): Promise<void>
  /** Follows no more, as behind a cut in the network. */
  partition(): Promise<void>
  promote(): Promise<void>
  stop(): Promise<void>
}

export async function startStandby(primary: Cluster): Promise<Standby> {
  const directory = scratchDirectory()
  const { uid, gid } = statSync(primary.directory)
  const port = await freePort()
  await baseBackup(primary, directory)
  const { username, password } = new URL(primary.url)
  const conninfo = `host=127.0.0.1 port=${new URL(primary.url).port} user=${username} password=${password}`
  appendFileSync(`${directory}/postgresql.auto.conf`, `primary_conninfo = '${conninfo}'\n`)
  writeFileSync(`${directory}/standby.signal`, '')
  const sockets = ['-c', 'listen_addresses=127.0.0.1', '-c', 'unix_socket_directories=', '-c', 'max_connections=60']
  const owned = process.getuid?.() === 0 ? { uid, gid } : {}
  if (process.getuid?.() === 0) execFileSync('chown', ['-R', `${uid}:${gid}`, directory])
  const server = spawn(postgresBinary(), ['-D', directory, '-p', String(port), ...sockets], {
    ...owned,
    stdio: 'ignore',
  })
  const url = withPort(primary.url, port)
  const ask = (sql: string) => query(url, sql)
  await vi.waitUntil(() => ask('SELECT 1').then(isThere, isNotThere), { timeout: 30_000, interval: 100 })
  return {
    port,
    caughtUp: async () => {
      const [row] = await query(primary.url, 'SELECT pg_current_wal_lsn()::text AS lsn')
      const sql = `SELECT pg_last_wal_replay_lsn() >= '${String(row?.['lsn'])}'::pg_lsn AS there`
      await vi.waitUntil(async () => (await ask(sql))[0]?.['there'] === true, { timeout: 30_000, interval: 50 })
    },
    partition: async () => {
      await ask(`ALTER SYSTEM SET primary_conninfo = ''`)
      await ask('SELECT pg_reload_conf()')
      const none = async () => (await ask('SELECT 1 FROM pg_stat_wal_receiver')).length === 0
      await vi.waitUntil(none, { timeout: 30_000, interval: 50 })
    },
    promote: async () => void (await ask('SELECT pg_promote()')),
    stop: () => stop(server, directory),
  }
}

const isThere = () => true
const isNotThere = () => false

export function withPort(url: string, port: number): string {
  const moved = new URL(url)
  moved.port = String(port)
  return moved.href
}

/** https://www.postgresql.org/docs/current/continuous-archiving.html#BACKUP-LOWLEVEL-BASE-BACKUP */
async function baseBackup(primary: Cluster, directory: string): Promise<void> {
  const session = new pg.Client({ connectionString: primary.url })
  await session.connect()
  try {
    await session.query(`SELECT pg_backup_start('standby', true)`)
    const own = ['postmaster.pid', 'postmaster.opts']
    const filter = (path: string) => !own.some((name) => path.endsWith(`/${name}`))
    cpSync(primary.directory, directory, { recursive: true, filter })
    const { rows } = await session.query<{ labelfile: string }>('SELECT labelfile FROM pg_backup_stop(false)')
    writeFileSync(`${directory}/backup_label`, rows[0]?.labelfile ?? '')
  } finally {
    await session.end()
  }
}

async function stop(server: ChildProcess, directory: string): Promise<void> {
  const ended = once(server, 'exit')
  if (server.kill('SIGQUIT')) await ended
  rmSync(directory, { recursive: true, force: true })
}

export interface Forwarder {
  readonly port: number
  /** Cuts what is open; what comes goes to that port. */
  leadTo(port: number): void
  close(): void
}

/** What an address is that moves to whoever is the primary. */
export async function startForwarder(first: number): Promise<Forwarder> {
  let target = first
  const open = new Set<Socket>()
  const server = createServer((from) => {
    const to = connect(target, '127.0.0.1')
    for (const [one, other] of [
      [from, to],
      [to, from],
    ] as const) {
      open.add(one)
      one.pipe(other)
      one.on('error', () => other.destroy())
      one.on('close', () => (open.delete(one), other.destroy()))
    }
  })
  server.listen(0, '127.0.0.1')
  await once(server, 'listening')
  const address = server.address()
  const cut = () => open.forEach((socket) => socket.destroy())
  return {
    port: typeof address === 'object' ? (address?.port ?? 0) : 0,
    leadTo: (port) => {
      target = port
      cut()
    },
    close: () => {
      server.close()
      cut()
    },
  }
}
