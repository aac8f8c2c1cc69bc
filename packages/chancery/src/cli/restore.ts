/** `chancery restore`: brings a backup back into an empty data directory. */
import { resolve } from 'node:path'
import { systemClock } from '../base/clock.ts'
import type { Command } from './command.ts'
import { askSecret, configOf, offlineFlags } from './offline.ts'

export const restoreCommand: Command = {
  name: 'restore',
  about: 'Bring a backup back into an empty data directory; the service must not run',
  takes: ['<folder>'],
  flags: offlineFlags,
  examples: [
    'chancery restore /var/backups/chancery/2026-11-20 --data-dir ./chancery-data',
    'chancery restore ./backup --passphrase-file /run/secrets/chancery',
  ],
  run: async (given, terminal) => {
    const config = configOf(given, terminal)
    const { restore } = await import('../compose.ts')
    const made = await restore(config, resolve(terminal.cwd, given.words[0] ?? ''), systemClock, askSecret(terminal))
    if (given.has('json')) terminal.out(JSON.stringify(made))
    else {
      terminal.out(`Restored the backup of ${made.createdAt} into ${made.dataDir}.`)
      terminal.out(
        'It signs nothing until its witness agrees; if it was behind, accept that on record after the start:',
      )
      terminal.out("  chancery audit accept-gap --reason '…'")
    }
    return 0
  },
}
