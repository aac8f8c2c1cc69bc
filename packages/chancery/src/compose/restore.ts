/** Bringing a backup back into the store that the configuration names: a file, or a database. */
import { join } from 'node:path'
import { restoreBackup, unpackBackup } from '../backup/restore.ts'
import type { Clock } from '../base/clock.ts'
import type { Config } from '../config/config.ts'
import { Refused } from '../core/errors.ts'
import { connectionOf, storeName, type PostgresConfig } from './parts.ts'
import { openKeptKeys, type AskHidden } from './secrets.ts'

export interface Restored {
  readonly dataDir: string
  /** When the backup was taken. */
  readonly createdAt: string
  /** Host, port and name, where the store is a database. */
  readonly database?: string
  /** How many rows the database was given. */
  readonly rows?: number
}

export interface RestoreOptions {
  readonly clock: Clock
  readonly ask: AskHidden
  /** For a database: the table at work, and its rows so far. */
  progress?(table: string, rows: number): void
}

/** @throws Refused when there is a store already, or the backup is not whole or not of this key-encryption key */
export async function restore(config: Config, folder: string, options: RestoreOptions): Promise<Restored> {
  const { dataDir, store } = config
  const { state } = await openKeptKeys(config, folder, options.clock, options.ask)
  if (store.kind === 'postgres') return intoDatabase(config, store, await unpackBackup(folder, state, dataDir), options)
  const { createdAt } = await restoreBackup({ folder, stateKey: state, storePath: join(dataDir, storeName) })
  return { dataDir, createdAt }
}

async function intoDatabase(
  { dataDir }: Config,
  store: PostgresConfig,
  { store: file, createdAt, place, discard }: Awaited<ReturnType<typeof unpackBackup>>,
  { clock, progress }: RestoreOptions,
): Promise<Restored> {
  const database = store.shown
  try {
    const { restorePostgres } = await import('../store/postgres/restore.ts')
    const given = { ...connectionOf(store), file, clock, ready: place, ...(progress && { progress }) }
    const rows = await restorePostgres(given).catch((error: unknown) => {
      throw error instanceof Refused ? at(error, database) : error
    })
    return { dataDir, createdAt, database, rows }
  } finally {
    await discard()
  }
}

function at({ code, message, particulars }: Refused, where: string): Refused {
  return new Refused(code, message, { ...particulars, where })
}
