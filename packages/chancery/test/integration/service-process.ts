/** The service as users start it: a process of its own, through the launcher, in a home of its own. */
import { spawn, type ChildProcess } from 'node:child_process'
import { once } from 'node:events'
import { fileURLToPath } from 'node:url'
import { environmentOf } from '../environment.ts'

const launcher = fileURLToPath(new URL('../../src/launcher.js', import.meta.url))
/** For commands that must end by themselves. */
const patience = 60_000

export interface ServiceProcess {
  readonly url: string
  readonly pid: number
  /** Its line of JSON, once it listens. */
  readonly announced: Readonly<Record<string, unknown>>
  kill(signal: NodeJS.Signals): void
  /** Resolves with its exit status, or the signal that ended it. */
  readonly ended: Promise<number | NodeJS.Signals | null>
}

export interface EndedProcess {
  readonly status: number | NodeJS.Signals | null
  readonly out: string
  readonly err: string
}

function start(folder: string, args: readonly string[]): ChildProcess {
  const env = environmentOf(folder)
  return spawn(process.execPath, [launcher, ...args], { cwd: folder, env, stdio: ['ignore', 'pipe', 'pipe'] })
}

/** `chancery serve --json --port 0 …`, once it listens. @throws Error with what it said, when it ends before */
export async function serve(folder: string, ...flags: readonly string[]): Promise<ServiceProcess> {
  const child = start(folder, ['serve', '--json', '--port', '0', '--log-level', 'warn', ...flags])
  const ended = once(child, 'close').then(() => child.exitCode ?? child.signalCode)
  const [out, err] = [collected(child.stdout), collected(child.stderr)]
  const announced = await new Promise<Record<string, unknown>>((resolve, reject) => {
    child.stdout?.on('data', () => {
      if (out().includes('\n')) resolve(JSON.parse(out()) as Record<string, unknown>)
    })
    void ended.then((status) => reject(new Error(`The service ended with ${status}: ${err() || out()}`)))
  })
  const { pid = 0 } = child
  return { url: String(announced['url']), pid, announced, kill: (signal) => void child.kill(signal), ended }
}

/** Any command, to its end, as a process. */
export async function runToEnd(folder: string, ...args: readonly string[]): Promise<EndedProcess> {
  const child = start(folder, args)
  const [out, err] = [collected(child.stdout), collected(child.stderr)]
  const status = await endOf(child)
  return { status, out: out(), err: err() }
}

async function endOf(child: ChildProcess): Promise<number | NodeJS.Signals | null> {
  const late = setTimeout(() => child.kill('SIGKILL'), patience)
  await once(child, 'close')
  clearTimeout(late)
  return child.exitCode ?? child.signalCode
}

function collected(stream: ChildProcess['stdout']): () => string {
  const parts: Buffer[] = []
  stream?.on('data', (part: Buffer) => void parts.push(part))
  return () => Buffer.concat(parts).toString()
}
