import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { request } from 'node:http'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { expect, onTestFinished, test } from 'vitest'
import { systemClock } from '../../src/base/clock.ts'
import { openListeners } from '../../src/compose/listeners.ts'
import { loadConfig } from '../../src/config/load.ts'
import type { Authenticator, Credential } from '../../src/core/services.ts'
import { agreeing } from '../http/fakes.ts'

function askOver(socketPath: string, path: string): Promise<number | undefined> {
  const { promise, resolve, reject } = Promise.withResolvers<number | undefined>()
  const asked = request({ socketPath, path, headers: { host: 'localhost' } }, (reply) =>
    resolve(reply.resume().statusCode),
  )
  asked.once('error', reject).end()
  return promise
}

test('a service that leaves and still signs can still be spoken to by its operator', async () => {
  const folder = mkdtempSync(join(tmpdir(), 'chancery-listeners-'))
  onTestFinished(() => rmSync(folder, { recursive: true, force: true }))
  const flags = { port: '0', 'data-dir': folder }
  const config = loadConfig({ flags, env: { HOME: '/nowhere' }, cwd: folder })
  const log = { info: () => {}, error: () => {} }
  const { url, socket, drain } = await openListeners(agreeing(), config, '0.0.0', systemClock, log)
  const drained = drain(10_000, 2_000)
  expect((await fetch(`${url}/readyz`)).status).toBe(503)
  expect((await fetch(`${url}/upcheck`)).status).toBe(200)
  expect(await askOver(socket, '/v1/keys')).toBe(200)
  await drained
  await expect(fetch(`${url}/upcheck`)).rejects.toThrow('fetch failed')
})

test.each([
  ['on loopback, a validator client without a credential is the built-in principal', '', true],
  ['not when that is off', 'validators:\n  loopback: off\n', false],
  ['not behind proxies: what they pass on comes from elsewhere', 'trustedProxies: [10.0.0.1]\n', false],
  ['not on a listener that others reach', 'host: 0.0.0.0\nhosts: [127.0.0.1]\n', false],
])('%s', async (_, yaml, trusted) => {
  const folder = mkdtempSync(join(tmpdir(), 'chancery-listeners-'))
  onTestFinished(() => rmSync(folder, { recursive: true, force: true }))
  writeFileSync(join(folder, 'chancery.yaml'), yaml)
  const config = loadConfig({ flags: { port: '0', 'data-dir': folder }, env: { HOME: '/nowhere' }, cwd: folder })
  const seen: Credential[] = []
  const services = agreeing()
  const authenticate: Authenticator['authenticate'] = (credential) => {
    seen.push(credential)
    return services.authenticator.authenticate(credential)
  }
  const log = { info: () => {}, error: () => {} }
  const all = { ...services, authenticator: { authenticate } }
  const { url, drain } = await openListeners(all, config, '0.0.0', systemClock, log)
  await fetch(`${url.replace('0.0.0.0', '127.0.0.1')}/api/v1/eth2/publicKeys`)
  await drain(1_000, 0)
  expect(seen).toMatchObject([{ scheme: 'source', address: '127.0.0.1' }])
  expect(seen.some((credential) => 'otherwise' in credential)).toBe(trusted)
})
