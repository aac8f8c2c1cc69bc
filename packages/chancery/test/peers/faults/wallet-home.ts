/** The service with wallets as processes of its own, on SQLite or PostgreSQL, and its emulator; both outlived by their home. */
import { mkdir, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import {
  CreateAliasCommand,
  CreateKeyCommand,
  KMSClient,
  paginateListKeys,
  paginateListResourceTags,
} from '@aws-sdk/client-kms'
import { expect } from 'vitest'
import { createClient, type Client, type Grant, type Key, type Wallet } from '../../../../client/src/index.ts'
import { query } from '../../store/postgres-cluster.ts'
import type { Child } from './child.ts'
import { administrator, serve, startBackend, type Home, type Served } from './served.ts'

const dataKeyAlias = 'alias/wallets'

export interface WalletHome {
  /** Shared by all its processes: the emulator's log, and credentials. */
  readonly home: Home
  readonly emulator: Child
  readonly settings: object
}

/** @param database a URL; absent: SQLite */
export async function openWalletHome(
  folder: string,
  networks: readonly object[],
  database?: string,
): Promise<WalletHome> {
  await mkdir(folder, { recursive: true })
  const { emulator, home } = await startBackend(folder)
  await mkdir(join(folder, 'safe'), { mode: 0o700 })
  await writeFile(join(folder, 'safe', 'key'), Buffer.alloc(32, 7), { mode: 0o600 })
  const { region, url } = emulator.ready
  await makeDataKey(home, emulator)
  const settings = {
    port: 0,
    logLevel: 'error',
    keyFile: join(folder, 'safe', 'key'),
    networks,
    backends: ['sealed', 'aws-kms', 'aws-data-key'],
    aws: {
      region: String(region),
      endpoint: String(url),
      quota: 100_000,
      keyQuota: 10_000,
      dataKeyQuota: 100_000,
      dataKey: dataKeyAlias,
      dataKeyCopies: join(folder, 'copies'),
    },
    limits: { clientRate: 100_000, clientInFlight: 1_024, inFlight: 2_048 },
    drainSeconds: 0,
    ...(database !== undefined && { database: { url: database, tls: 'off' } }),
  }
  return { home, emulator, settings }
}

/** One of its processes: a data directory, a witness and a configuration of its own. */
export async function replicaOf({ home, settings }: WalletHome, name: string): Promise<Home> {
  const folder = join(home.folder, name)
  await mkdir(folder, { mode: 0o700 })
  const witness = join(folder, 'witness')
  const places = { dataDir: join(folder, 'data'), witnessFile: witness }
  // JSON is YAML.
  await writeFile(join(folder, 'chancery.yaml'), JSON.stringify({ ...settings, ...places }), { mode: 0o600 })
  return { ...home, folder, witness, store: join(folder, 'data', 'store.sqlite'), env: { ...home.env, HOME: folder } }
}

/** What clients of wallets need, made once by the first process of a new installation. */
export async function enter(home: Home, { url }: Served): Promise<{ readonly admin: string; readonly user: string }> {
  const first = await administrator(home, url)
  const all = { keys: '*', networks: '*' } as const
  const made = async (name: string, operations: Grant['operations']) =>
    (await first.clients.create({ name, grants: [{ ...all, operations }] })).secret
  return {
    admin: await made('operator', ['admin', 'keys:read', 'wallets:read', 'register:read']),
    user: await made('exchange', ['wallets:create', 'wallets:read', 'withdraw']),
  }
}

/** Kills it, and starts it again in the same place: on PostgreSQL as if the 30 s of its leases had passed, which tests have not. */
export async function revive(home: Home, served: Served, database?: string): Promise<Served> {
  await served.child.end('SIGKILL')
  if (database !== undefined) await query(database, 'UPDATE lease SET expires_at = 0')
  return serve(home)
}

/** Page after page, as an administrator sees them. */
export async function everyWallet(url: string, apiKey: string): Promise<readonly Wallet[]> {
  const client = createClient({ url, apiKey })
  const found: Wallet[] = []
  for (let after: string | undefined; ;) {
    const { wallets, next } = await client.wallets.list({ limit: 200, ...(after !== undefined && { after }) })
    found.push(...wallets)
    if (next === undefined) return found
    after = next
  }
}

function kmsOf({ env }: Home, { ready }: Child): KMSClient {
  const credentials = {
    accessKeyId: env['AWS_ACCESS_KEY_ID'] ?? '',
    secretAccessKey: env['AWS_SECRET_ACCESS_KEY'] ?? '',
  }
  return new KMSClient({ endpoint: String(ready['url']), region: String(ready['region']), credentials })
}

/** What data key pairs of the tier datakey are wrapped by. */
async function makeDataKey(home: Home, emulator: Child): Promise<void> {
  const kms = kmsOf(home, emulator)
  const { KeyMetadata } = await kms.send(new CreateKeyCommand({}))
  await kms.send(new CreateAliasCommand({ AliasName: dataKeyAlias, TargetKeyId: KeyMetadata?.KeyId }))
  kms.destroy()
}

/** By the wallet each key's tag names: the ids of KMS keys. */
async function kmsKeys({ emulator, home }: WalletHome): Promise<ReadonlyMap<string, readonly string[]>> {
  const client = kmsOf(home, emulator)
  const found = new Map<string, string[]>()
  for await (const { Keys = [] } of paginateListKeys({ client }, {})) {
    for (const { KeyId = '' } of Keys) {
      const wallet = (await tagsOf(client, KeyId)).get('chancery:wallet') ?? 'none'
      found.set(wallet, [...(found.get(wallet) ?? []), KeyId])
    }
  }
  client.destroy()
  return found
}

async function tagsOf(client: KMSClient, KeyId: string): Promise<ReadonlyMap<string, string>> {
  const tags = new Map<string, string>()
  for await (const { Tags = [] } of paginateListResourceTags({ client }, { KeyId })) {
    for (const { TagKey = '', TagValue = '' } of Tags) tags.set(TagKey, TagValue)
  }
  return tags
}

/** Streams, tree, claims, state and witness. */
export async function registerIsClean(by: Client): Promise<void> {
  expect((await by.register.verify()).findings).toEqual([])
}

/** Runs `work` over all, so many at a time. */
export async function each<T>(all: readonly T[], together: number, work: (one: T) => Promise<unknown>): Promise<void> {
  const left = [...all]
  const worker = async () => {
    for (let one = left.shift(); one !== undefined; one = left.shift()) await work(one)
  }
  await Promise.all(Array.from({ length: together }, worker))
}

export async function everyKey(url: string, apiKey: string): Promise<readonly Key[]> {
  const client = createClient({ url, apiKey })
  const found: Key[] = []
  for (let after: string | undefined; ;) {
    const { keys, next } = await client.keys.list({ limit: 200, ...(after !== undefined && { after }) })
    found.push(...keys)
    if (next === undefined) return found
    after = next
  }
}

/** A KMS key for each wallet that has one of its own, a record for each with a sealed one, a tree for each family. */
export async function keysFit(where: WalletHome, records: readonly Key[], wallets: readonly Wallet[]): Promise<void> {
  const native = wallets.filter(({ tier }) => tier === 'native').map(({ id }) => id)
  const { none = [], ...made } = Object.fromEntries(await kmsKeys(where))
  // What wraps data key pairs is of no wallet.
  expect(none).toHaveLength(1)
  expect(Object.keys(made).toSorted()).toEqual(native.toSorted())
  expect(Object.values(made).filter((ids) => ids.length > 1)).toEqual([])
  const own = wallets.filter(({ tier }) => tier !== 'hd').map(({ publicKey }) => String(publicKey))
  const trees = records.filter(({ alias = '' }) => alias.startsWith('wallets-'))
  expect(new Set(trees.map(({ family }) => family)).size).toBe(trees.length)
  const others = records.filter((record) => !trees.includes(record)).map(({ publicKey }) => String(publicKey))
  expect(others.toSorted()).toEqual(own.toSorted())
}
