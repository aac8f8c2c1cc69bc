/** the day of a sponsor over two replicas on one PostgreSQL. */
import { generateAccount } from 'algosdk'
import { afterAll, beforeAll, expect, onTestFinished, test } from 'vitest'
import { createAlgorand } from '../../src/chains/algorand/chain.ts'
import { Failed, type Code } from '../../src/core/errors.ts'
import { nodeAt, testNetwork } from '../nodes/algorand/fixture.ts'
import { createMemoryLedger } from '../nodes/algorand/algod/memory-ledger.ts'
import { startAlgod, type Algod } from '../nodes/algorand/algod/server.ts'
import { startCluster, type Cluster } from '../store/postgres-cluster.ts'
import { apiKey, openReplica, type Replica } from './replicas.ts'
import { generous, text, unsignedAt, wanted } from './sponsored.ts'

let cluster: Cluster
let algod: Algod

beforeAll(async () => {
  cluster = await startCluster()
  algod = await startAlgod({ ledger: createMemoryLedger() })
}, 60_000)

afterAll(async () => {
  await algod.close()
  await cluster.stop()
}, 60_000)

async function replica(holder: string, url: string, perDay: bigint): Promise<Replica> {
  const made = await openReplica(holder, url, {
    chains: [createAlgorand({ networks: [{ network: testNetwork }] })],
    ledgers: new Map([[testNetwork, nodeAt(algod.url)]]),
    sponsors: [{ ...generous, perDay, simulate: false }],
  })
  onTestFinished(made.close)
  return made
}

/** What a busy PostgreSQL makes of a question, and no answer to it. */
const unanswered: readonly Code[] = ['in-doubt', 'store-unavailable', 'overloaded', 'deadline-exceeded']

/** A client asks again: PostgreSQL may be slow for a moment. */
async function untilKnown<T>(ask: () => Promise<T>, tries = 5): Promise<T> {
  try {
    return await ask()
  } catch (error) {
    if (tries > 1 && error instanceof Failed && unanswered.includes(error.code)) return untilKnown(ask, tries - 1)
    throw error
  }
}

test('with room for 50 lets exactly 50 of 200 be signed, asked of both at once; and the 50 again are free', async () => {
  const url = await cluster.database()
  const [one, two] = [await replica('one', url, 101_999n), await replica('two', url, 101_999n)]
  const key = await one.keyring.create({ ...wanted, alias: 'pays' }, one.operator())
  algod.chain.ledger.fund(key.address ?? '', 10_000_000n)
  const secret = await apiKey(one, [{ operations: ['sponsor'], keys: [key.id], networks: '*' }], 'app')
  const node = nodeAt(algod.url)
  const values = await Promise.all(Array.from({ length: 200 }, async (_, i) => unsignedAt(node, generateAccount(), i)))
  const ask = async (at: Replica, value: string) => {
    const request = { family: 'algorand', network: testNetwork, value: [value], inner: 0, broadcast: false } as const
    return { value, sponsored: await untilKnown(async () => at.sponsoring.sponsor(request, await at.asks(secret))) }
  }
  const done = await Promise.allSettled(values.map((one_, i) => ask(i % 2 === 0 ? one : two, text(one_.toByte()))))
  const signed = done.flatMap((each) => (each.status === 'fulfilled' ? [each.value] : []))
  const refused = done.flatMap((each): readonly unknown[] => (each.status === 'rejected' ? [each.reason] : []))
  expect(signed).toHaveLength(50)
  for (const reason of refused) expect(reason).toMatchObject({ code: 'limit-reached' })
  const { rows } = await one.store.windowTotals(undefined, 1_000, one.operator().deadline)
  expect(rows.find(({ scope }) => scope.endsWith(' fees'))?.total).toBe(100_000n)
  for (const [i, { value, sponsored }] of signed.entries()) {
    expect((await ask(i % 2 === 0 ? two : one, value)).sponsored).toEqual(sponsored)
  }
}, 60_000)
