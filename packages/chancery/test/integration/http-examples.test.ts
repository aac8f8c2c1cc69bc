/** The documented examples against the service as it is composed: each gives the status and the shape it promises. */
import { randomBytes } from 'node:crypto'
import { join } from 'node:path'
import { CreateAliasCommand, KMSClient } from '@aws-sdk/client-kms'
import { recoverTransactionAddress } from 'viem'
import { afterAll, beforeAll, describe, expect, test, vi } from 'vitest'
import { startEmulator, type RunningEmulator } from '../../../aws-emulator/src/index.ts'
import { accountKeyExample, clientExample, keyExample, transactionIdExample } from '../../src/http/routes/examples.ts'
import { schemas } from '../../src/chains/evm/schema.ts'
import { oldKey, useCredentials, variablesOf } from '../keys/aws/emulator.ts'
import { createMemoryLedger } from '../nodes/algorand/algod/memory-ledger.ts'
import { startAlgod, type Algod } from '../nodes/algorand/algod/server.ts'
import { funded, payment } from '../nodes/algorand/fixture.ts'
import { startAnvil, type Anvil } from './anvil.ts'
import { brokenPromise } from './promises.ts'
import { installationOf, openService, type TestService } from './service.ts'
import { documented, here, tell, type Body, type Chapter } from './story.ts'

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
  useCredentials(emulator.credentials)
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
      ...variablesOf(emulator),
      AWS_KMS_KEY_ID: await kmsKey('alias/compatible'),
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

/** @returns its ARN */
async function kmsKey(AliasName: string, owner?: string): Promise<string> {
  const arn = await oldKey(emulator, owner)
  const kms = new KMSClient({ endpoint: emulator.url, region: emulator.region })
  await kms.send(new CreateAliasCommand({ AliasName, TargetKeyId: arn }))
  kms.destroy()
  return arn
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

/** Those of validators have a story of their own (validator-examples.test.ts): no validator network is configured here. */
const examples = documented('evm', schemas, ({ needs, part }) => needs === undefined && part !== 'wallets')

/** What the document calls things, and what they are called here. */
const names = new Map<string, string>()

const ways = {
  nobody: () => ({}),
  app: () => ({ 'x-api-key': keys.app }),
  admin: () => ({ authorization: `Bearer ${keys.admin}` }),
  operator: () => ({}),
  compatible: () => ({ 'x-api-key': compatibleKey }),
}

/** In the order of a story: what an example speaks of has happened. */
const chapters: readonly Chapter<keyof typeof ways>[] = [
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
    first: () => anvil.fund(here(keyExample.address, names)),
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
    first: async () => void (await kmsKey('alias/treasury', await installationOf(service))),
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
  const { raw } = (examples.find((example) => example.id === id)?.body ?? {}) as { raw: `0x02${string}` }
  return recoverTransactionAddress({ serializedTransaction: raw })
}

async function checkpointed(): Promise<void> {
  await vi.waitUntil(() => service.operator.register.checkpoint().catch(() => undefined), { timeout: 10_000 })
}

tell({
  examples,
  chapters,
  names,
  door: (by) => ({ ask: by === 'operator' ? service.askOperator : service.ask, headers: ways[by]() }),
  broken: () => service.broken,
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
