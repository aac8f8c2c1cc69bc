/** `chancery audit …`: the register. */
import { resolve } from 'node:path'
import type { Client } from '@chancery/client'
import { counted } from '../base/counted.ts'
import { isHeld } from '../core/key.ts'
import { connect } from './connection.ts'
import { UsageError, type Command, type Given, type Terminal } from './command.ts'
import { bodyOf, entryLine } from './entry-line.ts'
import { done } from './output.ts'
import { everyPage } from './paging.ts'
import { wholeNumber } from './reading.ts'

const tail: Command = {
  name: 'audit tail',
  about: 'Show the newest entries of the register, newest first',
  takes: [],
  flags: { limit: { type: 'string', value: '<n>', about: 'How many (default: 20)' } },
  examples: ['chancery audit tail', 'chancery audit tail --limit 100 --json'],
  run: async (given, terminal) => {
    const limit = wholeNumber(given, 'limit', 20, 1, 500)
    const { entries } = await connect(given, terminal).register.tail({ limit })
    // A body is canonical JSON (RFC 8785): written as such again, these are the bytes that its leaf is the hash of.
    const read = () => entries.map((entry) => ({ ...entry, body: bodyOf(entry.body) }))
    if (given.has('json')) terminal.out(JSON.stringify(read(), undefined, 2))
    else for (const entry of entries) terminal.out(entryLine(entry))
    return 0
  },
}

const exportAll: Command = {
  name: 'audit export',
  about: 'Write the register as JSON lines to a new file, for whoever verifies it elsewhere; it holds no secret',
  takes: ['<file>'],
  flags: {},
  examples: ['chancery audit export register.jsonl', 'chancery audit verify --export register.jsonl'],
  run: async (given, terminal) => {
    const made = await connect(given, terminal).register.export(resolve(terminal.cwd, given.words[0] ?? ''))
    terminal.out(given.has('json') ? JSON.stringify(made) : `Wrote ${made.lines} lines to ${made.path}`)
    return 0
  },
}

const acceptGap: Command = {
  name: 'audit accept-gap',
  about: 'Accept, on record, that the store is behind what was witnessed: signing goes on, but by validator keys',
  takes: [],
  flags: { reason: { type: 'string', value: '<text>', about: 'Why, for the register' } },
  examples: ["chancery audit accept-gap --reason 'restored from the backup of this morning'"],
  run: async (given, terminal) => {
    const reason = given.text('reason')
    if (reason === undefined) throw new UsageError('Say why, for the register: --reason "…"')
    const client = connect(given, terminal)
    await client.register.acceptGap(reason)
    await noteHeld(client, terminal)
    return done(given, terminal, 'Accepted, on record')
  },
}

async function noteHeld(client: Client, terminal: Terminal): Promise<void> {
  const keys = await everyPage(client.keys.list, (page) => page.keys)
  const count = keys.filter(isHeld).length
  if (count === 0) return
  terminal.note(`${counted(count, 'validator key')} out of use: disable or delete those that left for elsewhere since,`)
  terminal.note('then let the others sign again: chancery keys enable-held')
}

/** Exit status 1 when anything does not fit. */
export function printVerification(
  given: Given,
  terminal: Terminal,
  found: { readonly segments: number; readonly entries: number; readonly findings: readonly string[] },
): number {
  if (given.has('json')) terminal.out(JSON.stringify(found, undefined, 2))
  else {
    for (const finding of found.findings) terminal.out(`PROBLEM  ${finding}`)
    const verdict = found.findings.length === 0 ? 'everything fits' : `${found.findings.length} findings`
    terminal.out(`${found.segments} segments, ${found.entries} entries: ${verdict}`)
  }
  return found.findings.length === 0 ? 0 : 1
}

export const auditCommands: readonly Command[] = [tail, exportAll, acceptGap]
