import { afterAll, beforeAll, describe, expect, test, vi } from 'vitest'
import { Secret } from '../../src/base/secret.ts'
import { noteKey } from '../../src/register/checkpoint.ts'
import { openNotary } from '../../src/register/notary.ts'
import { sourceOf } from '../../src/register/source.ts'
import { verifyRegister } from '../../src/register/verify.ts'
import { startCluster, type Cluster } from '../store/postgres-cluster.ts'
import { attempt, clock, folder, keyRecord, openWhole, postgres, soon, stateKey } from './fixtures.ts'
import { againstClock, tooSlow } from '../against-clock.ts'

let cluster: Cluster

beforeAll(async () => {
  cluster = await startCluster()
}, 60_000)

afterAll(() => cluster.stop(), 60_000)

async function twoProcesses() {
  const url = await cluster.database()
  const one = await openWhole(await folder(), { store: await postgres(url) })
  const two = await openWhole(await folder(), { store: await postgres(url) })
  return [one, two] as const
}

describe('two processes on one store', () => {
  test('race for fifty nonces: each has one winner, and the register says which', async () => {
    const [one, two] = await twoProcesses()
    const nonces = Array.from({ length: 50 }, (_, nonce) => nonce)
    const all = await Promise.all(
      nonces.map((nonce) =>
        Promise.all([one, two].map(({ writer }) => writer.record(attempt(nonce), soon()).then(({ status }) => status))),
      ),
    )
    for (const pair of all) expect(pair.toSorted()).toEqual(['recorded', 'refused'])
    expect((await verifyRegister(sourceOf(one.store, clock), { stateKey: stateKey() })).findings).toEqual([])
  })

  test('change the state at once: nothing is lost, and decisions of the old epoch are judged again', async () => {
    const [one, two] = await twoProcesses()
    const by = { actor: 'cli_1', action: 'key.create', about: {} }
    const put = () => [{ kind: 'key' as const, value: keyRecord(), expect: 0 }]
    await Promise.all([one, two, one, two].map(({ state }) => state.change({ ...by, puts: put() }, soon())))
    expect((await one.state.refresh(soon())).keys.size).toBe(4)
    expect(await one.state.refresh(soon())).toMatchObject({ epoch: (await two.state.refresh(soon())).epoch })
    expect(await one.writer.record(attempt(1, { epoch: 1 }), soon())).toEqual({ status: 'stale' })
  })

  test('a halt by one stops signing on the other at once', async () => {
    const [one, two] = await twoProcesses()
    const snapshot = await one.state.change(
      { actor: 'operator', action: 'freeze', about: {}, puts: [], halted: true },
      soon(),
    )
    for (const { epoch } of [snapshot, two.state.current()]) {
      expect((await two.writer.record(attempt(1, { epoch }), soon())).status).not.toBe('recorded')
    }
  })

  test('one notary for both, and a tree that holds both streams', async () => {
    const [one, two] = await twoProcesses()
    await Promise.all([one.writer.record(attempt(1), soon()), two.writer.record(attempt(2), soon())])
    const log = noteKey('chancery.example', new Secret(new Uint8Array(32).fill(3)))
    const lease = await one.store.lease('notary', 'one', 60_000, soon())
    expect(await two.store.lease('notary', 'two', 60_000, soon())).toBeUndefined()
    if (lease === undefined) throw new Error('the lease is taken')
    expect(await openNotary({ ...one, noteKey: log }).integrate(lease, soon())).toBe(5)
    const found = await verifyRegister(sourceOf(two.store, clock), { noteKey: log, stateKey: stateKey() })
    expect(found).toMatchObject({ segments: 5, findings: [] })
  })
})

test(
  'the server dies and comes back: no answer but a fault meanwhile, and recovery by itself',
  againstClock,
  async () => {
    const url = await cluster.database()
    const { writer, store } = await openWhole(await folder(), { store: await postgres(url) })
    await writer.record(attempt(0), soon())
    await cluster.kill()
    const started = performance.now()
    await expect(writer.record(attempt(1), soon(1_000))).rejects.toMatchObject({
      code: expect.stringMatching(/^(in-doubt|store-unavailable|deadline-exceeded)$/),
    })
    const took = performance.now() - started
    await cluster.start()
    let nonce = 2
    await vi.waitFor(
      async () => expect(await writer.record(attempt(nonce++), soon(1_000))).toMatchObject({ status: 'recorded' }),
      { timeout: 15_000, interval: 50 },
    )
    expect((await verifyRegister(sourceOf(store, clock), { stateKey: stateKey() })).findings).toEqual([])
    expect(took, tooSlow).toBeLessThan(1_500)
  },
)
