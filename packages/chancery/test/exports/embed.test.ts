/** A program that runs the service inside itself, through the public entry point alone. */
import { mkdtempSync, readdirSync, rmSync } from 'node:fs'
import { mkdir, readFile, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { basename, dirname, join } from 'node:path'
import { isHex, recoverMessageAddress } from 'viem'
import { afterAll, afterEach, beforeAll, expect, test } from 'vitest'
import {
  ConfigError,
  deadlineIn,
  loadConfig,
  noRules,
  operatorPrincipal,
  Refused,
  startService,
  systemClock,
  type Call,
  type Principal,
  type Service,
  type Surroundings,
} from '../../src/exports/index.ts'

const network = 'eip155:31337'
let folder: string
let service: Service | undefined
const shown: string[] = []

beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), 'chancery-embed-'))
})

afterEach(async () => {
  await service?.stop()
  service = undefined
})

afterAll(() => rmSync(folder, { recursive: true, force: true }))

const quiet = () => {}

const around: Surroundings = {
  version: '1.2.3',
  clock: systemClock,
  log: { info: quiet, error: quiet },
  show: (apiKey) => void shown.push(apiKey),
  ask: () => Promise.reject(new Error('nobody is asked')),
  onFatal: quiet,
}

const configuration = () =>
  loadConfig({ flags: { port: '0', networks: `[{"id":"${network}"}]` }, env: { HOME: folder }, cwd: folder })

const as = (principal: Principal): Call => ({ principal, deadline: deadlineIn(10_000, systemClock) })

const request = { operation: 'sign:message', network, value: { text: 'hello' } } as const

test('starts, makes a key, lets a client sign with it, and stops', async () => {
  service = await startService(configuration(), around)
  const { keyring, clients, signing, authenticator } = service.services
  const key = await keyring.create({ backend: 'sealed', family: 'evm', kind: 'decoded' }, as(operatorPrincipal))
  const rules = { ...noRules, operations: ['sign:message'], networks: [network] } as const
  await keyring.putRules(key.id, rules, 0, as(operatorPrincipal))
  const grants = [{ operations: ['sign:message'], keys: [key.id], networks: [network] }] as const
  const { secret } = await clients.create({ name: 'embedded', grants }, as(operatorPrincipal))
  const client = await authenticator.authenticate({ scheme: 'api-key', secret, address: '127.0.0.1' })
  const { signed } = await signing.sign({ ...request, key: key.id }, as(client))
  const { signature } = signed.result
  if (!isHex(signature)) throw new Error('there is no signature')
  expect(await recoverMessageAddress({ message: 'hello', signature })).toBe(key.address)
  await expect(signing.sign({ ...request, key: key.id }, as(operatorPrincipal))).rejects.toThrow(Refused)
  expect(shown).toHaveLength(1)
})

test('serves over HTTP what it left, when it is started again', async () => {
  service = await startService(configuration(), around)
  expect(await (await fetch(`${service.url}/upcheck`)).text()).toContain('OK')
  const { keys } = await service.services.keyring.list({ limit: 10 }, as(operatorPrincipal))
  expect(keys).toHaveLength(1)
  expect(shown).toHaveLength(1)
})

test('a second one on the same data directory is refused, and leaves the first at work', async () => {
  service = await startService(configuration(), around)
  await expect(startService(configuration(), around)).rejects.toMatchObject({ code: 'store-unavailable' })
  expect((await fetch(`${service.url}/readyz`)).status).toBe(200)
})

test('a second one on the same witness file is refused, and leaves the first at work', async () => {
  service = await startService(configuration(), around)
  const { witnessFile } = configuration()
  const flags = { port: '0', 'data-dir': 'second', 'witness-file': witnessFile }
  const second = loadConfig({ flags, env: { HOME: folder }, cwd: folder })
  await expect(startService(second, around)).rejects.toMatchObject({
    code: 'already-exists',
    message: 'Another service has the witness file',
    particulars: { where: witnessFile, hint: expect.stringContaining('of its own') },
  })
  expect((await fetch(`${service.url}/readyz`)).status).toBe(200)
  const beside = readdirSync(dirname(witnessFile)).filter((name) => name.startsWith(basename(witnessFile)))
  expect(beside.filter((name) => name.includes('.lock'))).toEqual([`${basename(witnessFile)}.lock`])
  await service.stop()
  service = undefined
  const next = await startService(configuration(), around)
  await next.stop()
})

test('one that cannot listen leaves its data directory to the next', async () => {
  service = await startService(configuration(), around)
  const port = new URL(service.url).port
  const other = (flags: object) =>
    loadConfig({ flags: { port, 'data-dir': 'other', ...flags }, env: { HOME: folder }, cwd: folder })
  await expect(startService(other({}), around)).rejects.toMatchObject({ particulars: { got: 'EADDRINUSE' } })
  const next = await startService(other({ port: '0' }), around)
  await next.stop()
})

test('what lies where the socket would go, and is no socket, is left alone', async () => {
  const dataDir = join(folder, 'occupied')
  await mkdir(dataDir)
  await writeFile(join(dataDir, 'chancery.sock'), 'mine')
  const config = loadConfig({ flags: { port: '0', 'data-dir': dataDir }, env: { HOME: folder }, cwd: folder })
  await expect(startService(config, around)).rejects.toMatchObject({ code: 'already-exists' })
  expect(await readFile(join(dataDir, 'chancery.sock'), 'utf8')).toBe('mine')
})

test('a data directory whose socket nobody could reach is refused before anything is made', async () => {
  const config = loadConfig({ flags: { 'data-dir': 'd'.repeat(100) }, env: { HOME: folder }, cwd: folder })
  await expect(startService(config, around)).rejects.toMatchObject({ particulars: { where: 'dataDir' } })
})

test('a configuration says everything that is wrong with it', () => {
  const wrong = () => loadConfig({ flags: { port: 'x', 'log-level': 'loud' }, env: { HOME: folder }, cwd: folder })
  expect(wrong).toThrow(ConfigError)
})
