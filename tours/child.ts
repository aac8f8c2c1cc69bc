/** Programs the tour starts: each is waited for with a limit, and none outlives the tour. */
import { spawn, type ChildProcess, type SpawnOptions } from 'node:child_process'
import { once } from 'node:events'
import { fileURLToPath } from 'node:url'

export interface Start {
  readonly command: string
  readonly args: readonly string[]
  readonly cwd: string
  readonly env: Readonly<Record<string, string>>
  /** Nobody types, unless there is a pipe. */
  readonly stdin?: 'pipe' | 'ignore'
}

export interface Program {
  readonly pid: number | undefined
  /** All it has printed. */
  said(): string
  signal(signal: NodeJS.Signals): void
  /** The first line of output that `find` finds something in. @throws Error when the program ends or the time does */
  line<T>(find: (line: string) => T | undefined, seconds?: number): Promise<T>
  /** Sends the signal and waits for the end. @returns the exit status, or the signal that ended it */
  end(signal: NodeJS.Signals, seconds?: number): Promise<number | NodeJS.Signals>
}

export interface Ran {
  readonly status: number | NodeJS.Signals
  readonly out: string
  readonly err: string
}

/** Runs a program to its end. */
export async function run(start: Start, seconds = 40): Promise<Ran> {
  const child = started(start)
  const [out, err] = [collected(child.stdout), collected(child.stderr)]
  const status = await ended(child, 'SIGKILL', seconds, start)
  return { status, out: out(), err: err() }
}

/** Runs a program to its end while `answer` says what to type, given all that was printed so far. */
export async function converse(
  start: Start,
  answer: (shown: string) => string | undefined,
  seconds = 40,
): Promise<Ran> {
  const child = started({ ...start, stdin: 'pipe' })
  const [out, err] = [collected(child.stdout), collected(child.stderr)]
  child.stdout?.on('data', () => {
    const typed = answer(out())
    if (typed !== undefined) child.stdin?.write(typed)
  })
  const status = await ended(child, 'SIGKILL', seconds, start)
  return { status, out: out(), err: err() }
}

export function launch(start: Start): Program {
  const child = started(start)
  const [out, err] = [collected(child.stdout), collected(child.stderr)]
  const words = () => `${start.command} ended or is late: ${(err() || out()).trim().slice(-600)}`
  return {
    pid: child.pid,
    said: () => out() + err(),
    signal: (signal) => void child.kill(signal),
    line: (find, seconds = 30) => found(child, () => firstFound(out(), find), seconds, words),
    end: async (signal, seconds = 20) => {
      if (child.exitCode !== null || child.signalCode !== null) return statusOf(child)
      const end = ended(child, 'SIGKILL', seconds, start)
      child.kill(signal)
      return end
    },
  }
}

const alive = new Set<ChildProcess>()
/** A tour starts a hundred commands, which would each strip the types of the same modules. */
const NODE_COMPILE_CACHE = fileURLToPath(new URL('../node_modules/.cache/node', import.meta.url))

function started({ command, args, cwd, env, stdin = 'ignore' }: Start): ChildProcess {
  const options: SpawnOptions = { cwd, env: { NODE_COMPILE_CACHE, ...env }, stdio: [stdin, 'pipe', 'pipe'] }
  const child = spawn(command, [...args], options)
  alive.add(child)
  child.once('close', () => alive.delete(child))
  return child
}

/** Kills every program that still runs. Whoever waits for one of them is told that it ended. */
export function killAll(): void {
  for (const child of alive) child.kill('SIGKILL')
}

/** Resolves when none of them runs any more. */
export async function endAll(): Promise<void> {
  const ends = [...alive].map((child) => once(child, 'close'))
  killAll()
  await Promise.all(ends)
}

function collected(stream: ChildProcess['stdout']): () => string {
  const parts: Buffer[] = []
  stream?.on('data', (part: Buffer) => void parts.push(part))
  return () => Buffer.concat(parts).toString()
}

function firstFound<T>(text: string, find: (line: string) => T | undefined): T | undefined {
  for (const line of text.split('\n').slice(0, -1)) {
    const found = find(line)
    if (found !== undefined) return found
  }
  return undefined
}

function found<T>(child: ChildProcess, look: () => T | undefined, seconds: number, words: () => string): Promise<T> {
  const { promise, resolve, reject } = Promise.withResolvers<T>()
  const fail = () => reject(new Error(words()))
  const timer = setTimeout(fail, seconds * 1_000)
  const check = () => {
    const result = look()
    if (result !== undefined) resolve(result)
  }
  child.stdout?.on('data', check)
  child.once('error', reject)
  child.once('close', fail)
  check()
  return promise.finally(() => clearTimeout(timer))
}

/** `last` is sent when the time is over. */
async function ended(child: ChildProcess, last: NodeJS.Signals, seconds: number, { command, args }: Start) {
  let late = false
  const timer = setTimeout(() => {
    late = true
    child.kill(last)
  }, seconds * 1_000)
  try {
    await once(child, 'close')
  } finally {
    clearTimeout(timer)
  }
  if (late) throw new Error(`${[command, ...args].join(' ')} did not end within ${seconds} s`)
  return statusOf(child)
}

function statusOf({ exitCode, signalCode }: ChildProcess): number | NodeJS.Signals {
  return exitCode ?? signalCode ?? 1
}
