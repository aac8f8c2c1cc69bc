/** A terminal that nobody sits at: keeps what is printed. */
import { main } from '../../src/cli/main.ts'
import type { Command, Terminal } from '../../src/cli/command.ts'
import { commandsOf } from '../../src/cli/commands.ts'

export interface Ran {
  readonly status: number
  readonly out: string
  readonly notes: string
}

export interface At {
  readonly cwd?: string
  readonly env?: Readonly<Record<string, string>>
  readonly commands?: readonly Command[]
  /** What is typed when something is asked. */
  readonly typed?: string
  readonly stdin?: string
}

/** The command line inside this process: the same code, without the cost of a start. */
export async function chancery(args: readonly string[], at: At = {}): Promise<Ran> {
  const [out, notes]: [string[], string[]] = [[], []]
  const terminal: Terminal = {
    env: at.env ?? {},
    cwd: at.cwd ?? '/nowhere',
    interactive: false,
    out: (text) => void out.push(text),
    note: (text) => void notes.push(text),
    askHidden: async () => at.typed ?? '',
    stdin: async () => at.stdin ?? '',
  }
  const status = await main(args, at.commands ?? commandsOf('1.2.3'), '1.2.3', terminal)
  return { status, out: out.join('\n'), notes: notes.join('\n') }
}
