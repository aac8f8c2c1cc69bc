/** The service and its command line, as a user would start them, in a home of their own. */
import { readFile } from 'node:fs/promises'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { createClient, type Client } from '../packages/client/src/index.ts'
import { launch, run, type Program, type Ran } from './child.ts'

const launcher = fileURLToPath(new URL('../packages/chancery/src/launcher.js', import.meta.url))

export interface Home {
  /** Where the commands run: holds chancery.yaml and, with it, the data directory. */
  readonly folder: string
  readonly env: Readonly<Record<string, string>>
  /** Flags of Node itself. */
  readonly node?: readonly string[]
  /** Is told what each command printed. */
  readonly heard?: (command: string, printed: string) => void
}

export interface RunningService {
  readonly url: string
  readonly program: Program
}

/** `chancery serve …` */
export async function serve(home: Home, ...flags: readonly string[]): Promise<RunningService> {
  const program = launch(starting(home, ['serve', '--json', ...flags]))
  const url = await program.line((line) =>
    line.startsWith('{') ? (JSON.parse(line) as { url: string }).url : undefined,
  )
  return { url, program }
}

/** `chancery …` to its end, whatever that is. */
export async function chancery(home: Home, ...args: readonly string[]): Promise<Ran> {
  const ran = await run(starting(home, args))
  home.heard?.(args.join(' '), ran.out + ran.err)
  return ran
}

/** `chancery …`, which must succeed. @returns what it printed */
export async function command(home: Home, ...args: readonly string[]): Promise<string> {
  const { status, out, err } = await chancery(home, ...args)
  if (status === 0) return out.trim()
  throw new Error(`chancery ${args.join(' ')} ended with ${status}: ${(err || out).trim()}`)
}

export function starting({ folder, env, node = [] }: Home, args: readonly string[]) {
  return { command: process.execPath, args: [...node, launcher, ...args], cwd: folder, env }
}

/** The key that a new installation writes to a 0600 file: it makes one client, and ends. */
export async function firstAdministrator({ folder }: Home, url: string): Promise<Client> {
  const apiKey = await readFile(join(folder, 'chancery-data', 'first-administrator-key'), 'utf8')
  return createClient({ url, apiKey: apiKey.trim() })
}
