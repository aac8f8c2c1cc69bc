/** The documented examples against the service as it is composed: each gives the status and the shape it promises. */
import { randomBytes } from 'node:crypto'
import { join } from 'node:path'
import { CreateAliasCommand, CreateKeyCommand, KMSClient } from '@aws-sdk/client-kms'
import { recoverTransactionAddress } from 'viem'
import { afterAll, beforeAll, describe, expect, test, vi } from 'vitest'
import { startEmulator, type RunningEmulator } from '../../../aws-emulator/src/index.ts'
import { systemClock } from '../../src/base/clock.ts'
import { examplesOf, type ExampleRequest } from '../../src/http/examples.ts'
import { routesOf } from '../../src/http/routes/routes.ts'
import { accountKeyExample, clientExample, keyExample, transactionIdExample } from '../../src/http/routes/examples.ts'
import { schemas } from '../../src/chains/evm/schema.ts'
import { createMemoryLedger } from '../nodes/algorand/algod/memory-ledger.ts'
import { startAlgod, type Algod } from '../nodes/algorand/algod/server.ts'
import { funded, payment } from '../nodes/algorand/fixture.ts'
import { startAnvil, type Anvil } from './anvil.ts'
import { brokenPromise } from './promises.ts'
import { openService, type TestService } from './service.ts'

const compatibleKey = randomBytes(32).toString('hex')

const ledger = createMemoryLedger()
const testnet = { id: 'testnet-v1.0', hash: 'SGO1GKSzyE7IEPItTxCByw9x8FmnrCDexi9/cOUJOiI=' }

let anvil: Anvil
let algod: Algod
let emulator: RunningEmulator
let service: TestService
/** May sign and relay; administers; may ask what an observer may. */
let keys: { app: string; admin: string }

beforeAll(async () => {
  anvil = await startAnvil('--chain-id', '1')
  algod = await startAlgod({ ledger, genesis: testnet })
  emulator = await startEmulator({ seed: 'examples' })
  const credentials = {
    AWS_ACCESS_KEY_ID: emulator.credentials.accessKeyId,
    AWS_SECRET_ACCESS_KEY: emulator.credentials.secretAccessKey,
  }
  Object.assign(process.env, credentials)
  service = await openService({
    configuration: {
      networks: [
        { id: 'eip155:1', rpc: [anvil.url.href], confirmations: 1, main: false },
        { id: accountKeyExample.network, rpc: [algod.url.href] },
      ],
      sponsors: [sponsor],
      aws: { endpoint: emulator.url },
    },
    env: {
      ...credentials,
      AWS_REGION: emulator.region,
      AWS_KMS_KEY_ID: await kmsKey('alias/compatible', 'none'),
      BACKEND_API_KEY: compatibleKey,
      SEPOLIA_RPC_URL: anvil.url.href,
    },
  })
  keys = await clients(service)
}, 60_000)

afterAll(async () => {
  await service.end()
  await emulator.close()
  await anvil.close()
  await algod.close()
})

const sponsor = {
  key: accountKeyExample.alias,
  network: accountKeyExample.network,
  perGroup: '20000',
  perSenderDay: '20000',
  perDay: '20000',
  minimumBalance: '0',
  payments: true,
}

async function kmsKey(alias: string, owner: string): Promise<string> {
  const kms = new KMSClient({ endpoint: emulator.url, region: emulator.region })
  const Tags = [{ TagKey: 'chancery:owner', TagValue: owner }]
  const made = await kms.send(new CreateKeyCommand({ KeySpec: 'ECC_SECG_P256K1', KeyUsage: 'SIGN_VERIFY', Tags }))
  const id = made.KeyMetadata?.KeyId ?? ''
  await kms.send(new CreateAliasCommand({ AliasName: alias, TargetKeyId: id }))
  kms.destroy()
  return id
}

async function clients({ operator }: TestService) {
  const all = { keys: '*', networks: '*' } as const
  const app = await operator.clients.create({
    name: 'app',
    grants: [
      {
        ...all,
        operations: ['sign:transaction', 'sign:message', 'relay', 'sponsor', 'keys:read', 'keys:create', 'keys:delete'],
      },
    ],
  })
  const admin = await operator.clients.create({
    name: 'admin',
    grants: [{ ...all, operations: ['admin', 'register:read', 'keys:read'] }],
  })
  return { app: app.secret, admin: admin.secret }
}

const options = { clock: systemClock, auth: { scheme: 'api-key' }, version: '0', observability: 'open' } as const
/** Those of validators have a story of their own (validator-examples.test.ts): no validator network is configured here. */
const documented = examplesOf(
  routesOf(
    schemas.map((schema) => ({ ...schema, chain: 'evm' })),
    options,
  ).filter(({ needs, part }) => needs === undefined && part !== 'wallets'),
)

/** What the document calls things, and what they are called here. */
const names = new Map<string, string>()

type Body = Readonly<Record<string, unknown>>

interface Chapter {
  readonly id: string
  readonly by: keyof typeof ways
  /** Where the service as it is answers otherwise, and rightly. */
  readonly status?: number
  /** What must be so before. */
  readonly first?: () => Promise<void>
  /** Members of the body, and headers, that are of this installation. */
  readonly body?: () => Body
  readonly headers?: Readonly<Record<string, string>>
  readonly learn?: (reply: Body) => void
}

const ways = {
  nobody: () => ({}),
  app: () => ({ 'x-api-key': keys.app }),
  admin: () => ({ authorization: `Bearer ${keys.admin}` }),
  operator: () => ({}),
  compatible: () => ({ 'x-api-key': compatibleKey }),
}

/** In the order of a story: what an example speaks of has happened. */
const story: readonly Chapter[] = [
  ...['upcheck', 'healthcheck', 'readyz', 'metrics', 'openapi', 'docs'].map((id) => ({ id, by: 'nobody' }) as const),
  {
    id: 'createKey',
    by: 'app',
    learn: ({ id, address }) => {
      names.set(keyExample.id, String(id)).set(keyExample.address, String(address))
    },
  },
  { id: 'getKey', by: 'app' },
  { id: 'listKeys', by: 'app' },
  { id: 'getRules', by: 'app' },
  {
    id: 'putRules',
    by: 'admin',
    headers: { 'if-match': '"0"' },
    body: () => ({ operations: ['sign:transaction', 'sign:message'] }),
  },
  { id: 'sign', by: 'app' },
  {
    id: 'sendTransaction',
    by: 'app',
    first: () => anvil.fund(here(keyExample.address)),
    learn: ({ id }) => void names.set(transactionIdExample, String(id)),
  },
  { id: 'getTransaction', by: 'app' },
  { id: 'listTransactions', by: 'app' },
  { id: 'previewImport', by: 'app' },
  { id: 'importKey', by: 'app', body: () => ({ alias: 'imported' }) },
  {
    id: 'createBackedUpKey',
    by: 'admin',
    body: () => ({ alias: accountKeyExample.alias, network: accountKeyExample.network }),
    learn: ({ key }) => {
      const { id, address } = key as Body
      names.set(accountKeyExample.id, String(id)).set(accountKeyExample.address, String(address))
      ledger.fund(String(address), 10_000_000n)
    },
  },
  { id: 'listAccounts', by: 'admin' },
  { id: 'testAccount', by: 'admin' },
  { id: 'sponsor', by: 'app', body: () => ({ transactions: [unsigned()] }) },
  { id: 'handOverAccount', by: 'admin', first: async () => void names.set(successor, await anotherKey()) },
  {
    id: 'enrolKey',
    by: 'admin',
    first: async () => void (await kmsKey('alias/treasury', await installation())),
    body: () => ({ alias: 'enrolled' }),
  },
  { id: 'probeKeys', by: 'admin' },
  { id: 'disableKey', by: 'admin' },
  { id: 'enableKey', by: 'admin' },
  { id: 'enableHeldKeys', by: 'admin' },
  { id: 'scheduleKeyDeletion', by: 'app' },
  // Its window has not passed.
  { id: 'purgeKey', by: 'app', status: 409 },
  { id: 'cancelKeyDeletion', by: 'app' },
  {
    id: 'createClient',
    by: 'admin',
    learn: ({ client }) => void names.set(clientExample.id, String((client as Body)['id'])),
  },
  { id: 'listClients', by: 'admin' },
  { id: 'getClient', by: 'admin' },
  { id: 'putGrants', by: 'admin' },
  {
    id: 'addSecret',
    by: 'admin',
    learn: ({ client }) => {
      const [older] = (client as { secrets: { id: string }[] }).secrets
      names.set('/secrets/1', `/secrets/${older?.id}`)
    },
  },
  { id: 'removeSecret', by: 'admin' },
  { id: 'removeClient', by: 'admin' },
  { id: 'tailRegister', by: 'admin' },
  { id: 'getCheckpoint', by: 'admin', first: () => checkpointed() },
  { id: 'verifyRegister', by: 'admin' },
  { id: 'freeze', by: 'admin' },
  { id: 'thaw', by: 'admin' },
  { id: 'doctor', by: 'admin' },
  { id: 'orphanKeys', by: 'admin' },
  { id: 'backup', by: 'operator', body: () => ({ folder: join(service.folder, 'backup') }) },
  { id: 'exportRegister', by: 'operator', body: () => ({ path: join(service.folder, 'register.jsonl') }) },
  { id: 'acceptGap', by: 'admin' },
  { id: 'kmsAddress', by: 'compatible' },
  { id: 'kmsSignDigest', by: 'compatible' },
  {
    id: 'ethSendRawTransaction',
    by: 'compatible',
    first: async () => anvil.fund(await senderOf('ethSendRawTransaction')),
  },
]

/** As the document calls the key an account is handed to. */
const successor = 'key_01jd5w8x6vq3k7r0m2n4p5s6tc'

async function anotherKey(): Promise<string> {
  const { family, kind, network } = accountKeyExample
  return (await service.operator.keys.create({ backend: 'sealed', family, kind, network })).id
}

/** Somebody's payment to themselves, in rounds of now. */
function unsigned(): string {
  const { addr } = funded(ledger)
  const now = algod.chain.round()
  const rounds = { firstValid: now, lastValid: now + 100n }
  const genesis = { genesisID: testnet.id, genesisHash: Buffer.from(testnet.hash, 'base64') }
  const txn = payment({ fee: 0n, flatFee: true, minFee: 1_000n, ...rounds, ...genesis }, { from: addr })
  return Buffer.from(txn.toByte()).toString('base64')
}

/** Who signed the transaction of an example. */
async function senderOf(id: string): Promise<string> {
  const { raw } = (examples.get(id)?.body ?? {}) as { raw: `0x02${string}` }
  return recoverTransactionAddress({ serializedTransaction: raw })
}

function here(name: string): string {
  return names.get(name) ?? name
}

/** Its owner tag in AWS carries it; the register's first change names it. */
async function installation(): Promise<string> {
  const { entries } = await service.operator.register.tail({ limit: 500 })
  const [found = ''] = entries.flatMap(({ body }) => /"installation":"(ins_[^"]+)"/.exec(body)?.[1] ?? [])
  return found
}

async function checkpointed(): Promise<void> {
  await vi.waitUntil(() => service.operator.register.checkpoint().catch(() => undefined), { timeout: 10_000 })
}

const examples = new Map(documented.map((example) => [example.id, example]))

function asked({ url, headers, body }: ExampleRequest, chapter: Chapter) {
  const changed = body === undefined ? {} : { body: { ...body, ...chapter.body?.() } }
  let text = JSON.stringify({ url, headers: { ...headers, ...chapter.headers }, ...changed })
  for (const [documentedName, name] of names) text = text.replaceAll(documentedName, name)
  return JSON.parse(text) as { url: string; headers: Record<string, string>; body?: Body }
}

describe('the documented example of', () => {
  test.each(story)(
    '$id',
    async (chapter) => {
      const example = examples.get(chapter.id)
      if (example === undefined) throw new Error('there is no such route')
      await chapter.first?.()
      const { url, headers, ...body } = asked(example, chapter)
      const ask = chapter.by === 'operator' ? service.askOperator : service.ask
      const reply = await ask(example.method, url, { headers: { ...headers, ...ways[chapter.by]() }, ...body })
      expect([reply.status, reply.body]).toEqual([chapter.status ?? example.reply.status, reply.body])
      for (const name of Object.keys(example.reply.headers ?? {})) expect(reply.headers).toHaveProperty(name)
      expect(service.broken).toEqual([])
      chapter.learn?.(JSON.parse(reply.body) as Body)
    },
    40_000,
  )
})

test('none is left out', () => {
  expect(story.map(({ id }) => id).toSorted()).toEqual([...examples.keys()].toSorted())
})

describe('a reply that breaks what the document promises is noticed:', () => {
  const promised = { method: 'GET', path: '/v1/keys', status: 200, body: '{"keys":[]}' }
  const json = { 'content-type': 'application/json; charset=utf-8' }
  const kept = { ...promised, headers: json }
  test.each([
    ['its shape', { ...kept, body: '{"keys":[],"more":1}' }],
    ['its status', { ...kept, status: 418 }],
    ['its content type', { ...kept, headers: { 'content-type': 'text/plain' } }],
    ['a header', { ...kept, path: '/v1/keys/treasury/rules', body: '{}' }],
    ['an undocumented route', { ...kept, path: '/v1/secrets' }],
  ])('%s', (_, reply) => {
    expect(brokenPromise(kept)).toBeUndefined()
    expect(brokenPromise(reply)).toBeDefined()
  })
})
