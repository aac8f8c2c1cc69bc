/** No inspector in the service's own process: it holds the key-encryption key. */
import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { existsSync, mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { afterEach, beforeEach, expect, test } from 'vitest'
import { environmentOf } from '../environment.ts'

const bin = fileURLToPath(new URL('../../src/bin.ts', import.meta.url))

let folder: string

beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'chancery-inspector-'))
})

afterEach(() => rmSync(folder, { recursive: true, force: true, maxRetries: 5 }))

function serve(...nodeFlags: readonly string[]) {
  const env = environmentOf(folder)
  const args = [...nodeFlags, bin, 'serve', '--json', '--port', '0', '--log-level', 'error']
  const child = spawn(process.execPath, args, { cwd: folder, env, stdio: ['ignore', 'pipe', 'pipe'] })
  const said: string[] = []
  child.stderr.on('data', (part: Buffer) => void said.push(part.toString()))
  return { child, said: () => said.join('') }
}

test('one that is open keeps the service from starting', async () => {
  const { child, said } = serve('--inspect=127.0.0.1:0')
  await once(child, 'close')
  expect(child.exitCode).toBe(1)
  expect(said()).toContain('node --inspect: wanted no inspector')
  expect(existsSync(join(folder, 'chancery-data'))).toBe(false)
}, 60_000)

test('none is opened by the signal that opens one', async () => {
  const { child, said } = serve()
  const [line] = (await once(child.stdout, 'data')) as [Buffer]
  const { url } = JSON.parse(line.toString()) as { url: string }
  child.kill('SIGUSR1')
  // Signals are taken in turn with requests: once this is answered, the signal was too.
  for (let asked = 0; asked < 3; asked++) expect((await fetch(`${url}/upcheck`)).status).toBe(200)
  child.kill('SIGTERM')
  await once(child, 'close')
  expect(said()).toBe('')
  expect(child.exitCode).toBe(0)
}, 60_000)
