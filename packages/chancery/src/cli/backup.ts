/** `chancery backup`: a copy to bring back. */
import { readdir, stat } from 'node:fs/promises'
import { join, resolve } from 'node:path'
import type { Command, Terminal } from './command.ts'
import { connect } from './connection.ts'

/** Milliseconds between two words about a backup in the making. */
const everySoOften = 5_000

export const backupCommand: Command = {
  name: 'backup',
  about: 'Write a backup of the running service into an empty or absent folder, whatever its store',
  takes: ['<folder>'],
  flags: {},
  examples: ['chancery backup /var/backups/chancery/2026-11-20'],
  run: async (given, terminal) => {
    const folder = resolve(terminal.cwd, given.words[0] ?? '')
    const writing = connect(given, terminal).backup(folder)
    const made = given.has('json') ? await writing : await watching(folder, terminal, everySoOften, writing)
    if (given.has('json')) terminal.out(JSON.stringify(made))
    else
      terminal.out(
        `Wrote ${made.files.join(', ')} to ${made.folder}.\nThe key-encryption key itself is not among them: keep that apart, and rehearse with "chancery drill".`,
      )
    return 0
  },
}

/** The service writes on this machine, so how far it is can be seen. */
export async function watching<T>(folder: string, terminal: Terminal, every: number, work: Promise<T>): Promise<T> {
  const timer = setInterval(() => {
    void sizeOf(folder).then((bytes) => terminal.note(`${Math.round(bytes / 1e5) / 10} MB so far`))
  }, every)
  try {
    return await work
  } finally {
    clearInterval(timer)
  }
}

/** 0 where it cannot be seen. */
async function sizeOf(folder: string): Promise<number> {
  const names = await readdir(folder).catch(() => [])
  const sizes = names.map(async (name) => (await stat(join(folder, name)).catch(() => undefined))?.size ?? 0)
  return (await Promise.all(sizes)).reduce((sum, size) => sum + size, 0)
}
