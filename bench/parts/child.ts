/** A measured program in a process of its own, its Node started as the service's is, which says one line of JSON when it is ready. */
import { spawn } from 'node:child_process'
import { createInterface } from 'node:readline'
import { fileURLToPath } from 'node:url'
import { nodeFlags } from '../../packages/chancery/src/launch-plan.js'

export interface Child<T> {
  readonly ready: T
  stop(): Promise<void>
}

export async function child<T>(
  script: string,
  args: readonly string[],
  env: Readonly<Record<string, string>> = {},
): Promise<Child<T>> {
  const path = fileURLToPath(new URL(script, import.meta.url))
  const { PATH = '' } = process.env
  const started = spawn(process.execPath, [...nodeFlags, path, ...args], {
    env: { PATH, ...env },
    stdio: ['ignore', 'pipe', 'inherit'],
  })
  const { promise, resolve, reject } = Promise.withResolvers<T>()
  createInterface({ input: started.stdout }).on('line', (line) => {
    if (line.startsWith('{')) resolve(JSON.parse(line) as T)
  })
  const ended = new Promise<void>((done) => void started.once('exit', () => done()))
  started.once('close', (status) => reject(new Error(`${script} ended with ${status}`)))
  const stop = async () => {
    started.kill('SIGTERM')
    await ended
  }
  return { ready: await promise, stop }
}
