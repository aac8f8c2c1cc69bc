/** A stop that comes before the service listens ends the start, and what the start had opened. */
import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { existsSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { createServer, type AddressInfo } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { afterEach, beforeEach, expect, test } from 'vitest'
import { systemClock } from '../../src/base/clock.ts'
import { startService, type Surroundings } from '../../src/compose.ts'
import { loadConfig } from '../../src/config/load.ts'
import { environmentOf } from '../environment.ts'

const launcher = fileURLToPath(new URL('../../src/launcher.js', import.meta.url))

let folder: string

beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'chancery-stopped-'))
})

afterEach(() => rmSync(folder, { recursive: true, force: true, maxRetries: 5 }))

test.each(['SIGTERM', 'SIGINT'] as const)(
  '%s ends a start that waits for a silent database',
  async (signal) => {
    await using silent = await openSilent()
    const keyFile = join(folder, 'key')
    writeFileSync(keyFile, new Uint8Array(32).fill(7), { mode: 0o600 })
    const env = environmentOf(folder)
    const database = `postgres://chancery@127.0.0.1:${silent.port}/chancery`
    const flags = ['--port', '0', '--log-level', 'warn', '--key-file', keyFile, '--database-url', database]
    const child = spawn(process.execPath, [launcher, 'serve', ...flags], { cwd: folder, env, stdio: 'pipe' })
    const said: string[] = []
    child.stderr.on('data', (part: Buffer) => void said.push(part.toString()))
    await silent.reached
    child.kill(signal)
    await once(child, 'close')
    expect({ status: child.exitCode, signal: child.signalCode, said: said.join('') }).toEqual({
      status: 0,
      signal: null,
      said: '',
    })
  },
  60_000,
)

test('a start that is given up lets go of the data directory', async () => {
  const giveUp = new AbortController()
  const given = start({ show: () => giveUp.abort(), signal: giveUp.signal })
  await expect(given).rejects.toMatchObject({ code: 'shutting-down' })
  const again = await start({})
  await again.stop()
}, 60_000)

test('a first start that fails over the name of a network leaves the choice of a key-encryption key open', async () => {
  writeFileSync(join(folder, 'chancery.yaml'), 'networks: [{ id: "beacon:hodi" }]\n')
  await expect(start({})).rejects.toThrow(/beacon:hodi is not known here/)
  expect(existsSync(join(folder, 'chancery-data', 'key-encryption-key.json'))).toBe(false)
})

function start(around: Partial<Surroundings>) {
  const env = { HOME: folder, CHANCERY_PORT: '0', CHANCERY_DRAIN_SECONDS: '0' }
  return startService(loadConfig({ flags: {}, cwd: folder, env }), {
    version: '0.0.0-test',
    clock: systemClock,
    log: { info: () => {}, error: () => {} },
    show: () => {},
    ask: () => Promise.reject(new Error('nobody is asked')),
    onFatal: (error) => expect.unreachable(error.message),
    ...around,
  })
}

/** Takes connections and says nothing. */
async function openSilent() {
  const reached = Promise.withResolvers<void>()
  const server = createServer(() => reached.resolve())
  server.listen(0, '127.0.0.1')
  await once(server, 'listening')
  const { port } = server.address() as AddressInfo
  return { port, reached: reached.promise, [Symbol.asyncDispose]: async () => void server.close() }
}
