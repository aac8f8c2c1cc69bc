/** `chancery drill`: rehearses a restore, so that nobody does it for the first time when it matters. */
import { resolve } from 'node:path'
import { systemClock } from '../base/clock.ts'
import type { Command } from './command.ts'
import { askSecret, configOf, offlineFlags } from './offline.ts'

export const drillCommand: Command = {
  name: 'drill',
  about: 'Restore a backup into a temporary folder, verify its register, open every sealed key, and clean up',
  takes: ['<folder>'],
  flags: offlineFlags,
  examples: ['chancery drill /var/backups/chancery/2026-11-20', 'chancery drill ./backup --json'],
  run: async (given, terminal) => {
    const config = configOf(given, terminal)
    const { drill } = await import('../compose.ts')
    const found = await drill(config, resolve(terminal.cwd, given.words[0] ?? ''), systemClock, askSecret(terminal))
    if (given.has('json')) terminal.out(JSON.stringify(found, undefined, 2))
    else {
      for (const finding of found.findings) terminal.out(`PROBLEM  ${finding}`)
      const { createdAt, segments, entries, keys, milliseconds } = found
      terminal.out(
        `Backup of ${createdAt}: ${segments} segments, ${entries} entries, ${keys} keys can be used; ${milliseconds} ms`,
      )
    }
    return found.findings.length === 0 ? 0 : 1
  },
}
