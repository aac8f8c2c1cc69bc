/** `chancery wallets import`: JSON lines, as mongoexport writes them, each held against its key. */
import { ChanceryError } from '@chancery/client'
import { counted } from '../../base/counted.ts'
import type { Command, Given, Terminal } from '../command.ts'
import { connect } from '../connection.ts'
import { keepTelling, tellWhenInterrupted } from '../progress.ts'
import { readRecords } from './records.ts'

export const importCommand: Command = {
  name: 'wallets import',
  about: 'Take in wallets kept elsewhere, JSON lines of the nine fields; a wrong address is not taken in',
  takes: ['<file>'],
  flags: {},
  examples: ['chancery wallets import wallets.jsonl', 'chancery wallets import - < wallets.jsonl'],
  run: (given, terminal) => importAll(given, terminal, {}),
}

interface Quarantined {
  readonly line: number
  readonly userId: string
  readonly detail: string
}

/** Again with the same file, what was taken in is found again. @returns 1 where a line was left out */
export async function importAll(given: Given, terminal: Terminal, how: { readonly shadow?: boolean }): Promise<number> {
  const records = await readRecords(given, terminal)
  const { wallets } = connect(given, terminal)
  const left: Quarantined[] = []
  let done = 0
  const taken = () => `${counted(done - left.length, 'wallet')} of ${records.length}`
  using progress = keepTelling(() => terminal.note(`${done} of ${records.length}`))
  using _interrupted = tellWhenInterrupted(terminal, taken)
  for (const { line, record } of records) {
    try {
      const wallet = await wallets.import(record, how)
      terminal.out(
        given.has('json') ? JSON.stringify(wallet) : `${wallet.userId}\t${wallet.address ?? ''}\t${wallet.id}`,
      )
    } catch (error) {
      if (!(error instanceof ChanceryError)) throw error
      const told = [error.message, error.hint].filter(Boolean).join('; ')
      left.push({ line, userId: record.userId, detail: `${error.code}: ${told}` })
    }
    done += 1
    progress.tell()
  }
  for (const { line, userId, detail } of left) terminal.note(`NOT TAKEN IN  line ${line}  ${userId}  ${detail}`)
  terminal.note(taken())
  return left.length === 0 ? 0 : 1
}
