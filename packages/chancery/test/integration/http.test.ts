/** The composed service behind real HTTP, spoken to as its users do: with the SDK, viem, ethers, and bare requests. */
import {
  AbstractSigner,
  Transaction,
  verifyMessage as ethersVerifyMessage,
  verifyTypedData as ethersVerifyTypedData,
  type Signer,
} from 'ethers'
import { keccak256, parseTransaction, toBytes, recoverTransactionAddress, verifyMessage, verifyTypedData } from 'viem'
import { afterAll, afterEach, beforeAll, describe, expect, test } from 'vitest'
import { ethersSigner, viemAccount, type Client } from '../../../client/src/index.ts'
import { systemClock, type Clock } from '../../src/base/clock.ts'
import { noRules } from '../../src/core/rules.ts'
import { network, someone } from './house.ts'
import { openService, type TestService } from './service.ts'

/** Runs ahead by as much as it is told. */
const ahead = { milliseconds: 0 }
const clock: Clock = { ...systemClock, now: () => systemClock.now() + ahead.milliseconds }

let service: TestService
let app: Client
let appKey: string
let key: Awaited<ReturnType<Client['keys']['create']>>

const everywhere = { keys: '*', networks: '*' } as const
const signs = ['sign:transaction', 'sign:message', 'sign:typed-data'] as const

const typedData = {
  domain: { name: 'Ether Mail', chainId: 31337, verifyingContract: '0xCcCCccccCCCCcCCCCCCcCcCccCcCCCcCcccccccC' },
  types: { Mail: [{ name: 'contents', type: 'string' }] },
  primaryType: 'Mail',
  message: { contents: 'Hello' },
} as const
/** keccak256 of `Mail(string contents)`. */
const mailType = keccak256(toBytes('Mail(string contents)'))

beforeAll(async () => {
  service = await openService({ clock, configuration: { networks: [{ id: network }] } })
  key = await service.operator.keys.create({ backend: 'sealed', family: 'evm', kind: 'decoded', alias: 'treasury' })
  const rules = {
    ...noRules,
    operations: [...signs],
    networks: [network],
    recipients: [someone],
    maximums: { [`${network}/slip44:60`]: '1000' },
    fees: { [network]: '1000000000000000000' },
    typedData: [{ contract: typedData.domain.verifyingContract, type: mailType }],
  }
  await service.operator.rules.put(key.id, rules, 0)
  appKey = (
    await service.operator.clients.create({
      name: 'app',
      grants: [{ operations: [...signs, 'keys:read'], keys: [key.id], networks: '*' }],
    })
  ).secret
  app = service.client(appKey)
})

afterEach(() => {
  ahead.milliseconds = 0
})

afterAll(() => service.end())

const made = async (name: string, more: object = {}) =>
  service.operator.clients.create({
    name,
    grants: [{ operations: ['keys:read', 'sign:message'], ...everywhere }],
    ...more,
  })

const refusal = (code: string, status: number): unknown => expect.objectContaining({ code, status })

describe('an account of viem over the service', () => {
  test('signs what viem verifies', async () => {
    const account = await viemAccount(app, 'treasury', { network })
    const address = account.address
    expect(address).toBe(key.address)
    const signature = await account.signMessage({ message: 'hello' })
    expect(await verifyMessage({ address, message: 'hello', signature })).toBe(true)
    const typed = await account.signTypedData(typedData)
    expect(await verifyTypedData({ address, ...typedData, signature: typed })).toBe(true)
    const fields = {
      chainId: 31337,
      nonce: 0,
      to: someone,
      value: 5n,
      gas: 21_000n,
      maxFeePerGas: 9n,
      maxPriorityFeePerGas: 1n,
    } as const
    const raw = (await account.signTransaction({ ...fields, type: 'eip1559' })) as `0x02${string}`
    expect(await recoverTransactionAddress({ serializedTransaction: raw })).toBe(address)
    expect(parseTransaction(raw)).toMatchObject({ chainId: 31337, value: 5n })
  })

  test('is told why it may not', async () => {
    const account = await viemAccount(app, 'treasury', { network })
    const asked = account.signTransaction({
      chainId: 31337,
      nonce: 50,
      to: someone,
      value: 1_001n,
      gas: 21_000n,
      gasPrice: 9n,
      type: 'legacy',
    })
    await expect(asked).rejects.toEqual(refusal('denied', 403))
  })
})

test('a signer of ethers over the service signs what ethers verifies', async () => {
  const signer: Signer = await ethersSigner(AbstractSigner, app, 'treasury', { network })
  const address = await signer.getAddress()
  expect(ethersVerifyMessage('hello', await signer.signMessage('hello'))).toBe(address)
  const { domain, types, message } = typedData
  const plainTypes = { Mail: [...types.Mail] }
  const typed = await signer.signTypedData(domain, plainTypes, message)
  expect(ethersVerifyTypedData(domain, plainTypes, message, typed)).toBe(address)
  const raw = await signer.signTransaction({
    chainId: 31337,
    nonce: 1,
    to: someone,
    value: 5n,
    gasLimit: 21_000,
    gasPrice: 9n,
    type: 0,
  })
  expect(Transaction.from(raw)).toMatchObject({ from: address, value: 5n, nonce: 1 })
})

describe('a key the client holds no grant on, and one that is not there,', () => {
  const absent = 'key_01jd5w8x6vq3k7r0m2n4p5s6t8'
  const withoutRequest = (
    { body, headers }: { body: string; headers: Readonly<Record<string, string>> },
    name: string,
  ) => {
    const { 'x-request-id': request = '', date: _, ...rest } = headers
    return { headers: rest, body: body.replaceAll(request, 'request').replaceAll(name, 'name') }
  }
  const body = { network, message: { text: 'hello' } }
  const routes = [
    ['GET', '/v1/keys/{id}', {}],
    ['GET', '/v1/keys/{id}/rules', {}],
    ['POST', '/v1/keys/{id}/sign', { body }],
    ['POST', '/v1/keys/{id}/sign?dryRun=true', { body }],
    ['POST', '/v1/keys/{id}/schedule-deletion', { body: { days: 7 } }],
    ['POST', '/v1/keys/{id}/purge', {}],
    ['POST', '/v1/keys/{id}/disable', {}],
    ['GET', '/v1/transactions?key={id}', {}],
  ] as const

  test.each(routes)('%s %s give the same 404, to the byte', async (method, path, given) => {
    const other = await service.operator.keys.create({ backend: 'sealed', family: 'evm', kind: 'decoded' })
    const headers = { 'x-api-key': appKey }
    const [foreign, missing] = [
      await service.ask(method, path.replace('{id}', other.id), { ...given, headers }),
      await service.ask(method, path.replace('{id}', absent), { ...given, headers }),
    ]
    expect([foreign.status, missing.status]).toEqual([404, 404])
    expect(withoutRequest(foreign, other.id)).toEqual(withoutRequest(missing, absent))
  })
})

test.each([
  { backend: 'aws-kms', family: 'evm' },
  { backend: 'sealed', family: 'bitcoin' },
])(
  'a new key of $backend for $family, one of which is not configured here, is the mistake of its caller',
  async (wanted) => {
    const asked = service.operator.keys.create({ ...wanted, kind: 'decoded' })
    await expect(asked).rejects.toEqual(refusal('not-supported', 422))
  },
)

describe('a freeze over HTTP', () => {
  const targets = [
    ['a key', () => ({ key: 'treasury' }), refusal('frozen', 423)],
    ['everything', () => ({ everything: true as const }), refusal('frozen', 423)],
    // A frozen client does not even come in.
    ['a client', () => ({ client: clientOf(appKey) }), refusal('unauthenticated', 401)],
  ] as const

  test.each(targets)('of %s is in force when the reply arrives, until it is thawed', async (_, target, refused) => {
    const sign = () => app.sign('treasury', { network, message: { text: 'hello' } })
    await sign()
    await service.operator.freeze(target())
    await expect(sign()).rejects.toEqual(refused)
    await service.operator.thaw(target())
    await sign()
  })

  test('needs admin', async () => {
    await expect(app.freeze({ everything: true })).rejects.toEqual(refusal('denied', 403))
  })
})

describe('an API key', () => {
  test('ends when its days are over', async () => {
    const { secret } = await made('short', { days: 1 })
    await service.client(secret).keys.list()
    ahead.milliseconds = 86_400_000
    await expect(service.client(secret).keys.list()).rejects.toEqual(refusal('unauthenticated', 401))
  })

  test('is changed without a gap: the second works beside the first, and after it', async () => {
    const { client, secret } = await made('changing')
    const second = await service.operator.clients.addSecret(client.id, 30)
    await service.client(secret).keys.list()
    await service.client(second.secret).keys.list()
    await expect(service.operator.clients.addSecret(client.id, 30)).rejects.toEqual(refusal('already-exists', 409))
    await service.operator.clients.removeSecret(client.id, String(client.secrets[0]?.id))
    await expect(service.client(secret).keys.list()).rejects.toEqual(refusal('unauthenticated', 401))
    await service.client(second.secret).keys.list()
  })

  test('opens from its ranges only, whatever a header says', async () => {
    const { secret: near } = await made('near', { sources: ['127.0.0.0/8'] })
    const { secret: far } = await made('far', { sources: ['10.0.0.0/8'] })
    await service.client(near).keys.list()
    const headers = { 'x-api-key': far, 'x-forwarded-for': '10.0.0.1', forwarded: 'for=10.0.0.1' }
    expect((await service.ask('GET', '/v1/keys', { headers })).status).toBe(401)
  })

  test('of a removed client opens nothing', async () => {
    const { client, secret } = await made('gone')
    await service.operator.clients.remove(client.id)
    await expect(service.client(secret).keys.list()).rejects.toEqual(refusal('unauthenticated', 401))
  })
})

test('the first administrator makes one client and ends', async () => {
  const first = service.client(service.firstKey)
  await expect(first.sign('treasury', { network, message: { text: 'hello' } })).rejects.toEqual(
    refusal('key-not-found', 404),
  )
  await expect(first.clients.list()).rejects.toEqual(refusal('denied', 403))
  const { secret } = await first.clients.create({ name: 'ops', grants: [{ operations: ['admin'], ...everywhere }] })
  await expect(first.clients.list()).rejects.toEqual(refusal('unauthenticated', 401))
  expect((await service.client(secret).clients.list()).clients.length).toBeGreaterThan(1)
})

test('metrics name no address, key, alias or client', async () => {
  await app.sign('treasury', { network, message: { text: 'hello' } })
  await app.keys.get(String(key.address))
  const { body } = await service.ask('GET', '/metrics')
  expect(body).toContain('chancery_http_requests_total')
  expect(body).toContain('POST /v1/keys/{id}/sign')
  const named = [key.id, key.address, key.publicKey, 'treasury', someone, clientOf(appKey), clientOf(service.firstKey)]
  for (const name of named)
    expect(body.toLowerCase()).not.toContain(
      String(name)
        .toLowerCase()
        .replace(/^0x|^\w{3}_/, ''),
    )
})

test('every reply so far was one that openapi.json promises', () => {
  expect(service.replies.length).toBeGreaterThan(40)
  expect(service.broken).toEqual([])
})

function clientOf(secret: string): `cli_${string}` {
  return `cli_${secret.split('_')[1] ?? ''}`
}
