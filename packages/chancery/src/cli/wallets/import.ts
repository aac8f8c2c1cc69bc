/** `chancery wallets import`: JSON lines, as mongoexport writes them, each held against its key. */
import { ChanceryError } from '@chancery/client'
import type { Command, Given, Terminal } from '../command.ts'
import { connect } from '../connection.ts'
import { readRecords } from './records.ts'
import { startTally } from './tally.ts'

export const importCommand: Command = {
  name: 'wallets import',
  about: 'Take in wallets kept elsewhere, JSON lines of the nine fields; a wrong address is not taken in',
  takes: ['<file>'],
  flags: {},
  examples: ['chancery wallets import wallets.jsonl', 'chancery wallets import - < wallets.jsonl'],
  run: (given, terminal) => importAll(given, terminal, {}),
}

/** Again with the same file, what was taken in is found again. @returns 1 where a line was left out */
export async function importAll(given: Given, terminal: Terminal, how: { readonly shadow?: boolean }): Promise<number> {
  const records = await readRecords(given, terminal)
  const { wallets } = connect(given, terminal)
  using tally = startTally(terminal, records.length)
  for (const { line, record } of records) {
    try {
      const wallet = await wallets.import(record, how)
      terminal.out(
        given.has('json') ? JSON.stringify(wallet) : `${wallet.userId}\t${wallet.address ?? ''}\t${wallet.id}`,
      )
      tally.made()
    } catch (error) {
      if (!(error instanceof ChanceryError)) throw error
      const told = [error.message, error.hint].filter(Boolean).join('; ')
      tally.leftOut(`NOT TAKEN IN  line ${line}  ${record.userId}  ${error.code}: ${told}`)
    }
  }
  return tally.end()
}
