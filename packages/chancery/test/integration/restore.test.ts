/** Backup, drill and restore between both stores, by the command line, against services that run as processes. */
import { mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { createClient, type Client, type ClientWithSecret } from '@chancery/client'
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, test } from 'vitest'
import { chancery } from '../cli/terminal.ts'
import { startCluster, type Cluster } from '../store/postgres-cluster.ts'
import { serve, type ServiceProcess } from './service-process.ts'

const network = 'eip155:31337'
const someone = '0x000000000000000000000000000000000000dEaD' as const
type Database = 'sqlite' | 'postgres'

let cluster: Cluster
let folder: string
let apiKey: string
const services: ServiceProcess[] = []

beforeAll(async () => {
  cluster = await startCluster()
}, 60_000)

afterAll(() => cluster.stop(), 60_000)

beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'chancery-restore-'))
  mkdirSync(join(folder, 'safe'))
  writeFileSync(join(folder, 'safe', 'key'), Buffer.alloc(32, 5), { mode: 0o600 })
  const configuration = { networks: [{ id: network, rpc: [] }], keyFile: join(folder, 'safe', 'key') }
  writeFileSync(join(folder, 'chancery.yaml'), JSON.stringify(configuration), { mode: 0o600 })
})

afterEach(async () => {
  services.forEach(({ kill }) => kill('SIGKILL'))
  await Promise.all(services.splice(0).map(({ ended }) => ended))
  rmSync(folder, { recursive: true, force: true, maxRetries: 5 })
})

const run = (...args: readonly string[]) => chancery(args, { cwd: folder, env: { HOME: folder } })

async function data<T>(...args: readonly string[]): Promise<T> {
  const { status, out, notes } = await run(...args, '--json')
  expect([status, notes]).toEqual([0, ''])
  return JSON.parse(out) as T
}

const codeOf = (work: Promise<unknown>) =>
  work.then(
    () => 'done',
    (error: unknown) => (error instanceof Error && 'code' in error ? error.code : error),
  )

/** Where a service's things are: a data directory, and perhaps a database; its witness beside. */
interface Place {
  readonly at: readonly string[]
  readonly store: readonly string[]
  readonly witness: string
}

async function place(name: string, database: Database, witness = `${name}-witness`): Promise<Place> {
  const store = database === 'postgres' ? ['--database-url', await cluster.database(), '--database-tls', 'off'] : []
  return { at: ['--data-dir', name], store, witness: join(folder, witness) }
}

async function start({ at, store, witness }: Place): Promise<ServiceProcess> {
  const service = await serve(folder, ...at, ...store, '--witness-file', witness)
  services.push(service)
  return service
}

async function stop(service: ServiceProcess): Promise<void> {
  service.kill('SIGTERM')
  expect(await service.ended).toBe(0)
  services.splice(services.indexOf(service), 1)
}

const restore = ({ at, store }: Place, ...more: readonly string[]) =>
  data<{ database?: string; rows?: number }>('restore', 'backup', ...at, ...store, ...more)

const clientOf = ({ url }: ServiceProcess): Client => createClient({ url, apiKey })

const payment = (nonce: number, value: string) => ({
  network,
  transaction: {
    type: 2,
    nonce,
    to: someone,
    value,
    gas: 21_000,
    maxFeePerGas: '2000000000',
    maxPriorityFeePerGas: '1',
  },
})
const pay = (service: ServiceProcess, nonce: number, value: string) =>
  codeOf(clientOf(service).sign('treasury', payment(nonce, value)))

/** A service with a sealed key and one signature. */
async function used(from: Place): Promise<ServiceProcess> {
  const service = await start(from)
  await data('keys', 'create', '--alias', 'treasury', ...from.at)
  const rules = {
    operations: ['sign:transaction'],
    networks: [network],
    recipients: [someone],
    maximums: { [`${network}/slip44:60`]: '1000' },
    fees: { [network]: '1000000000000000000' },
  }
  writeFileSync(join(folder, 'rules.yaml'), JSON.stringify(rules))
  expect(await run('rules', 'put', 'treasury', 'rules.yaml', ...from.at)).toMatchObject({ status: 0 })
  const grant = `sign:transaction@treasury@${network}`
  apiKey = (await data<ClientWithSecret>('clients', 'create', 'app', '--grant', grant, ...from.at)).secret
  expect(await pay(service, 0, '1')).toBe('done')
  return service
}

async function accept({ at }: Place): Promise<void> {
  const { out } = await run('audit', 'accept-gap', '--reason', 'a rehearsal', ...at)
  expect(out).toBe('Accepted, on record')
}

/** From a file to a file is told in `cli.test.ts`. */
const ways = [
  ['postgres', 'postgres'],
  ['postgres', 'sqlite'],
  ['sqlite', 'postgres'],
] as const

describe.each(ways)('from %s to %s', (from, to) => {
  test('all of it comes back: keys open, guards hold, the register verifies, and it waits to be accepted', async () => {
    const [first, second] = [await place('first', from), await place('second', to)]
    const service = await used(first)
    await data('backup', 'backup', ...first.at)
    expect(await data('drill', 'backup', ...second.at)).toMatchObject({
      findings: [],
      keys: 1,
    })
    await stop(service)
    const made = await restore(second)
    expect(made.rows ?? 0).toBeGreaterThan(to === 'postgres' ? 20 : -1)
    expect(JSON.stringify(made)).not.toContain('only-for-tests')
    const restored = await start(second)
    expect(await pay(restored, 1, '1')).toBe('behind-witness')
    await stop(restored)
    const again = await start(second)
    expect(await pay(again, 1, '1')).toBe('behind-witness')
    await accept(second)
    expect(await pay(again, 0, '2')).toBe('conflicts-with-earlier')
    expect(await pay(again, 0, '1')).toBe('done')
    expect(await pay(again, 1, '1')).toBe('done')
    expect(await data('audit', 'verify', ...second.at)).toMatchObject({ findings: [] })
  }, 120_000)
})

describe('the witness of the service that was backed up', () => {
  test('agrees where one process wrote all of it: moved to PostgreSQL, it signs at once', async () => {
    const first = await place('first', 'sqlite')
    const service = await used(first)
    await data('backup', 'backup', ...first.at)
    await stop(service)
    // The same data directory, as one who moves would: what opens the store is there already.
    const moved = { ...(await place('first', 'postgres')), witness: first.witness }
    await restore(moved)
    const restored = await start(moved)
    expect(await pay(restored, 0, '2')).toBe('conflicts-with-earlier')
    expect(await pay(restored, 1, '1')).toBe('done')
    // One that joins later has nothing to accept.
    const joining = { ...moved, at: ['--data-dir', 'joining'], witness: join(folder, 'joining-witness') }
    mkdirSync(join(folder, 'joining'), { mode: 0o700 })
    writeFileSync(join(folder, 'joining', 'key-encryption-key.json'), kept('first'), { mode: 0o600 })
    expect(await pay(await start(joining), 2, '1')).toBe('done')
  }, 120_000)

  test('does not, where something was signed after the backup', async () => {
    const first = await place('first', 'sqlite')
    const service = await used(first)
    await data('backup', 'backup', ...first.at)
    expect(await pay(service, 1, '1')).toBe('done')
    await stop(service)
    const moved = { ...(await place('second', 'postgres')), witness: first.witness }
    await restore(moved)
    expect(await pay(await start(moved), 2, '1')).toBe('behind-witness')
  }, 120_000)

  test('is not enough where several may have written: one that joins waits too, until it is accepted once', async () => {
    const first = await place('first', 'postgres')
    const service = await used(first)
    await data('backup', 'backup', ...first.at)
    await stop(service)
    const second = { ...(await place('second', 'postgres')), witness: first.witness }
    await restore(second)
    const restored = await start(second)
    expect(await pay(restored, 1, '1')).toBe('behind-witness')
    await accept(second)
    expect(await pay(restored, 1, '1')).toBe('done')
    const joining = { ...second, at: ['--data-dir', 'joining'], witness: join(folder, 'joining-witness') }
    mkdirSync(join(folder, 'joining'), { mode: 0o700 })
    writeFileSync(join(folder, 'joining', 'key-encryption-key.json'), kept('second'), { mode: 0o600 })
    expect(await pay(await start(joining), 2, '1')).toBe('done')
  }, 120_000)
})

const kept = (dataDir: string) => readFileSync(join(folder, dataDir, 'key-encryption-key.json'))

describe('a restore into PostgreSQL', () => {
  test('is refused where there is a store, with what to do, and leaves the data directory as it was', async () => {
    const first = await place('first', 'postgres')
    await used(first)
    await data('backup', 'backup', ...first.at)
    const into = { ...first, at: ['--data-dir', 'second'] }
    const { status, notes } = await run('restore', 'backup', ...into.at, ...into.store)
    expect(status).toBe(1)
    expect(notes).toMatch(
      /restoring never overwrites \(at 127\.0\.0\.1:\d+\/test_\d+, got a store: table segment has rows/,
    )
    expect(notes).toContain('--database-url')
    expect(notes).not.toContain('only-for-tests')
    expect(readdirSync(join(folder, 'second'))).toEqual([])
  }, 60_000)

  test('is refused where the data directory opens another store', async () => {
    const first = await place('first', 'sqlite')
    await used(first)
    await data('backup', 'backup', ...first.at)
    const into = await place('second', 'postgres')
    mkdirSync(join(folder, 'second'))
    writeFileSync(join(folder, 'second', 'key-encryption-key.json'), '{"another":1}')
    const { status, notes } = await run('restore', 'backup', ...into.at, ...into.store)
    expect([status, notes]).toEqual([1, expect.stringContaining('key-encryption-key.json')])
    expect(readdirSync(join(folder, 'second'))).toEqual(['key-encryption-key.json'])
  }, 60_000)
})
