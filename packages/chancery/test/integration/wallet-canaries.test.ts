/**
 * Secrets of wallets, of every tier whose keys open in a process of ours, are looked for in all that comes out of a service
 * on PostgreSQL: replies, log, metrics, files, backup and all rows of all tables (P-03).
 */
import { randomBytes } from 'node:crypto'
import { join } from 'node:path'
import { secp256k1 } from '@noble/curves/secp256k1.js'
import { generateMnemonic } from '@scure/bip39'
import { wordlist } from '@scure/bip39/wordlists/english.js'
import { afterAll, beforeAll, describe, expect, test, vi } from 'vitest'
import type { Client, Wallet } from '../../../client/src/index.ts'
import { fromHex, toHex } from '../../src/base/bytes.ts'
import { createCoinLedger } from '../relay/coin-ledger.ts'
import { startCoinServer, type CoinServer } from '../relay/coin-server.ts'
import { query, startCluster, type Cluster } from '../store/postgres-cluster.ts'
import { encodings, filesIn, findingsOf, secretPart, type Canaries } from './canary-search.ts'
import { dataKeySecret, sealedSecret, secretsOfPassphrase, secretsOfWords } from './wallet-secrets.ts'
import { openWalletService, type WalletService } from './wallet-service.ts'

const network = 'bip122:000000000933ea01ad0ee984209779ba'
const asset = `${network}/slip44:1`
const payee = 'tb1qrp33g0q5c5txsp9arysrx4k6zdkfs4nce4xj0gdcccefvpysxf3q0sl5k7'
const passphrase = `correct-${randomBytes(9).toString('hex')}-staple`
const words = generateMnemonic(wordlist, 256)
const ledger = createCoinLedger(network)

const tiers = ['hd', 'sealed', 'datakey'] as const

let cluster: Cluster
let database: string
let node: CoinServer
let house: WalletService
const wallets = new Map<string, Wallet>()
const canaries = new Map<string, Uint8Array>([['passphrase', Buffer.from(passphrase)]])
/** What anybody may see: the search finds it, where it looks at all. */
const open = new Map<string, Uint8Array>()

beforeAll(async () => {
  cluster = await startCluster()
  database = await cluster.database()
  node = await startCoinServer(ledger.node, network.slice('bip122:'.length).padEnd(64, '0'))
  const configuration = {
    networks: [{ id: network, esplora: [node.url.href], confirmations: 1 }],
    database: { url: database, tls: 'off' },
  }
  house = await openWalletService({ configuration, passphrase })
  await useSeed()
  await useWallets()
  await learnSecrets()
}, 120_000)

afterAll(async () => {
  await house.end()
  await node.close()
  await cluster.stop()
})

const importing = { backend: 'sealed', family: 'bitcoin', kind: 'decoded', tree: 'bip32', alias: 'wallets-bitcoin' }

/** Taken over once, and then refused in every way: refusals quote what they got. */
async function useSeed(): Promise<void> {
  const { service } = house
  const take = (secret: unknown) => service.askOperator('POST', '/v1/keys/import', { body: { ...importing, secret } })
  const given = { format: 'mnemonic', mnemonic: words, path: 'm' }
  expect((await take(given)).status).toBe(201)
  const swapped = words.split(' ').toReversed().join(' ')
  const broken = [
    given,
    { ...given, mnemonic: swapped },
    { ...given, mnemonic: `${words} zoo` },
    { ...given, path: "m/0'" },
    { ...given, more: words },
    { ...given, path: words },
    { ...given, mnemonic: [words] },
    { format: words },
    words,
  ]
  for (const secret of broken) expect((await take(secret)).status).toBeGreaterThanOrEqual(400)
}

/** A wallet of each tier, verified, paid to and paid from, by a client of its own. */
async function useWallets(): Promise<void> {
  const { service } = house
  const apiKey = await house.newClient('exchange', ['wallets:read', 'wallets:create', 'withdraw', 'keys:read'])
  canaries.set('API key', secretPart(apiKey)).set('first administrator key', secretPart(service.firstKey))
  const client = service.client(apiKey)
  const rule = { name: 'all', asset, recipients: '*', maximum: '1000000', maximumFee: '50000' } as const
  await service.operator.walletPolicy.put({ rules: [rule], treasury: {}, sweepFees: {} }, 0)
  await Promise.all(tiers.map((tier) => useWallet(client, tier)))
  await service.ask('GET', '/metrics')
  await service.operator.register.tail({ limit: 500 })
  await service.operator.doctor()
}

async function useWallet(client: Client, tier: (typeof tiers)[number]): Promise<void> {
  const { id, address = '' } = await client.wallets.create({ userId: tier, asset: 'BTC', network, tier })
  await client.wallets.verify(id)
  if (tier === 'hd') await client.wallets.newAddress(id)
  ledger.deposit(address, 500_000n)
  ledger.mine(2)
  const paying = { wallet: id, to: payee, amount: '100000', feeRate: '2000' }
  const paid = await client.withdrawals.create(paying, { idempotencyKey: `from-${tier}` })
  const isFinal = async () => {
    ledger.mine()
    return (await client.withdrawals.get(paid.id)).state === 'final'
  }
  await vi.waitUntil(isFinal, { timeout: 20_000, interval: 50 })
  wallets.set(tier, await house.service.operator.wallets.get(id))
}

const walletOf = (tier: (typeof tiers)[number]): Wallet => {
  const wallet = wallets.get(tier)
  if (wallet === undefined) throw new Error(`no wallet of the tier ${tier}`)
  return wallet
}

async function learnSecrets(): Promise<void> {
  const ofPassphrase = await secretsOfPassphrase(house.service, passphrase)
  const ofWords = secretsOfWords(words, walletOf('hd').derivationPath ?? '')
  for (const [name, bytes] of [...ofPassphrase, ...ofWords]) canaries.set(name, bytes)
  const sealing = ofPassphrase.get('sealing') ?? new Uint8Array()
  canaries.set('key of sealed', await sealedSecret(database, sealing, walletOf('sealed').keyId ?? ''))
  canaries.set('key of datakey', await dataKeySecret(house, walletOf('datakey').keyId ?? ''))
  for (const tier of tiers) open.set(tier, fromHex(String(walletOf(tier).publicKey)))
}

/** Every value of every row: bytes as they are and in hex, as PostgreSQL's own dump has them. */
async function dumpOf(url: string): Promise<readonly (readonly [string, string])[]> {
  const ours = "schemaname NOT IN ('pg_catalog', 'information_schema')"
  const tables = await query(url, `SELECT format('%I.%I', schemaname, tablename) AS name FROM pg_tables WHERE ${ours}`)
  const names = tables.map(({ name }) => String(name))
  const read = async (name: string) => {
    const rows = await query(url, `SELECT * FROM ${name}`)
    return [name, rows.flatMap(Object.values).map(textOf).join('\n')] as const
  }
  return Promise.all(names.map(read))
}

function textOf(value: unknown): string {
  if (value instanceof Uint8Array) return `${Buffer.from(value).toString('latin1')}\n${toHex(value)}`
  return typeof value === 'string' ? value : JSON.stringify(value)
}

const all = (texts: readonly (readonly [string, string])[], which: Canaries = canaries) =>
  texts.flatMap(([where, text]) => findingsOf(which, where, text))

/** But for those that show a new API key, which are its only showing. */
const replies = () =>
  house.service.replies
    .filter(({ body }) => !body.includes('"secret":"chancery_'))
    .map(({ method, path, body, headers }) => [`${method} ${path}`, body + JSON.stringify(headers)] as const)

async function backup(): Promise<readonly (readonly [string, string])[]> {
  const { operator, folder } = house.service
  await operator.backup(join(folder, 'backup'))
  await operator.register.export(join(folder, 'backup', 'register.jsonl'))
  return filesIn(join(folder, 'backup'))
}

test('the secrets are those of the wallets', () => {
  for (const tier of tiers) {
    const secret = canaries.get(`key of ${tier}`) ?? new Uint8Array()
    expect(toHex(secp256k1.getPublicKey(secret, true))).toBe(walletOf(tier).publicKey)
  }
  expect(canaries.size).toBe(19)
})

describe('no secret is', () => {
  test('in a reply', () => {
    const paths = replies().map(([where]) => where)
    expect(paths).toEqual(expect.arrayContaining(['POST /v1/keys/import', 'POST /v1/wallets', 'POST /v1/withdrawals']))
    expect(all(replies())).toEqual([])
    expect(all(replies(), open)).toEqual(expect.arrayContaining([expect.stringContaining('GET /v1/wallets/')]))
  })

  test('in the metrics', async () => {
    const { body } = await house.service.ask('GET', '/metrics')
    expect(body).toContain('chancery_wallet')
    expect(all([['metrics', body]])).toEqual([])
  })

  test('in the log', () => {
    const log = house.service.logged()
    expect(log).toContain('"route":"POST /v1/withdrawals"')
    expect(all([['log', log]])).toEqual([])
  })

  test('in a file of the data directory, or in a copy of a data key', async () => {
    const { dataDir, folder } = house.service
    const files = [...(await filesIn(dataDir)), ...(await filesIn(join(folder, 'copies')))]
    expect(all(files)).toEqual([])
    expect(all(files, open)).toContainEqual(expect.stringContaining('datakey as hex'))
  })

  test('in a backup or an export', async () => {
    const files = await backup()
    expect(all(files)).toEqual([])
    for (const tier of tiers) expect(all(files, open)).toContainEqual(expect.stringContaining(`${tier} as hex`))
  })

  test('in the database', async () => {
    const dump = await dumpOf(database)
    expect(dump.map(([name]) => name)).toEqual(expect.arrayContaining(['public.wallet', 'public.state_record']))
    expect(all(dump)).toEqual([])
    for (const tier of tiers) expect(all(dump, open)).toContain(`public.wallet: ${tier} as hex`)
  })
})

test('in the database, the search finds each secret in each encoding', async () => {
  await query(database, 'CREATE TABLE planted (bytes bytea, text text)')
  for (const bytes of canaries.values()) {
    const [utf8, ...texts] = Object.values(encodings).map((encode) => encode(bytes)[0] ?? '')
    const planted = texts.map((text) => `('', '${text}')`).join(', ')
    await query(
      database,
      `INSERT INTO planted VALUES ('\\x${Buffer.from(utf8 ?? '', 'latin1').toString('hex')}', ''), ${planted}`,
    )
  }
  const found = all(await dumpOf(database))
  await query(database, 'DROP TABLE planted')
  expect(found.filter((finding) => finding.startsWith('public.planted: '))).toEqual(found)
  expect(found).toHaveLength(canaries.size * Object.keys(encodings).length)
})

test('a secret in the place of something else is in neither log nor database', async () => {
  const { service } = house
  const xprv = Buffer.from(canaries.get('branch as xprv') ?? []).toString()
  const wanted = { userId: 'misplaced', asset: 'BTC', network, tier: 'hd' }
  const before = service.logged().length
  await service.askOperator('POST', '/v1/wallets', { body: { ...wanted, tier: words } })
  await service.askOperator('POST', '/v1/wallets', { body: { ...wanted, providerId: words } })
  await service.askOperator('POST', '/v1/wallets', { body: { ...wanted, addressType: words, [words]: words } })
  await service.askOperator('POST', '/v1/keys', { body: { ...importing, alias: words } })
  await service.askOperator('GET', `/v1/wallets/${xprv}`)
  await service.askOperator('GET', `/v1/wallets?address=${xprv}&asset=${encodeURIComponent(words)}`)
  expect(service.logged().length).toBeGreaterThan(before)
  expect(all([['log', service.logged()], ...(await dumpOf(database))])).toEqual([])
})
