/** Two replicas on a PostgreSQL store that was restored: what one of them accepted, the other does not undo or hold up. */
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import pg from 'pg'
import { afterAll, afterEach, beforeAll, beforeEach, expect, onTestFinished, test } from 'vitest'
import { systemClock } from '../../src/base/clock.ts'
import { deadlineIn } from '../../src/base/deadline.ts'
import { never, restoredForSeveral, restoredFromSeveral } from '../../src/core/restoration.ts'
import type { KeyRecord } from '../../src/core/key.ts'
import type { Network } from '../../src/core/names.ts'
import type { TransactionState } from '../../src/core/store.ts'
import { createEvmNode } from '../../src/nodes/evm/node.ts'
import { openWitness, type Witness } from '../../src/register/witness.ts'
import { startCluster, type Cluster } from '../store/postgres-cluster.ts'
import { startAnvil, type Anvil } from './anvil.ts'
import { standBetween, type Between } from './between.ts'
import { network, payingKey, signer, someone, type TestParts } from './house.ts'
import { apiKey, openReplica, type Replica } from './replicas.ts'

const by = { actor: 'operator', reason: 'restored from a backup' }

let cluster: Cluster
let anvil: Anvil
let url: string
let wire: Between
let open: Replica[]
let key: KeyRecord
let app: string

beforeAll(async () => {
  cluster = await startCluster()
  anvil = await startAnvil()
}, 60_000)

afterAll(async () => {
  await anvil.close()
  await cluster.stop()
}, 60_000)

beforeEach(async () => {
  url = await cluster.database()
  wire = await standBetween(anvil.url)
  open = []
})

afterEach(async () => {
  wire.treat = () => undefined
  await Promise.all(open.map((replica) => replica.close()))
  await wire.close()
})

const relaying = (): TestParts => {
  const node = createEvmNode({ network, urls: [wire.url], fees: 'auto', patience: 500 })
  return { networks: new Map([[network as Network, { node, confirmations: 1n }]]) }
}

async function start(holder: string, witness?: Witness): Promise<Replica> {
  const replica = await openReplica(holder, url, { ...relaying(), ...(witness && { witness }) })
  open.push(replica)
  return replica
}

const send = async (replica: Replica) =>
  (await replica.relay.send({ key: key.id, network, value: { to: someone, value: '1' } }, await replica.asks(app))).row
    .id

/** Whoever asks it: it need not be let in, as one that is behind lets nobody. */
async function rowOf(replica: Replica, id: `txn_${string}`) {
  const row = await replica.store.transaction(id, replica.operator().deadline)
  if (row === undefined) throw new Error(`there is no ${id}`)
  return row
}

const reached = async (replica: Replica, id: `txn_${string}`, state: TransactionState) => {
  await expect.poll(async () => (await rowOf(replica, id)).state, { timeout: 10_000 }).toBe(state)
}
const waits = async (replica: Replica, id: `txn_${string}`) => {
  await expect.poll(async () => (await rowOf(replica, id)).body['error'], { timeout: 10_000 }).toBeDefined()
}
const without = (unheard: string) => (method: string) =>
  method === unheard ? ({ pass: false, answer: 'drop' } as const) : undefined

/** What a restore leaves: the store of two processes with one transaction open in it, and its marks. */
async function restored(until: (replica: Replica, id: `txn_${string}`) => Promise<void>) {
  const earlier = await start('earlier')
  key = await payingKey(earlier)
  app = await apiKey(earlier, signer(key), 'app')
  await anvil.fund(String(key.address))
  const id = await send(earlier)
  await until(earlier, id)
  await Promise.all(open.splice(0).map((replica) => replica.close()))
  const session = new pg.Client({ connectionString: url })
  await session.connect()
  await session.query('UPDATE lease SET expires_at = 0')
  for (const { name, holder, token } of [restoredFromSeveral, restoredForSeveral]) {
    await session.query(
      `INSERT INTO lease (name, holder, token, expires_at) VALUES ($1, $2, $3, $4)
       ON CONFLICT (name) DO UPDATE SET holder = $2, token = $3, expires_at = $4`,
      [name, holder, token, never],
    )
  }
  await session.end()
  return id
}

/** The file of a process that had written more than the backup holds. */
async function ahead(): Promise<Witness> {
  const folder = await mkdtemp(join(tmpdir(), 'chancery-witness-'))
  onTestFinished(() => rm(folder, { recursive: true, force: true }))
  const witness = await openWitness({ path: join(folder, 'witness') })
  witness.acknowledge({ stream: 'str_lost', seq: 7, hash: `0x${'ab'.repeat(32)}` })
  return witness
}

const witnesses = [
  ['has seen nothing', async () => undefined],
  ['has seen more than came back', ahead],
] as const

test.each(witnesses)(
  'accepting again, where the witness %s, leaves what came since as it is',
  async (_, witness) => {
    wire.treat = without('eth_estimateGas')
    const old = await restored(waits)
    const one = await start('one', await witness())
    const two = await start('two', await witness())
    expect([one, two].map(({ writer }) => writer.status().behind)).toEqual([expect.any(String), expect.any(String)])
    await one.acceptGap(by, one.operator().deadline)
    expect(await rowOf(one, old)).toMatchObject({ state: 'failed', body: { error: { code: 'behind-witness' } } })
    const id = await send(one)
    await two.acceptGap(by, two.operator().deadline)
    expect(two.writer.status().behind).toBeUndefined()
    expect((await rowOf(two, id)).state).toBe('accepted')
    wire.treat = () => undefined
    await reached(two, id, 'final')
  },
  60_000,
)

test('one that did not accept yet holds no lane of one that did', async () => {
  wire.treat = without('eth_sendRawTransaction')
  const old = await restored((replica, id) => reached(replica, id, 'signed'))
  wire.treat = () => undefined
  const two = await start('two')
  await two.relay.wait(old, ['signed'], { ...(await two.asks(app)), deadline: deadlineIn(500, systemClock) })
  expect((await rowOf(two, old)).state).toBe('signed')
  const one = await start('one')
  await one.acceptGap(by, one.operator().deadline)
  await reached(one, await send(one), 'final')
  expect((await rowOf(one, old)).state).toBe('final')
}, 60_000)
