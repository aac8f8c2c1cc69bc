import { link, mkdtemp, stat, writeFile } from 'node:fs/promises'
import { request } from 'node:http'
import { createServer as createNetServer } from 'node:net'
import { tmpdir } from 'node:os'
import path from 'node:path'
import { expect, onTestFinished, test } from 'vitest'
import { systemClock } from '../../src/base/clock.ts'
import { listen } from '../../src/http/listen.ts'
import type { HttpOptions } from '../../src/http/options.ts'
import { createServer } from '../../src/http/server.ts'
import { agreeing, principal } from './fakes.ts'

const options: HttpOptions = {
  clock: systemClock,
  auth: { scheme: 'api-key' },
  version: '0.0.0',
  observability: 'open',
}
const operator: HttpOptions = { ...options, auth: { scheme: 'socket', principal: { ...principal, scheme: 'socket' } } }

function started(serverOptions: HttpOptions) {
  const server = createServer(agreeing(), serverOptions)
  onTestFinished(() => server.drain(0))
  return server
}

async function socketPath(): Promise<string> {
  return path.join(await mkdtemp(path.join(tmpdir(), 'chancery-')), 'operator.sock')
}

function statusOver(socket: string, target: string): Promise<number | undefined> {
  return new Promise((resolve, reject) => {
    request({ socketPath: socket, path: target, headers: { host: 'localhost' } }, (reply) =>
      resolve(reply.resume().statusCode),
    )
      .once('error', reject)
      .end()
  })
}

test('a port says its URL', async () => {
  const url = await listen(started(options), { host: '127.0.0.1', port: 0 })
  expect(url).toMatch(/^http:\/\/127\.0\.0\.1:\d+$/)
  expect(await (await fetch(`${url}/upcheck`, { headers: { accept: 'text/plain' } })).text()).toBe('OK')
})

test('idle connections are kept over 30 seconds, or clients of every slot would meet them closing', async () => {
  const url = await listen(started(options), { host: '127.0.0.1', port: 0 })
  const reply = await fetch(`${url}/upcheck`)
  const [, seconds = '0'] = /timeout=(\d+)/.exec(reply.headers.get('keep-alive') ?? '') ?? []
  expect(Number(seconds)).toBeGreaterThan(30)
})

test("the operator's socket is his alone, and needs no API key", async () => {
  const socket = await socketPath()
  await listen(started(operator), { socket })
  expect((await stat(socket)).mode & 0o777).toBe(0o600)
  expect(await statusOver(socket, '/v1/keys')).toBe(200)
})

test('a socket left behind by a killed process is replaced', async () => {
  const socket = await socketPath()
  const dead = createNetServer().listen(socket)
  await new Promise((resolve) => dead.once('listening', resolve))
  await link(socket, `${socket}.kept`)
  await new Promise((resolve) => dead.close(resolve))
  await link(`${socket}.kept`, socket)
  await listen(started(operator), { socket })
  expect(await statusOver(socket, '/upcheck')).toBe(200)
})

test('a socket somebody answers on, and a file, are left alone', async () => {
  const socket = await socketPath()
  await listen(started(operator), { socket })
  await expect(listen(started(operator), { socket })).rejects.toThrow(/Another service answers/)
  await writeFile(`${socket}.txt`, 'mine')
  await expect(listen(started(operator), { socket: `${socket}.txt` })).rejects.toThrow(/not a socket/)
})
