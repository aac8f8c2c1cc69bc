/** A new machine and a new PostgreSQL database, from a backup: wallets of every tier, each held against its key afterwards. */
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { CreateKeyCommand, KMSClient } from '@aws-sdk/client-kms'
import type { Wallet } from '@chancery/client'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { startEmulator, type RunningEmulator } from '../../../aws-emulator/src/index.ts'
import { chancery } from '../cli/terminal.ts'
import { useCredentials } from '../keys/aws/emulator.ts'
import { startCluster, type Cluster } from '../store/postgres-cluster.ts'
import { serve, type ServiceProcess } from './service-process.ts'

const bitcoinTest = 'bip122:000000000933ea01ad0ee984209779ba'
const sepolia = 'eip155:11155111'
const tiers = ['native', 'datakey', 'hd', 'sealed'] as const

let cluster: Cluster
let emulator: RunningEmulator
let folder: string
const services: ServiceProcess[] = []

beforeAll(async () => {
  cluster = await startCluster()
  emulator = await startEmulator({ seed: 'restored wallets' })
  // For commands that run in this process.
  useCredentials(emulator.credentials)
  folder = mkdtempSync(join(tmpdir(), 'chancery-wallet-restore-'))
  mkdirSync(join(folder, 'safe'))
  writeFileSync(join(folder, 'safe', 'key'), Buffer.alloc(32, 5), { mode: 0o600 })
  writeCredentials()
  const { region, url: endpoint } = emulator
  const kms = new KMSClient({ region, endpoint, credentials: emulator.credentials })
  const { KeyMetadata } = await kms.send(new CreateKeyCommand({}))
  kms.destroy()
  const configuration = {
    networks: [bitcoinTest, sepolia].map((id) => ({ id, rpc: [] })),
    keyFile: join(folder, 'safe', 'key'),
    backends: ['sealed', 'aws-kms', 'aws-data-key'],
    aws: { region, endpoint, dataKey: KeyMetadata?.Arn, dataKeyCopies: join(folder, 'safe', 'copies') },
  }
  writeFileSync(join(folder, 'chancery.yaml'), JSON.stringify(configuration), { mode: 0o600 })
}, 60_000)

afterAll(async () => {
  services.forEach(({ kill }) => kill('SIGKILL'))
  await Promise.all(services.map(({ ended }) => ended))
  rmSync(folder, { recursive: true, force: true, maxRetries: 5 })
  await emulator.close()
  await cluster.stop()
}, 60_000)

function writeCredentials(): void {
  const { accessKeyId, secretAccessKey } = emulator.credentials
  mkdirSync(join(folder, '.aws'))
  const profile = `[default]\naws_access_key_id = ${accessKeyId}\naws_secret_access_key = ${secretAccessKey}\n`
  writeFileSync(join(folder, '.aws', 'credentials'), profile, { mode: 0o600 })
}

const run = (...args: readonly string[]) => chancery(args, { cwd: folder, env: { HOME: folder } })

async function data<T>(...args: readonly string[]): Promise<T> {
  const { status, out, notes } = await run(...args, '--json')
  expect([args.join(' '), status, status === 0 ? '' : notes]).toEqual([args.join(' '), 0, ''])
  return JSON.parse(out) as T
}

interface Node {
  readonly at: readonly string[]
  readonly store: readonly string[]
}

/** A data directory and a database of its own. */
async function node(name: string): Promise<Node> {
  return { at: ['--data-dir', name], store: ['--database-url', await cluster.database(), '--database-tls', 'off'] }
}

async function start({ at, store }: Node): Promise<ServiceProcess> {
  const service = await serve(folder, ...at, ...store, '--witness-file', join(folder, `${at[1]}-witness`))
  services.push(service)
  return service
}

/** The same wallet, asked for again, is the one that is there. */
const wallet = (user: string, tier: string, asset: 'BTC' | 'ETH', { at }: Node) => {
  const network = asset === 'BTC' ? 'testnet' : 'sepolia'
  return data<Wallet>(
    'wallets',
    'create',
    '--user',
    user,
    '--asset',
    asset,
    '--network',
    network,
    '--tier',
    tier,
    ...at,
  )
}

async function walletsOf(of: Node): Promise<readonly Wallet[]> {
  const made: Wallet[] = []
  for (const tier of tiers) {
    for (const asset of ['BTC', 'ETH'] as const) made.push(await wallet(`user of ${tier}`, tier, asset, of))
  }
  return made
}

const shown = ({ id, userId, address, status, tier }: Wallet) => ({ id, userId, address, status, tier })

test('every wallet is there under its address, its key derives it and signs, and new ones are made', async () => {
  const first = await node('first')
  const service = await start(first)
  const before = await walletsOf(first)
  expect(new Set(before.map(({ address }) => address)).size).toBe(8)
  await data('backup', 'backup', ...first.at)
  service.kill('SIGTERM')
  expect(await service.ended).toBe(0)
  rmSync(join(folder, 'first'), { recursive: true })

  const second = await node('second')
  expect(await data('drill', 'backup', ...second.at)).toMatchObject({ findings: [], keys: 8 })
  await data('restore', 'backup', ...second.at, ...second.store)
  await start(second)
  const [one] = before
  const early = await run('wallets', 'verify', one?.id ?? '', ...second.at)
  expect([early.status, early.notes]).toEqual([1, expect.stringContaining('a history that no witness here has seen')])
  await run('audit', 'accept-gap', '--reason', 'a rehearsal', ...second.at)

  for (const kept of before) {
    expect(shown(await data<Wallet>('wallets', 'verify', kept.id, ...second.at))).toEqual(shown(kept))
  }
  expect((await walletsOf(second)).map(shown)).toEqual(before.map(shown))
  for (const tier of tiers) expect((await wallet(`another of ${tier}`, tier, 'BTC', second)).status).toBe('CREATED')
  expect(await data('audit', 'verify', ...second.at)).toMatchObject({ findings: [] })
}, 180_000)
