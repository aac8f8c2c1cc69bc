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
  /** What is typed when something is asked: always the same, in turn, or by the question. */
  readonly typed?: string | string[] | ((question: string) => string)
  readonly interactive?: boolean
  /** Sees what is printed as it is printed. */
  readonly watch?: (text: string) => void
  readonly stdin?: string
}

/** The command line inside this process: the same code, without the cost of a start. */
export async function chancery(args: readonly string[], at: At = {}): Promise<Ran> {
  const [out, notes]: [string[], string[]] = [[], []]
  const terminal: Terminal = {
    env: at.env ?? {},
    cwd: at.cwd ?? '/nowhere',
    interactive: at.interactive ?? false,
    out: (text) => {
      out.push(text)
      at.watch?.(text)
    },
    note: (text) => void notes.push(text),
    ask: async (question) => type(at, question),
    askHidden: async (question) => type(at, question),
    stdin: async () => at.stdin ?? '',
  }
  const status = await main(args, at.commands ?? commandsOf('1.2.3'), '1.2.3', terminal)
  return { status, out: out.join('\n'), notes: notes.join('\n') }
}

function type({ typed = '' }: At, question: string): string {
  if (typeof typed === 'function') return typed(question)
  return typeof typed === 'string' ? typed : (typed.shift() ?? '')
}
