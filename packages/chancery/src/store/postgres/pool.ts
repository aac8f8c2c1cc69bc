/**
 * Connections and transactions. Nothing is kept in a session: no prepared names, no session locks, no SET outside a
 * transaction, so PgBouncer may hand every transaction another server connection.
 */
import pg from 'pg'
import { left, within, type Deadline } from '../../base/deadline.ts'
import { Failed } from '../../core/errors.ts'
import type { Row } from '../rows.ts'
import { timelinesOf, type Timelines } from './timelines.ts'
import { failedOf, isRetryable, type Stage } from './faults.ts'

export interface Session {
  /** Statements sent without waiting travel together: several cost one round trip. */
  query(sql: string, values?: readonly unknown[]): Promise<readonly Row[]>
}

export interface PoolOptions {
  readonly url: string
  readonly poolSize: number
  readonly ssl?: pg.PoolConfig['ssl']
}

/** How long a new connection may take; a call gives up earlier at its own deadline. */
const connectTimeout = 5_000
/** How often a transaction is tried that the server undid for another's sake. */
const tries = 8

const int8 = 20

const types: pg.CustomTypesConfig = {
  getTypeParser: (oid, format) =>
    (oid === int8 ? Number : pg.types.getTypeParser(oid, format)) as (value: string) => unknown,
}

export function createPool({ url, poolSize, ssl }: PoolOptions): pg.Pool {
  const pool = new pg.Pool({
    connectionString: url,
    max: poolSize,
    connectionTimeoutMillis: connectTimeout,
    keepAlive: true,
    pipeline: true,
    types,
    ...(ssl === undefined ? {} : { ssl }),
  })
  // A connection that is lost fails what is asked of it next, and an idle one is replaced. Without a listener of its own,
  // there from the start, one lost between two statements would end the process.
  pool.on('error', () => {})
  pool.on('connect', (client) => {
    client.on('error', () => {})
  })
  return pool
}

/** Reads of one moment. @throws Failed `store-unavailable` */
export function read<T>(pool: pg.Pool, deadline: Deadline, work: (session: Session) => Promise<T>): Promise<T> {
  return run(pool, deadline, 'BEGIN ISOLATION LEVEL REPEATABLE READ READ ONLY', work, () => true)
}

/** Commits when `keep` says so. READ COMMITTED: what is decided rests on rows the statements lock. @throws Failed */
export async function write<T>(
  pool: pg.Pool,
  deadline: Deadline,
  work: (session: Session) => Promise<T>,
  keep: (result: T) => boolean = () => true,
): Promise<T> {
  for (let attempt = 1; ; attempt++) {
    try {
      return await run(pool, deadline, 'BEGIN ISOLATION LEVEL READ COMMITTED READ WRITE', work, keep)
    } catch (error) {
      const undone = error instanceof Failed && error.code === 'store-unavailable' && isRetryable(error.cause)
      if (!undone || attempt === tries || left(deadline) === 0) throw error
    }
  }
}

async function run<T>(
  pool: pg.Pool,
  deadline: Deadline,
  begin: string,
  work: (session: Session) => Promise<T>,
  keep: (result: T) => boolean,
): Promise<T> {
  const client = await checkOut(pool, deadline)
  let stage: Stage = 'work'
  try {
    const started = start(client, begin, deadline, timelinesOf(pool))
    const [, result] = await within(deadline, 'PostgreSQL', Promise.all([started, work(sessionOf(client, started))]))
    if (!keep(result)) return await finish(client, deadline, result, 'ROLLBACK')
    stage = 'commit'
    return await finish(client, deadline, result, 'COMMIT')
  } catch (error) {
    client.release(true)
    throw failedOf(error, stage)
  }
}

/** The server gives up when we do: a transaction whose client is gone must not commit or hold locks later. */
function start(client: pg.PoolClient, begin: string, deadline: Deadline, timelines: Timelines): Promise<void> {
  const limit = Math.max(1, Math.ceil(left(deadline)))
  return client
    .query<Row>(
      `${begin}; SET LOCAL statement_timeout = ${limit}; SET LOCAL lock_timeout = ${limit};
       SET LOCAL idle_in_transaction_session_timeout = ${limit + 1_000};
       SELECT pg_is_in_recovery() AS recovering, current_setting('synchronous_commit') AS durable,
         CASE WHEN pg_is_in_recovery() THEN NULL ELSE ${timelines.sql()} END AS timeline`,
    )
    .then((results) => checkServer(rowsOf(results), timelines))
}

/** A query of several statements answers with an array of results; the last one has the rows. */
function rowsOf(results: unknown): readonly Row[] {
  const last: unknown = Array.isArray(results) ? results.at(-1) : results
  return isResult(last) ? last.rows : []
}

function isResult(value: unknown): value is pg.QueryResult<Row> {
  return value instanceof pg.Result
}

function checkServer([row]: readonly Row[], timelines: Timelines): void {
  if (row?.['recovering'] !== false) throw new Failed('store-unavailable', 'PostgreSQL is a standby: it is in recovery')
  if (row['durable'] === 'off') throw new Failed('store-unavailable', 'PostgreSQL has synchronous_commit off')
  timelines.saw(row['timeline'])
}

/**
 * A wait for the synchronous standby that was cancelled is reported as success with a warning, so any notice counts as
 * doubt. https://www.postgresql.org/docs/current/warm-standby.html#SYNCHRONOUS-REPLICATION-HA
 */
async function finish<T>(client: pg.PoolClient, deadline: Deadline, result: T, end: 'COMMIT' | 'ROLLBACK'): Promise<T> {
  let noticed = false
  const notice = () => {
    noticed = true
  }
  client.on('notice', notice)
  try {
    const { command } = await within(deadline, 'PostgreSQL', client.query(end))
    if (noticed) throw new Failed('in-doubt', 'PostgreSQL committed with a warning')
    if (command !== end) throw new Failed('store-unavailable', `PostgreSQL answered ${end} with ${command}`)
  } finally {
    client.off('notice', notice)
  }
  client.release(false)
  return result
}

/** No answer is given before the transaction is known to have begun: what follows would be on its own. */
function sessionOf(client: pg.PoolClient, started: Promise<void>): Session {
  return {
    query: async (sql, values = []) => {
      const [{ rows }] = await Promise.all([client.query<Row>(sql, [...values]), started])
      return rows
    },
  }
}

async function checkOut(pool: pg.Pool, deadline: Deadline): Promise<pg.PoolClient> {
  if (left(deadline) === 0) throw new Failed('store-unavailable', 'the deadline passed before PostgreSQL was asked')
  const connecting = pool.connect()
  try {
    return await within(deadline, 'PostgreSQL', connecting)
  } catch (error) {
    connecting.then(
      (late) => late.release(),
      () => {},
    )
    throw failedOf(error, 'work')
  }
}
