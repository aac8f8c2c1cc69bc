/** The real terminal. */
import { createInterface } from 'node:readline/promises'
import { Writable } from 'node:stream'
import { UsageError, type Terminal } from './command.ts'

export const systemTerminal: Terminal = {
  env: process.env,
  cwd: process.cwd(),
  interactive: process.stdin.isTTY === true && process.stdout.isTTY === true,
  out: (text) => void process.stdout.write(`${text}\n`),
  note: (text) => void process.stderr.write(`${text}\n`),
  ask,
  askHidden,
  stdin: async () => {
    const parts: Buffer[] = []
    for await (const part of process.stdin) parts.push(part as Buffer)
    return Buffer.concat(parts).toString('utf8')
  },
}

async function ask(question: string): Promise<string> {
  if (process.stdin.isTTY !== true) throw new UsageError('This is asked at a terminal only')
  const lines = createInterface({ input: process.stdin, output: process.stderr, terminal: true })
  lines.on('SIGINT', () => process.kill(process.pid, 'SIGINT'))
  try {
    return (await lines.question(question)).trim()
  } finally {
    lines.close()
  }
}

async function askHidden(question: string): Promise<string> {
  if (process.stdin.isTTY !== true)
    throw new UsageError('A secret is asked for at a terminal only; elsewhere, give a file of it (--help says how)')
  const silent = new Writable({ write: (_part, _encoding, done) => done() })
  const lines = createInterface({ input: process.stdin, output: silent, terminal: true })
  // In raw mode the terminal sends Ctrl-C as a character.
  lines.on('SIGINT', () => process.kill(process.pid, 'SIGINT'))
  try {
    // Not before: until it is in raw mode, the terminal shows what is typed.
    process.stderr.write(question)
    return await lines.question('')
  } finally {
    lines.close()
    process.stderr.write('\n')
  }
}
