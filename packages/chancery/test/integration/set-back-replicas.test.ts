/** Replicas on a PostgreSQL that was set back: whoever misses what it saw stops signing for all, and then ends. */
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, afterEach, beforeAll, beforeEach, expect, onTestFinished, test } from 'vitest'
import type { Head } from '../../src/register/round.ts'
import { openWitness, type Witness } from '../../src/register/witness.ts'
import { startCluster, type Cluster } from '../store/postgres-cluster.ts'
import { client, openHouse, payingKey, payment, removeFolder, signer, type TestHouse } from './house.ts'
import { openReplica, type Replica } from './replicas.ts'

const lost: Head = { stream: 'str_lost', seq: 7, hash: `0x${'ab'.repeat(32)}` }
const checkpoint = { size: 1_000_000, root: lost.hash, note: 'somebody signed it' }

let cluster: Cluster
let url: string
let open: Replica[]

beforeAll(async () => {
  cluster = await startCluster()
}, 60_000)
afterAll(() => cluster.stop(), 60_000)

beforeEach(async () => {
  url = await cluster.database()
  open = []
})

afterEach(() => Promise.all(open.map((replica) => replica.close())))

async function start(holder: string, witness?: Witness): Promise<Replica> {
  const replica = await openReplica(holder, url, { ...(witness && { witness }) })
  open.push(replica)
  return replica
}

async function ahead(): Promise<Witness> {
  const folder = await mkdtemp(join(tmpdir(), 'chancery-witness-'))
  onTestFinished(() => rm(folder, { recursive: true, force: true }))
  const witness = await openWitness({ path: join(folder, 'witness') })
  witness.acknowledge(lost)
  return witness
}

const look = (house: TestHouse) => house.look(house.operator().deadline)
const halted = async (house: TestHouse) => (await house.state.refresh(house.operator().deadline)).halted

async function reasonIn(house: TestHouse): Promise<unknown> {
  const { entries } = await house.store.latestEntries({ limit: 20 }, house.operator().deadline)
  const froze = entries.find(({ body }) => body.includes('"everything.freeze"'))
  return froze && JSON.parse(froze.body)
}

/** What each may have seen, and the store lacks. */
const missing = [
  ['its own newest segment', (witness: Witness) => witness.acknowledge(lost), 'str_lost/7'],
  ["a checkpoint over others' segments", (witness: Witness) => witness.keep(checkpoint), 'checkpoint 1000000'],
] as const

test.each(missing)(
  'one that is idle and misses %s halts all, and ends',
  async (_, see, named) => {
    const [one, two] = [await start('one'), await start('two')]
    const key = await payingKey(two)
    const app = await client(two, signer(key))
    await look(one)
    await look(two)
    expect(one.fatal).toEqual([])
    see(one.witness)
    const seen = one.witness.seen()
    await look(one)
    await expect.poll(() => one.fatal.map(({ code }) => code), { timeout: 15_000 }).toEqual(['behind-witness'])
    expect(await halted(two)).toBe(true)
    expect(await reasonIn(two)).toMatchObject({ actor: 'service', about: { why: expect.stringContaining(named) } })
    const asked = { key: key.id, operation: 'sign:transaction', value: payment(0) } as const
    await expect(two.signing.sign(asked, two.as(app))).rejects.toMatchObject({ code: 'frozen' })
    // The next start finds the same.
    expect(one.witness.seen()).toEqual(seen)
    await look(one)
    expect(one.fatal).toHaveLength(1)
  },
  30_000,
)

test('one that is idle and misses a change of the state halts all, and ends', async () => {
  const [one, two] = [await start('one'), await start('two')]
  const { epoch } = one.state.current()
  const current = one.state.current.bind(one.state)
  one.state.current = () => ({ ...current(), epoch: epoch + 1 })
  await look(one)
  await expect.poll(() => one.fatal.map(({ code }) => code), { timeout: 15_000 }).toEqual(['behind-witness'])
  expect(await halted(two)).toBe(true)
})

test('one that starts behind halts all, once; when its gap is accepted an administrator thaws', async () => {
  const two = await start('two')
  const one = await start('one', await ahead())
  expect([one.writer.status().behind, await halted(two)]).toEqual([expect.stringContaining('str_lost'), true])
  await one.acceptGap({ actor: 'operator', reason: 'a standby was promoted' }, one.operator().deadline)
  await two.freezing.thaw({ everything: true }, two.operator())
  await look(one)
  await look(two)
  expect([await halted(one), one.fatal, two.fatal]).toEqual([false, [], []])
})

test('one that is behind halts all again that was thawed before its gap was accepted', async () => {
  const two = await start('two')
  await two.freezing.freeze({ everything: true }, two.operator())
  const one = await start('one', await ahead())
  expect(await reasonIn(one)).toMatchObject({ actor: 'operator' })
  await two.freezing.thaw({ everything: true }, two.operator())
  await one.state.refresh(one.operator().deadline)
  await look(one)
  expect([await halted(two), await reasonIn(two)]).toEqual([true, expect.objectContaining({ actor: 'service' })])
  await one.acceptGap({ actor: 'operator', reason: 'a standby was promoted' }, one.operator().deadline)
  await two.freezing.thaw({ everything: true }, two.operator())
  await one.state.refresh(one.operator().deadline)
  await look(one)
  expect([await halted(two), one.fatal]).toEqual([false, []])
})

test('a store of one process is left as it is: nobody else signs', async () => {
  const house = await openHouse()
  house.witness.acknowledge(lost)
  await look(house)
  expect([house.fatal, await halted(house)]).toEqual([[], false])
  await house.close()
  await removeFolder(house)
})
