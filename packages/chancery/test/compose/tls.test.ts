/** The listener's files: what is refused, and what is read again. */
import { chmodSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, expect, test } from 'vitest'
import { systemClock, type Clock } from '../../src/base/clock.ts'
import { deadlineIn } from '../../src/base/deadline.ts'
import { certificateExaminations, openTls } from '../../src/compose/tls.ts'
import type { Config } from '../../src/config/config.ts'
import { listen } from '../../src/http/listen.ts'
import { createServer } from '../../src/http/server.ts'
import { load } from '../config/fixture.ts'
import { certificateMaker } from '../http/certificates.ts'
import { agreeing } from '../http/fakes.ts'

const folder = mkdtempSync(join(tmpdir(), 'chancery-listener-'))
const make = certificateMaker()
const [one, two] = [make.selfSigned('localhost', 40), make.selfSigned('localhost', 40)]
afterAll(() => {
  make.end()
  rmSync(folder, { recursive: true })
})

function put(name: string, text: string | Buffer, mode = 0o600): string {
  const path = join(folder, name)
  writeFileSync(path, text)
  chmodSync(path, mode)
  return path
}

const pem = (certificate: string, key: string, mode = 0o600) =>
  ({
    kind: 'pem',
    certFile: put('cert.pem', certificate, 0o644),
    keyFile: put('key.pem', key, mode),
    clients: 'asked',
  }) as const

test('a key that everybody may read is refused, and so is one that does not fit', async () => {
  await expect(openTls(pem(one.certificate, one.key, 0o644))).rejects.toMatchObject({
    code: 'not-configured',
    particulars: { where: join(folder, 'key.pem'), hint: expect.stringContaining('chmod 600') },
  })
  const missing = { ...pem(one.certificate, one.key), certFile: join(folder, 'absent.pem') }
  await expect(openTls(missing)).rejects.toMatchObject({ particulars: { got: 'ENOENT' } })
})

test('PKCS #12 opens with its password, which may end in a line end', async () => {
  const keystoreFile = put('server.p12', make.pkcs12(one, 'a password'), 0o644)
  const passwordFile = put('password.txt', 'a password\n')
  const { tls } = await openTls({ kind: 'pkcs12', keystoreFile, passwordFile, clients: 'asked' })
  expect(tls.authorities()).toEqual([])
})

test('files are read again; those that do not fit leave everything as it was', async () => {
  const opened = await openTls(pem(one.certificate, one.key))
  const options = { clock: systemClock, auth: { scheme: 'api-key' }, version: '0', observability: 'open' } as const
  const server = createServer(agreeing(), { ...options, tls: opened.tls })
  const port = Number(new URL(await listen(server, { host: '127.0.0.1', port: 0 })).port)
  const config: Config = { ...load(), port, tls: pem(one.certificate, one.key) }
  const finding = async (days: number) => {
    const clock: Clock = { ...systemClock, now: () => Date.now() + days * 86_400_000 }
    const [examination] = certificateExaminations(config, clock)
    const [found] = (await examination?.examine(deadlineIn(30_000, systemClock))) ?? []
    return found?.level
  }
  expect([await finding(0), await finding(20), await finding(50)]).toEqual(['ok', 'warning', 'problem'])
  pem(two.certificate, one.key)
  await expect(opened.reload()).rejects.toMatchObject({ code: 'not-configured' })
  pem(two.certificate, two.key)
  await opened.reload()
  expect(await finding(0)).toBe('ok')
  await server.drain(0)
})

test('without TLS there is no certificate to look at', () => {
  expect(certificateExaminations(load(), systemClock)).toEqual([])
})
