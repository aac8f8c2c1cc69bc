/** `chancery backup`: a copy to bring back. */
import { resolve } from 'node:path'
import type { Command } from './command.ts'
import { connect } from './connection.ts'

export const backupCommand: Command = {
  name: 'backup',
  about: 'Write a backup of the running service into an empty or absent folder',
  takes: ['<folder>'],
  flags: {},
  examples: ['chancery backup /var/backups/chancery/2026-11-20'],
  run: async (given, terminal) => {
    const made = await connect(given, terminal).backup(resolve(terminal.cwd, given.words[0] ?? ''))
    if (given.has('json')) terminal.out(JSON.stringify(made))
    else
      terminal.out(
        `Wrote ${made.files.join(', ')} to ${made.folder}.\nThe key-encryption key itself is not among them: keep that apart, and rehearse with "chancery drill".`,
      )
    return 0
  },
}
