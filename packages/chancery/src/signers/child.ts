/** One signer process, seen from the service: started without a core file, an inspector or an environment (safety rule 12). */
import { type ChildProcess, spawn } from 'node:child_process'
import { existsSync, writeFileSync } from 'node:fs'
import { setPriority } from 'node:os'
import { dirname, join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { concat } from '../base/bytes.ts'
import { createFrameReader, encodeFrame, type Frame } from './frame.ts'

export interface SignerChild {
  readonly pid: number | undefined
  /** The frame's bytes are zeroed once they are written, because some hold a secret. */
  send(frame: Frame): void
  /** Ends it by ending its input; kills it when it is still there after two seconds. */
  stop(): Promise<void>
  kill(): void
}

export interface ChildEvents {
  frame(frame: Frame): void
  /** Called once, however it ended. */
  exit(how: string): void
}

/** What a program may do beyond reading its own code. */
export interface Rights {
  /** Load native code. */
  readonly addons?: true
  /** Folders it may read, with what is below. */
  readonly read?: readonly string[]
  /** As of `nice`, 1 to 19. */
  readonly niceness?: number
}

const stopPatience = 2_000

// Node can only read limits, not set them; the shell's `ulimit` can, and then becomes the process.
const script = 'ulimit -c 0; exec "$0" "$@"'

/**
 * Of 5,000 BLS keys a process had 44 MB of its own, and 85 to 117 after 60,000 signatures; so it has 34, and 50 after 180,000.
 * A signature takes as long (measured, of every algorithm).
 */
const frugal = '--optimize-for-size'

/** `--permission` takes writing, starting programs, threads and add-ons, and all reading but that of the code itself. */
function flagsFor(entry: string, { addons, read = [] }: Rights): readonly string[] {
  const folders = [...codeOf(entry), ...read].map((folder) => `--allow-fs-read=${folder}/`)
  return ['--disable-sigusr1', frugal, '--permission', ...folders, ...(addons ? ['--allow-addons'] : [])]
}

/** Where Node looks for what the program imports: its package, and the `node_modules` there and in the folders above. */
function codeOf(entry: string): readonly string[] {
  const folders = [...above(entry)]
  const home = folders.find((folder) => existsSync(join(folder, 'package.json'))) ?? dirname(entry)
  const modules = folders.map((folder) => join(folder, 'node_modules')).filter((folder) => existsSync(folder))
  return [home, ...modules]
}

function* above(path: string): Generator<string> {
  for (let folder = dirname(path); folder !== dirname(folder); folder = dirname(folder)) yield folder
}

/** `entry` is the program's file. */
export function spawnSigner(entry: URL, events: ChildEvents, rights: Rights = {}): SignerChild {
  const program = fileURLToPath(entry)
  const child = spawn('/bin/sh', ['-c', script, process.execPath, ...flagsFor(program, rights), program], {
    cwd: '/',
    env: {},
    stdio: ['pipe', 'pipe', 'ignore'],
    // A process group of its own: Ctrl-C at a terminal must not end it before the service has drained.
    detached: true,
  })
  listen(child, events)
  const sender = createSender(child)
  if (child.pid !== undefined && rights.niceness !== undefined) yieldTo(child.pid, rights.niceness)
  return {
    pid: child.pid,
    send: sender.send,
    stop: () => {
      sender.flush()
      return stop(child)
    },
    kill: () => void child.kill('SIGKILL'),
  }
}

/**
 * Before the program has started a thread, so all of it is meant. A process group of its own is one that Linux may give turns
 * as a whole (sched_autogroup, see sched(7)): there the niceness of the group counts, not that of what is in it.
 */
function yieldTo(pid: number, niceness: number): void {
  try {
    setPriority(pid, niceness)
    const group = `/proc/${pid}/autogroup`
    if (existsSync(group)) writeFileSync(group, String(niceness))
  } catch {
    // It has ended already, and says so itself; or the machine does not let us, and it takes turns like any other.
  }
}

function listen(child: ChildProcess, events: ChildEvents): void {
  const reader = createFrameReader()
  let over = false
  const exit = (how: string): void => {
    if (!over) events.exit(how)
    over = true
  }
  child.stdout?.on('data', (chunk: Buffer) => {
    try {
      for (const frame of reader.push(chunk)) events.frame(frame)
    } catch {
      child.kill('SIGKILL')
    }
  })
  // Writing to a process that just died; its exit says so too.
  child.stdin?.on('error', () => {})
  child.on('error', (error) => exit(`it could not be started (${error.message})`))
  child.on('close', (code, signal) =>
    exit(signal === null ? `it ended with exit code ${code}` : `it was ended by ${signal}`),
  )
}

/** What is sent in one turn goes out in one write. */
function createSender({ stdin }: ChildProcess) {
  let frames: Uint8Array[] = []
  const flush = (): void => {
    if (frames.length === 0) return
    const bytes = concat(...frames)
    for (const frame of frames) frame.fill(0)
    frames = []
    stdin?.write(bytes, () => bytes.fill(0))
  }
  const send = (frame: Frame): void => {
    if (frames.push(encodeFrame(frame)) === 1) process.nextTick(flush)
  }
  return { send, flush }
}

async function stop(child: ChildProcess): Promise<void> {
  if (child.exitCode !== null || child.signalCode !== null || child.pid === undefined) return
  const closed = new Promise<void>((resolve) => void child.once('close', () => resolve()))
  child.stdin?.end()
  const timer = setTimeout(() => child.kill('SIGKILL'), stopPatience)
  await closed
  clearTimeout(timer)
}
