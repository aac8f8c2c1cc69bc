/** The relay against a real node, and against that node's bad days. */
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, test } from 'vitest'
import type { Principal } from '../../src/core/access.ts'
import type { KeyRecord } from '../../src/core/key.ts'
import type { Network } from '../../src/core/names.ts'
import type { TransactionView } from '../../src/core/transactions.ts'
import type { TransactionState } from '../../src/core/store.ts'
import type { SealedBackend } from '../../src/keys/sealed/sealed.ts'
import { createEvmNode } from '../../src/nodes/evm/node.ts'
import { startAnvil, type Anvil } from './anvil.ts'
import { standBetween, type Between } from './between.ts'
import {
  client,
  network,
  openHouse,
  openSealed,
  payingKey,
  removeFolder,
  signer,
  someone,
  type TestHouse,
  type TestParts,
} from './house.ts'

let anvil: Anvil
let between: Between
let sealed: SealedBackend
let house: TestHouse
let key: KeyRecord
let app: Principal

const networks = (url: URL): Pick<TestParts, 'networks'> => {
  const node = createEvmNode({ network, urls: [url], fees: 'auto', patience: 500 })
  return { networks: new Map([[network as Network, { node, confirmations: 1n }]]) }
}

beforeAll(async () => {
  anvil = await startAnvil()
  sealed = await openSealed()
})

afterAll(async () => {
  await anvil.close()
  await sealed.close()
})

beforeEach(async () => {
  between = await standBetween(anvil.url)
  house = await openHouse({ ...networks(between.url), sealed })
  key = await payingKey(house)
  app = await client(house, signer(key))
  await anvil.fund(String(key.address))
})

afterEach(async () => {
  await house.close()
  await between.close()
  await removeFolder(house)
})

async function waitsFor({ row }: TransactionView, code: string): Promise<void> {
  await expect
    .poll(async () => (await house.relay.get(row.id, house.as(app))).row)
    .toMatchObject({ state: 'accepted', body: { error: { code } } })
}

const send = (value: object, idempotency?: string) =>
  house.relay.send(
    {
      key: key.id,
      network,
      value,
      ...(idempotency && { idempotency: { route: 'send', key: idempotency, bodyHash: `0x${'11'.repeat(32)}` } }),
    },
    house.as(app),
  )

const settled = async (view: TransactionView): Promise<TransactionView> => {
  const open: TransactionState[] = ['accepted', 'assigned', 'signed', 'broadcast', 'mined']
  let found = view
  await expect
    .poll(async () => (found = await house.relay.get(view.row.id, house.as(app))).row.state, {
      timeout: 20_000,
      interval: 50,
    })
    .not.toSatisfy((state: TransactionState) => open.includes(state))
  return found
}

const nonces = (views: readonly TransactionView[]) =>
  views.map(({ row }) => Number(row.nonce)).toSorted((a, b) => a - b)
const upTo = (count: number) => Array.from({ length: count }, (_, i) => i)

describe('a transaction', () => {
  test('is prepared, mined and followed', async () => {
    const { row, signed } = await settled(await send({ to: someone, value: '5' }))
    expect(row).toMatchObject({ state: 'final', nonce: 0n, body: { block: { success: true } } })
    const mined = await anvil.rpc('eth_getTransactionByHash', signed[0]?.hash)
    expect(mined).toMatchObject({ value: '0x5', gas: '0x5208', type: '0x2' })
  })

  test('that the rules forbid is refused before anything is kept', async () => {
    await expect(send({ to: someone, value: '1001' })).rejects.toMatchObject({ code: 'denied' })
    expect(await house.relay.list({}, { limit: 10 }, house.as(app))).toEqual([])
  })

  test('with a nonce is refused: the relay hands them out', async () => {
    await expect(send({ to: someone, value: '1', nonce: 7 })).rejects.toMatchObject({ code: 'invalid-payload' })
  })

  test('whose call reverts fails without taking a nonce', async () => {
    const reverting = '0x00000000000000000000000000000000000000fe'
    await anvil.rpc('anvil_setCode', reverting, '0x60006000fd')
    const rules = await house.keyring.rules(key.id, house.operator())
    const both = { ...rules.value, recipients: [someone, reverting] }
    await house.keyring.putRules(key.id, both, rules.version, house.operator())
    const { row } = await settled(await send({ to: reverting, value: '1' }))
    expect(row).toMatchObject({ state: 'failed', body: { error: { code: 'not-executable' } } })
    expect(row.nonce).toBeUndefined()
    expect((await settled(await send({ to: someone, value: '1' }))).row.nonce).toBe(0n)
  })

  test('sent again with the same Idempotency-Key is the same transaction', async () => {
    const [first, second] = await Promise.all([
      send({ to: someone, value: '2' }, 'a'),
      send({ to: someone, value: '2' }, 'a'),
    ])
    expect(second.row.id).toBe(first.row.id)
    await settled(first)
    expect((await send({ to: someone, value: '2' }, 'a')).row.id).toBe(first.row.id)
  })
})

test('fifty at once are all mined, without gap or double', async () => {
  const sent = await Promise.all(upTo(50).map((value) => send({ to: someone, value: String(value) })))
  const done = await Promise.all(sent.map(settled))
  expect(done.every(({ row }) => row.state === 'final')).toBe(true)
  expect(nonces(done)).toEqual(upTo(50))
  expect(await anvil.rpc('eth_getTransactionCount', key.address, 'latest')).toBe('0x32')
}, 60_000)

describe('a node', () => {
  test('that accepts and never answers has accepted: nothing is sent twice', async () => {
    let calls = 0
    between.treat = (method) =>
      method === 'eth_sendRawTransaction' && calls++ % 2 === 0 ? { pass: true, answer: 'drop' } : undefined
    const done = await Promise.all(
      (await Promise.all(upTo(50).map((v) => send({ to: someone, value: String(v) })))).map(settled),
    )
    expect(nonces(done)).toEqual(upTo(50))
    expect(done.every(({ signed }) => signed.length === 1)).toBe(true)
  }, 60_000)

  test('that drops what it is sent gets the same bytes again', async () => {
    let dropped = 0
    between.treat = (method) =>
      method === 'eth_sendRawTransaction' && dropped++ < 3 ? { pass: false, answer: 'drop' } : undefined
    const { row } = await settled(await send({ to: someone, value: '1' }))
    expect(row.state).toBe('final')
    const raws = new Set(
      between.seen.filter(({ method }) => method === 'eth_sendRawTransaction').map(({ params }) => String(params)),
    )
    expect(raws.size).toBe(1)
  }, 60_000)

  test('whose words say refused is judged by looking the hash up', async () => {
    between.treat = (method) => (method === 'eth_sendRawTransaction' ? { pass: true, answer: 'error' } : undefined)
    expect((await settled(await send({ to: someone, value: '1' }))).row.state).toBe('final')
  })

  test('that serves another chain is not used', async () => {
    between.treat = (method) => (method === 'eth_chainId' ? { pass: false, result: '0x1' } : undefined)
    const sent = await send({ to: someone, value: '1' })
    await waitsFor(sent, 'wrong-network')
    expect(between.seen.every(({ method }) => method === 'eth_chainId')).toBe(true)
    between.treat = () => undefined
    expect((await settled(sent)).row.state).toBe('final')
  })

  test.each(['eth_chainId', 'eth_getBlockByNumber', 'eth_getTransactionCount'])(
    'that only fails to answer %s fails no transaction, however often',
    async (failing) => {
      const asked = () => between.seen.filter(({ method }) => method === failing).length
      between.treat = (method) => (method === failing ? { pass: false, answer: 'error' } : undefined)
      const sent = await send({ to: someone, value: '1' })
      await expect.poll(asked, { timeout: 10_000 }).toBeGreaterThan(5)
      expect((await house.relay.get(sent.row.id, house.as(app))).row.state).toBe('accepted')
      between.treat = () => undefined
      expect((await settled(sent)).row.state).toBe('final')
    },
    20_000,
  )

  test('that lies about the pending nonce cannot strand the sender', async () => {
    between.treat = (method, params) =>
      method === 'eth_getTransactionCount' && String(params).endsWith('pending')
        ? { pass: false, result: '0xffff' }
        : undefined
    const sent = await send({ to: someone, value: '1' })
    await waitsFor(sent, 'node-refused')
    between.treat = () => undefined
    expect((await settled(sent)).row.nonce).toBe(0n)
  })
})

test('a relayed sender takes no nonce of a caller', async () => {
  await settled(await send({ to: someone, value: '1' }))
  const value = {
    type: 2,
    nonce: 900,
    to: someone,
    value: '1',
    gas: 21000,
    maxFeePerGas: '1',
    maxPriorityFeePerGas: '1',
  }
  const chosen = house.signing.sign({ key: key.id, operation: 'sign:transaction', network, value }, house.as(app))
  await expect(chosen).rejects.toMatchObject({ code: 'denied' })
})

test('a house that stopped with work open goes on with it', async () => {
  between.treat = (method) => (method === 'eth_sendRawTransaction' ? { pass: false, answer: 'drop' } : undefined)
  const { row } = await send({ to: someone, value: '1' })
  await expect.poll(async () => (await house.relay.get(row.id, house.as(app))).row.state).toBe('signed')
  const [before] = (await house.relay.get(row.id, house.as(app))).signed
  await house.close()
  between.treat = () => undefined
  house = await openHouse({ folder: house.folder, ...networks(between.url) })
  const after = await settled({ row, signed: [] })
  expect(after.row.state).toBe('final')
  expect(after.signed.map(({ hash }) => hash)).toEqual([before?.hash])
})

test('a reorganised chain takes a transaction back, and the same bytes go out again', async () => {
  const waiting = await openHouse({ folder: `${house.folder}-deep`, networks: deep(between.url) })
  try {
    const deepKey = await payingKey(waiting)
    const deepApp = await client(waiting, signer(deepKey))
    await anvil.fund(String(deepKey.address))
    const { row } = await waiting.relay.send(
      { key: deepKey.id, network, value: { to: someone, value: '1' } },
      waiting.as(deepApp),
    )
    const state = async () => (await waiting.relay.get(row.id, waiting.as(deepApp))).row.state
    await expect.poll(state).toBe('mined')
    await anvil.rpc('anvil_reorg', 1, [])
    const [bytes] = (await waiting.relay.get(row.id, waiting.as(deepApp))).signed
    await expect.poll(() => anvil.rpc('eth_getTransactionReceipt', bytes?.hash)).not.toBeNull()
    await anvil.rpc('anvil_mine', '0x5')
    await expect.poll(state, { timeout: 10_000 }).toBe('final')
    expect((await waiting.relay.get(row.id, waiting.as(deepApp))).signed).toHaveLength(1)
  } finally {
    await waiting.close()
    await removeFolder(waiting)
  }
})

function deep(url: URL): TestParts['networks'] & {} {
  const node = createEvmNode({ network, urls: [url], fees: 'auto', patience: 500 })
  return new Map([[network as Network, { node, confirmations: 4n }]])
}
