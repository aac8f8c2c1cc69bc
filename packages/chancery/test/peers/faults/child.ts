/** A program of ours in a process of its own, waited for by what it prints. */
import { spawn, type ChildProcess } from 'node:child_process'
import { once } from 'node:events'
import { createInterface } from 'node:readline'

export interface Child {
  readonly process: ChildProcess
  /** The JSON object it printed first. */
  readonly ready: Readonly<Record<string, unknown>>
  /** All it wrote to standard error so far. */
  complaints(): string
  /** Sends the signal, if it still runs, and waits for the end. */
  end(signal: NodeJS.Signals): Promise<void>
}

/** @throws Error when it ends, or says nothing for a minute */
export async function startChild(
  script: URL,
  args: readonly string[],
  env: Readonly<Record<string, string>>,
  cwd: string,
): Promise<Child> {
  const child = spawn(process.execPath, [script.pathname, ...args], { cwd, env, stdio: ['ignore', 'pipe', 'pipe'] })
  const parts: Buffer[] = []
  child.stderr.on('data', (part: Buffer) => void parts.push(part))
  const complaints = () => Buffer.concat(parts).toString()
  const ended = once(child, 'exit').then(() => undefined)
  const line = await Promise.race([firstObject(child), ended, once(AbortSignal.timeout(60_000), 'abort')])
  if (typeof line !== 'string') {
    child.kill('SIGKILL')
    throw new Error(`${script.pathname} did not start: ${complaints().slice(-2_000)}`)
  }
  const ready = JSON.parse(line) as Readonly<Record<string, unknown>>
  const end = async (signal: NodeJS.Signals) => {
    child.kill(signal)
    await ended
  }
  return { process: child, ready, complaints, end }
}

async function firstObject(child: ChildProcess): Promise<string | undefined> {
  if (child.stdout === null) return undefined
  for await (const line of createInterface({ input: child.stdout })) if (line.startsWith('{')) return line
  return undefined
}
