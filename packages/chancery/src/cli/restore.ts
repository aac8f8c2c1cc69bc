/** `chancery restore`: brings a backup back into an empty data directory, or an empty database. */
import { resolve } from 'node:path'
import { systemClock } from '../base/clock.ts'
import type { Restored } from '../compose.ts'
import type { Command, Terminal } from './command.ts'
import { nowAndThen } from './progress.ts'
import { askSecret, configOf, flagsNamed, offlineFlags } from './offline.ts'

/** Where the store goes, beside what opens the backup. */
const databaseFlags = flagsNamed('database-url', 'database-tls', 'database-ca-file')

export const restoreCommand: Command = {
  name: 'restore',
  about: 'Bring a backup back into an empty data directory, or into an empty database; the service must not run',
  takes: ['<folder>'],
  flags: { ...offlineFlags, ...databaseFlags },
  examples: [
    'chancery restore /var/backups/chancery/2026-11-20 --data-dir ./chancery-data',
    'chancery restore ./backup --data-dir ./restored --key-file ~/.config/chancery/chancery-data-1a2b3c4d/key',
    'chancery restore ./backup --passphrase-file /run/secrets/chancery',
    'chancery restore ./backup --config /etc/chancery.yaml --database-url postgres://chancery_owner@db.internal/chancery_new',
  ],
  run: async (given, terminal) => {
    const config = configOf(given, terminal)
    const { restore } = await import('../compose.ts')
    const options = { clock: systemClock, ask: askSecret(terminal), ...(!given.has('json') && progressOn(terminal)) }
    const made = await restore(config, resolve(terminal.cwd, given.words[0] ?? ''), options)
    if (given.has('json')) terminal.out(JSON.stringify(made))
    else terminal.out(wordsOf(made))
    return 0
  },
}

function wordsOf({ createdAt, dataDir, database, rows }: Restored): string {
  const where = database === undefined ? dataDir : `${database} (${rows} rows), and what opens it into ${dataDir}`
  return [
    `Restored the backup of ${createdAt} into ${where}.`,
    'It signs nothing until its witness agrees; if it was behind, accept that on record after the start:',
    "  chancery audit accept-gap --reason '…'",
  ].join('\n')
}

function progressOn(terminal: Terminal): { progress(table: string, rows: number): void } {
  return { progress: nowAndThen((table: string, rows: number) => terminal.note(`${table}: ${rows} rows`)) }
}
