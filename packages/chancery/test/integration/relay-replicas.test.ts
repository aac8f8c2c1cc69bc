/** The relay on two replicas: one lane a sender, whoever drives it, and nothing lost with the one that dies. */
import { afterAll, afterEach, beforeAll, beforeEach, expect, test } from 'vitest'
import type { KeyRecord } from '../../src/core/key.ts'
import type { Network } from '../../src/core/names.ts'
import type { TransactionView } from '../../src/core/transactions.ts'
import { createEvmNode } from '../../src/nodes/evm/node.ts'
import { openStates } from '../../src/relay/row.ts'
import { startCluster, type Cluster } from '../store/postgres-cluster.ts'
import { startAnvil, type Anvil } from './anvil.ts'
import { standBetween, type Between } from './between.ts'
import { network, payingKey, payment, signer, someone, type TestParts } from './house.ts'
import { apiKey, openReplica, type Replica } from './replicas.ts'
import { againstClock, tooSlow } from '../against-clock.ts'

let cluster: Cluster
let anvil: Anvil
let wires: readonly [Between, Between]
let one: Replica
let two: Replica
let key: KeyRecord
let app: string
let failedTurns: number

beforeAll(async () => {
  cluster = await startCluster()
  anvil = await startAnvil()
}, 60_000)

afterAll(async () => {
  await anvil.close()
  await cluster.stop()
}, 60_000)

const relaying = ({ url }: Between): TestParts => {
  const node = createEvmNode({ network, urls: [url], fees: 'auto', patience: 500 })
  return { networks: new Map([[network as Network, { node, confirmations: 1n }]]), laneLease: 4_000 }
}

beforeEach(async () => {
  const url = await cluster.database()
  wires = [await standBetween(anvil.url), await standBetween(anvil.url)]
  failedTurns = 0
  one = await openReplica('one', url, { ...relaying(wires[0]), onError: () => void failedTurns++ })
  two = await openReplica('two', url, relaying(wires[1]))
  key = await payingKey(one)
  app = await apiKey(one, signer(key), 'app')
  await anvil.fund(String(key.address))
})

afterEach(async () => {
  await one.close()
  await two.close()
  await Promise.all(wires.map((wire) => wire.close()))
})

const send = async (replica: Replica, value: number): Promise<TransactionView> =>
  replica.relay.send({ key: key.id, network, value: { to: someone, value: String(value) } }, await replica.asks(app))

/** Once none of them is under way any more. */
async function settled(sent: readonly TransactionView[], from: Replica): Promise<readonly TransactionView[]> {
  const { principal } = await from.asks(app)
  const open = () => from.relay.list({ states: openStates }, { limit: 100 }, from.as(principal))
  await expect.poll(open, { timeout: 30_000, interval: 100 }).toEqual([])
  return Promise.all(sent.map(({ row }) => from.relay.get(row.id, from.as(principal))))
}

const upTo = (count: number) => Array.from({ length: count }, (_, i) => i)
const sends = ({ seen }: Between) => seen.filter(({ method }) => method === 'eth_sendRawTransaction')

async function expectAllMined(sent: readonly TransactionView[], from: Replica): Promise<void> {
  const done = await settled(sent, from)
  expect(done.map(({ row }) => row.state)).toEqual(done.map(() => 'final'))
  expect(done.map(({ row }) => Number(row.nonce)).toSorted((a, b) => a - b)).toEqual(upTo(sent.length))
  expect(done.every(({ signed }) => signed.length === 1)).toBe(true)
  expect(await anvil.rpc('eth_getTransactionCount', key.address, 'latest')).toBe(`0x${sent.length.toString(16)}`)
}

test('transactions of one sender accepted on both are mined without gap or double, by one lane', async () => {
  const sent = await Promise.all(upTo(30).map((i) => send(i % 2 === 0 ? one : two, i)))
  await expectAllMined(sent, two)
  // The lane has one driver: only one of them had anything to send.
  expect(wires.filter((wire) => sends(wire).length > 0)).toHaveLength(1)
}, 60_000)

test('what a replica had open when it died is finished by the other', async () => {
  const sent = await Promise.all(upTo(10).map((i) => send(one, i)))
  await expect.poll(() => sends(wires[0]).length, { interval: 5 }).toBeGreaterThan(2)
  wires[0].treat = () => ({ pass: false, answer: 'drop' })
  one.sever()
  const more = await Promise.all(upTo(10).map((i) => send(two, 100 + i)))
  await expectAllMined([...sent, ...more], two)
}, 60_000)

test('a lane passes on at once when its driver stops in order', againstClock, async () => {
  await settled([await send(one, 1)], one)
  await one.relay.close()
  const started = performance.now()
  await settled([await send(two, 2)], two)
  expect(performance.now() - started, tooSlow).toBeLessThan(3_000)
})

test('a lane that failed passes on at once too', againstClock, async () => {
  wires[0].treat = () => ({ pass: false, answer: 'drop' })
  const sent = await send(one, 1)
  await expect.poll(() => failedTurns, { interval: 5, timeout: 10_000 }).toBeGreaterThan(0)
  await one.relay.close()
  const started = performance.now()
  await settled([sent], two)
  expect(performance.now() - started, tooSlow).toBeLessThan(3_000)
})

test('a sender that one replica relays for takes no nonce of a caller on the other', async () => {
  const sent = await send(one, 1)
  const asked = { key: key.id, operation: 'sign:transaction', network, value: payment(900) } as const
  await expect(two.signing.sign(asked, await two.asks(app))).rejects.toMatchObject({
    code: 'denied',
    particulars: { where: 'transaction.nonce' },
  })
  await settled([sent], two)
})

test('what one replica took on for a client that is new is not refused by another, which has not heard of it', async () => {
  await one.relay.close()
  const { row } = await send(one, 1)
  const state = async () => (await one.relay.get(row.id, await one.asks(app))).row
  await expect.poll(state, { timeout: 20_000 }).toMatchObject({ state: 'final' })
})
