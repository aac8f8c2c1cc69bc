/** What a command is: data for its help, and one function. */
import type { ParseArgsOptionsConfig } from 'node:util'

export interface Flag {
  readonly type: 'string' | 'boolean'
  /** What stands for the value in help: `<days>`. */
  readonly value?: string
  readonly about: string
  readonly multiple?: true
  readonly short?: string
}

export type Flags = Readonly<Record<string, Flag>>

/** What a command was called with. */
export interface Given {
  readonly words: readonly string[]
  text(name: string): string | undefined
  texts(name: string): readonly string[]
  has(name: string): boolean
}

/** Where a command reads and writes: handed in, so that tests need no terminal. */
export interface Terminal {
  readonly env: Readonly<Record<string, string | undefined>>
  readonly cwd: string
  readonly interactive: boolean
  out(text: string): void
  note(text: string): void
  /** Reads a line that may be seen. @throws UsageError without a terminal */
  ask(question: string): Promise<string>
  /** Reads a line without showing it. @throws Error when there is no terminal to hide it on. */
  askHidden(question: string): Promise<string>
  stdin(): Promise<string>
}

export interface Command {
  /** One to three words: `serve`, `keys create`, `wallets policy put`. */
  readonly name: string
  readonly about: string
  /** Positional arguments, as help shows them: `<key>`. Those in brackets may be left out. */
  readonly takes: readonly string[]
  readonly flags: Flags
  readonly examples: readonly string[]
  /** @returns the exit status */
  run(given: Given, terminal: Terminal): Promise<number>
}

/** Flags every command has. */
export const commonFlags: Flags = {
  help: { type: 'boolean', short: 'h', about: 'Show this help' },
  json: { type: 'boolean', about: 'Print data as JSON' },
  config: { type: 'string', value: '<file>', about: 'Configuration file (default: chancery.yaml, where there is one)' },
  'data-dir': { type: 'string', value: '<folder>', about: 'Data directory of the service (default: chancery-data)' },
}

/** For `node:util` parseArgs. */
export function parseOptions(flags: Flags): ParseArgsOptionsConfig {
  const entries = Object.entries(flags).map(([name, { type, short, multiple }]) => {
    return [name, { type, ...(short && { short }), ...(multiple && { multiple }) }] as const
  })
  return Object.fromEntries(entries)
}

/** A mistake in how a command was called: printed without a stack, exit status 2. */
export class UsageError extends Error {
  override readonly name = 'UsageError'
}
