/** How long the built service takes to be ready with so many sealed keys, and what it keeps in memory then. */
import { spawn } from 'node:child_process'
import { randomBytes } from 'node:crypto'
import { existsSync, mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { fileURLToPath } from 'node:url'
import { nodeFlags } from '../../packages/chancery/src/launch-plan.js'
import { heldByAll } from './memory.ts'

export interface SealedStart {
  readonly seconds: number
  /** MiB of all its processes. */
  readonly resident: number
}

const program = fileURLToPath(new URL('../../packages/chancery/dist/launcher.js', import.meta.url))
const port = 19_571
const atRest = 5_000

/** The keys come in first, from files; then the service is started anew, without them. */
export async function startSealed(keys: number): Promise<SealedStart> {
  if (!existsSync(program)) throw new Error('build it first: npm run build')
  const home = mkdtempSync(join(tmpdir(), 'chancery-bench-'))
  try {
    writeKeys(join(home, 'keys'), keys)
    const first = await start(home, keys, ['--key-config-path', join(home, 'keys')])
    await first.stop()
    const { seconds, pid, stop } = await start(home, keys, [])
    await sleep(atRest)
    const resident = heldByAll(pid)
    await stop()
    return { seconds, resident }
  } finally {
    rmSync(home, { recursive: true, force: true })
  }
}

function writeKeys(folder: string, keys: number): void {
  mkdirSync(folder, { mode: 0o700 })
  for (let at = 0; at < keys; at += 500) {
    const documents = Array.from({ length: Math.min(500, keys - at) }, () => {
      const privateKey = `0x00${randomBytes(31).toString('hex')}`
      return `type: file-raw\nkeyType: BLS\nprivateKey: "${privateKey}"\n`
    })
    writeFileSync(join(folder, `${at}.yaml`), documents.join('---\n'), { mode: 0o600 })
  }
}

async function start(home: string, keys: number, more: readonly string[]) {
  const began = performance.now()
  const network = ['--networks', '[{"id":"beacon:mainnet"}]']
  const flags = ['serve', '--port', String(port), '--data-dir', join(home, 'data'), '--log-level', 'error', ...network]
  const env = { HOME: home, PATH: process.env['PATH'] ?? '' }
  const running = spawn(process.execPath, [...nodeFlags, program, ...flags, ...more], { env, stdio: 'ignore' })
  const ended = new Promise<void>((resolve) => void running.once('exit', () => resolve()))
  while ((await loaded()) < keys) await sleep(20)
  const stop = async () => {
    running.kill('SIGTERM')
    await ended
  }
  return { seconds: (performance.now() - began) / 1_000, pid: running.pid ?? 0, stop }
}

async function loaded(): Promise<number> {
  try {
    const answer = await fetch(`http://127.0.0.1:${port}/health`)
    const { keys_loaded: keys } = (await answer.json()) as { keys_loaded: number }
    return keys
  } catch {
    return -1
  }
}
