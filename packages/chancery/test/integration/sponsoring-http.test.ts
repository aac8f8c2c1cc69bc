/** sponsoring over HTTP, in the composed service: its shapes, what a refusal says, and what the meters show. */
import { decodeUnsignedTransaction, generateAccount, makePaymentTxnWithSuggestedParamsFromObject } from 'algosdk'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { nodeAt, payment, suggested, testNetwork } from '../nodes/algorand/fixture.ts'
import { createMemoryLedger } from '../nodes/algorand/algod/memory-ledger.ts'
import { startAlgod, type Algod } from '../nodes/algorand/algod/server.ts'
import { openService, type TestService } from './service.ts'
import { completed, text, unsignedAt } from './sponsored.ts'

const path = '/v1/sponsor/algorand'
let algod: Algod
let service: TestService
let secret: string
let account: string

beforeAll(async () => {
  algod = await startAlgod({ ledger: createMemoryLedger() })
  const day = { perGroup: '20000', perSenderDay: '5000', perDay: '1000000', minimumBalance: '200000' }
  service = await openService({
    configuration: {
      networks: [{ id: testNetwork, rpc: [algod.url.href] }],
      sponsors: [{ key: 'pays', network: testNetwork, payments: true, ...day }],
    },
  })
  const wanted = {
    backend: 'sealed',
    family: 'algorand',
    kind: 'decoded',
    network: testNetwork,
    alias: 'pays',
  } as const
  const key = await service.operator.keys.create(wanted)
  account = key.address ?? ''
  algod.chain.ledger.fund(account, 10_000_000n)
  secret = await app('app', ['sponsor'], [key.id])
})

afterAll(async () => {
  await service.end()
  await algod.close()
})

async function app(
  name: string,
  operations: readonly ('sponsor' | 'sign:transaction')[],
  keys: readonly string[] | '*',
) {
  const grants = [{ operations: [...operations], keys: keys === '*' ? keys : [...keys], networks: '*' as const }]
  return (await service.operator.clients.create({ name, grants })).secret
}

const node = () => nodeAt(algod.url)
const one = async (note = 0, user = generateAccount()) => text((await unsignedAt(node(), user, note)).toByte())

async function post(body: unknown, apiKey = secret) {
  const headers = { authorization: `Bearer ${apiKey}` }
  const reply = await service.ask('POST', path, { headers, body })
  return { status: reply.status, body: JSON.parse(reply.body) as Record<string, unknown> }
}

const ask = async (transactions: unknown, more: object = {}) => post({ network: testNetwork, transactions, ...more })

describe('a group', () => {
  test('comes back as documented, is completed by the user, sent, and shown by the meters', async () => {
    const user = generateAccount()
    const sponsored = await service.client(secret).sponsor('algorand', {
      network: testNetwork,
      transactions: [await one(0, user)],
    })
    expect(sponsored).toMatchObject({ sponsor: account, index: 0, fee: '2000', topUp: '0' })
    expect(sponsored).not.toHaveProperty('round')
    const bytes = sponsored.transactions.map((each) => Buffer.from(each, 'base64'))
    const [, theirs] = bytes
    const group = decodeUnsignedTransaction(theirs ?? new Uint8Array(0)).group ?? new Uint8Array(0)
    expect(text(group)).toBe(sponsored.group)
    const sent = await service.client(secret).sponsor('algorand', {
      network: testNetwork,
      transactions: completed(bytes, 0, user),
      broadcast: true,
    })
    expect(Number(sent.round)).toBeGreaterThan(0)
    await expect(ask([await one(1)], { fee: '20001' })).resolves.toMatchObject({ status: 403 })
    const metrics = (await service.ask('GET', '/metrics')).body
    const labels = `sponsor="pays",network="${testNetwork}"`
    for (const outcome of ['signed', 'confirmed', 'refused']) {
      expect(metrics).toContain(`chancery_sponsored_groups_total{${labels},outcome="${outcome}"} 1`)
    }
    expect(metrics).toMatch(new RegExp(`chancery_sponsor_balance\\{sponsor="pays",network="${testNetwork}"\\} \\d+`))
    expect(metrics).not.toContain(account)
  })

  test('is answered the same without an Idempotency-Key', async () => {
    const transactions = [await one()]
    const first = await ask(transactions)
    expect(first.status).toBe(200)
    expect(await ask(transactions)).toEqual(first)
  })
})

describe('a refusal says where, what was got and what was wanted', () => {
  test('of what the terms do not name', async () => {
    const user = generateAccount()
    const rekeyed = payment(await suggested(node(), 0n), { from: user.addr, rekeyTo: user.addr })
    await expect(ask([text(rekeyed.toByte())])).resolves.toMatchObject({
      status: 403,
      body: { code: 'denied', where: 'transactions[0].rekeyTo', got: user.addr.toString(), wanted: 'nothing' },
    })
  })

  test('of another network, of other bytes, and of what is not canonical', async () => {
    const params = { ...(await suggested(node(), 0n)), genesisHash: new Uint8Array(32).fill(1) }
    const { addr } = generateAccount()
    const elsewhere = makePaymentTxnWithSuggestedParamsFromObject({
      sender: addr,
      receiver: addr,
      amount: 0n,
      suggestedParams: params,
    })
    const good = Buffer.from(await one(), 'base64')
    const table = [
      [text(elsewhere.toByte()), 'wrong-network', 'transactions[0].genesisHash'],
      [text(good.subarray(0, 50)), 'invalid-payload', 'transactions[0]'],
      [text(Buffer.concat([good, Uint8Array.of(0)])), 'invalid-payload', 'transactions[0]'],
    ] as const
    for (const [transaction, code, where] of table) {
      await expect(ask([transaction])).resolves.toMatchObject({
        status: 422,
        body: { code, where, got: expect.any(String), wanted: expect.any(String) },
      })
    }
  })

  test('of a group that would fail', async () => {
    const { addr } = generateAccount()
    const poor = payment(await suggested(node(), 0n), { from: addr, amount: 7n, to: generateAccount().addr })
    await expect(ask([text(poor.toByte())])).resolves.toMatchObject({
      status: 422,
      body: { code: 'not-executable', got: expect.stringContaining('overspend') },
    })
  })

  test('of a day that is used up', async () => {
    const user = generateAccount()
    const statuses = []
    for (const note of [0, 1, 2]) statuses.push(await ask([await one(note, user)]))
    expect(statuses.map(({ status }) => status)).toEqual([200, 200, 403])
    expect(statuses.at(-1)?.body).toMatchObject({ code: 'limit-reached', got: '6000', wanted: '5000' })
  })

  test('of a broadcast without all signatures', async () => {
    await expect(ask([await one()], { broadcast: true })).resolves.toMatchObject({
      status: 422,
      body: { code: 'invalid-payload', where: 'transactions[1]' },
    })
  })

  test('of an absurd fee, as a refusal and not as a fault', async () => {
    for (const fee of ['18446744073709551616', '9'.repeat(78)]) {
      await expect(ask([await one()], { fee })).resolves.toMatchObject({ status: 403, body: { where: 'fee' } })
    }
    const topUp = { to: generateAccount().addr.toString(), amount: '9'.repeat(78) }
    await expect(ask([await one()], { topUp })).resolves.toMatchObject({ status: 403, body: { code: 'denied' } })
  })

  test('of a caller without the right', async () => {
    const other = await app('other', ['sign:transaction'], '*')
    const denied = await post({ network: testNetwork, transactions: [await one()] }, other)
    expect(denied).toMatchObject({ status: 403, body: { code: 'denied' } })
    expect((await post({ network: testNetwork, transactions: [await one()] }, 'nonsense')).status).toBe(401)
    const unknown = await ask([await one()], { key: 'nobody' })
    expect(unknown).toMatchObject({ status: 404, body: { code: 'key-not-found' } })
  })
})

describe('the shape', () => {
  test.each<readonly [string, object]>([
    ['no transactions', { network: testNetwork }],
    ['an empty list', { network: testNetwork, transactions: [] }],
    ['seventeen', { network: testNetwork, transactions: Array.from({ length: 17 }, () => 'AAAA') }],
    ['a member nobody knows', { network: testNetwork, transactions: ['AAAA'], rekeying: true }],
    ['a fee as a number', { network: testNetwork, transactions: ['AAAA'], fee: 2000 }],
    ['a negative fee', { network: testNetwork, transactions: ['AAAA'], fee: '-1' }],
    ['257 inner transactions', { network: testNetwork, transactions: ['AAAA'], innerTransactions: 257 }],
    ['broadcast as text', { network: testNetwork, transactions: ['AAAA'], broadcast: 'true' }],
    ['a top-up for nobody', { network: testNetwork, transactions: ['AAAA'], topUp: { amount: '1' } }],
    ['other base64', { network: testNetwork, transactions: ['AAA'] }],
  ])('is kept: %s', async (_, body) => {
    expect(await post(body)).toMatchObject({ status: 400, body: { code: 'invalid-request' } })
  })

  test('is of a family that sponsors, on a network that has a sponsor', async () => {
    const headers = { authorization: `Bearer ${secret}` }
    const body = { network: testNetwork, transactions: [await one()] }
    const other = await service.ask('POST', '/v1/sponsor/evm', { headers, body })
    expect(JSON.parse(other.body)).toMatchObject({ code: 'not-configured' })
    expect(await post({ ...body, network: 'algorand:SGO1GKSzyE7IEPItTxCByw9x8FmnrCDe' })).toMatchObject({
      body: { code: 'not-configured' },
    })
  })

  test('of every reply is the documented one', () => {
    expect(service.broken).toEqual([])
  })
})
