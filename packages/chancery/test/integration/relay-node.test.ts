/** The relay against a node whose every answer is written down: what a real one does only on its worst days. */
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, test, vi } from 'vitest'
import { systemClock, type Clock } from '../../src/base/clock.ts'
import { left, type Deadline } from '../../src/base/deadline.ts'
import type { Hex } from '../../src/base/bytes.ts'
import type { Principal } from '../../src/core/access.ts'
import { Failed } from '../../src/core/errors.ts'
import type { KeyRecord } from '../../src/core/key.ts'
import type { ChainNode, Sighting } from '../../src/core/node.ts'
import type { Network } from '../../src/core/names.ts'
import type { SealedBackend } from '../../src/keys/sealed/sealed.ts'
import { createEvmNode } from '../../src/nodes/evm/node.ts'
import { openSqlite } from '../../src/store/sqlite/open.ts'
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

/** What the node says, to be changed by a test while the relay asks. */
interface Script {
  mined: bigint
  /** The mined nonce as of a block that is as deep as asked for. */
  deep: bigint
  sighting: (hash: Hex, deadline: Deadline) => Sighting
  prepare: () => Promise<void>
  looks: number
}

const pool: Sighting = { seen: 'pool' }
const nowhere: Sighting = { seen: 'nowhere' }
const inBlock: Sighting = {
  seen: 'block',
  block: `0x${'ab'.repeat(32)}`,
  number: 7n,
  depth: 1n,
  success: true,
  receipt: { status: '0x1' },
}

const real = createEvmNode({ network, urls: [new URL('http://127.0.0.1:1')], fees: 'zero' })

function scripted(script: Script): ChainNode {
  return {
    ...real,
    minedNonce: async (_sender, _deadline, depth) => (depth === undefined ? script.mined : script.deep),
    pendingNonce: async () => script.mined,
    prepare: async (value) => {
      await script.prepare()
      return { ...value, gas: '21000', gasPrice: '0' }
    },
    send: async () => ({ accepted: true }),
    sighting: async (hash, deadline) => {
      script.looks += 1
      return script.sighting(hash, deadline)
    },
  }
}

let script: Script
let sealed: SealedBackend
let house: TestHouse
let key: KeyRecord
let app: Principal

async function open(given: TestParts = {}, interval = 10) {
  script = { mined: 0n, deep: 0n, sighting: () => pool, prepare: async () => {}, looks: 0 }
  const networks = new Map([[network as Network, { node: scripted(script), confirmations: 4n }]])
  house = await openHouse({ networks, interval, ...given })
  key = await payingKey(house)
  app = await client(house, signer(key))
}

beforeAll(async () => {
  sealed = await openSealed()
})

afterAll(() => sealed.close())

beforeEach(() => open({ sealed }))

afterEach(async () => {
  await house.close()
  await removeFolder(house)
})

const send = () => house.relay.send({ key: key.id, network, value: { to: someone, value: '1' } }, house.as(app))

const rowOf = async (id: `txn_${string}`) => (await house.relay.get(id, house.as(app))).row
const state = (id: `txn_${string}`) => async () => (await rowOf(id)).state
const looks = async (count: number) => {
  await expect.poll(() => script.looks, { timeout: 15_000 }).toBeGreaterThan(count)
}

describe('a nonce the chain has passed, and no sight of the transaction', () => {
  test('is no loss while the block that passed it may still go', async () => {
    const { row } = await send()
    await expect.poll(state(row.id)).toBe('broadcast')
    script.mined = 1n
    script.sighting = () => nowhere
    await looks(script.looks + 20)
    expect(await state(row.id)()).toBe('broadcast')
    script.deep = 1n
    await expect.poll(state(row.id)).toBe('failed')
  })

  test('is counted in a row: a node that is behind now and then loses nothing', async () => {
    const { row } = await send()
    await expect.poll(state(row.id)).toBe('broadcast')
    script.mined = 1n
    script.deep = 1n
    script.sighting = () => (script.looks % 5 === 0 ? pool : nowhere)
    await looks(script.looks + 40)
    expect(await state(row.id)()).toBe('broadcast')
    script.sighting = () => ({ ...inBlock, depth: 4n })
    await expect.poll(state(row.id)).toBe('final')
  })
})

describe('a client whose grants hold at some addresses only', () => {
  const bound = async () => {
    const grants = signer(key).map((grant) => ({ ...grant, sources: ['10.0.0.0/8'] }))
    return { principal: await client(house, grants, 'bound'), grants }
  }
  const sendFrom = (principal: Principal, address: string) =>
    house.relay.send({ key: key.id, network, value: { to: someone, value: '1' } }, house.as({ ...principal, address }))

  test('has its transactions signed for where it asked, and no other', async () => {
    const { principal } = await bound()
    const { row } = await sendFrom(principal, '10.1.2.3')
    await expect.poll(state(row.id)).toBe('broadcast')
    await expect(sendFrom(principal, '192.168.0.1')).rejects.toMatchObject({ code: 'denied' })
  })

  test('is not shown to others by its transactions', async () => {
    const { principal } = await bound()
    const { row } = await sendFrom(principal, '10.1.2.3')
    const listed = await house.relay.list({}, { limit: 10 }, house.as({ ...principal, address: '10.1.2.3' }))
    expect(JSON.stringify([row.body, (await rowOf(row.id)).body, listed.map(({ body }) => body)])).not.toContain(
      '10.1.2.3',
    )
  })

  test('has nothing signed any more once the grant holds elsewhere', async () => {
    const { principal, grants } = await bound()
    let ready = () => {}
    const prepared = new Promise<void>((resolve) => (ready = resolve))
    script.prepare = () => prepared
    const { row } = await sendFrom(principal, '10.1.2.3')
    const { version } = await house.clients.get(principal.client, house.operator())
    const moved = grants.map((grant) => ({ ...grant, sources: ['192.168.0.0/16'] }))
    await house.clients.putGrants(principal.client, moved, version, house.operator())
    ready()
    await expect.poll(state(row.id)).toBe('failed')
    expect((await rowOf(row.id)).body).toMatchObject({ error: { code: 'denied' } })
  })
})

describe('a block that is taken back', () => {
  test('and whose transaction is sent again is not shown any longer', async () => {
    const { row } = await send()
    await expect.poll(state(row.id)).toBe('broadcast')
    script.sighting = () => inBlock
    await expect.poll(state(row.id)).toBe('mined')
    let gone = true
    script.sighting = () => (gone ? ((gone = false), nowhere) : pool)
    await expect.poll(state(row.id)).toBe('broadcast')
    expect((await rowOf(row.id)).body).not.toHaveProperty('block')
  })

  test('leaves nothing mined, though the node does not know the transaction either', async () => {
    const { row } = await send()
    await expect.poll(state(row.id)).toBe('broadcast')
    script.sighting = () => inBlock
    await expect.poll(state(row.id)).toBe('mined')
    script.sighting = () => nowhere
    await expect.poll(state(row.id)).toBe('signed')
    expect((await rowOf(row.id)).body).not.toHaveProperty('receipt')
  })
})

test('many to follow at a slow node keep no new one waiting', async () => {
  await house.close()
  let passed = 0
  const clock: Clock = { now: systemClock.now, monotonic: () => systemClock.monotonic() + passed }
  await open({ clock })
  for (let i = 0; i < 8; i++) {
    const { row } = await send()
    script.sighting = () => inBlock
    await expect.poll(state(row.id)).toBe('mined')
  }
  script.mined = 8n
  script.sighting = (_hash, deadline) => {
    passed += 2_000
    if (left(deadline) === 0) throw new Failed('node-unavailable', 'too late')
    return inBlock
  }
  // The clock leaps while this one is being recorded, too.
  const { row } = await vi.waitFor(send, { timeout: 15_000 })
  await expect.poll(state(row.id), { timeout: 15_000 }).not.toBe('accepted')
})

test('a nonce lost to another process is taken anew, and nothing has failed', async () => {
  await house.close()
  const store = await openSqlite({ path: `${house.folder}-again/store.sqlite`, clock: systemClock })
  let lost = 0
  const commit: typeof store.commit = async (round, deadline) => {
    const item = round.items.findIndex(({ transactions = [] }) =>
      transactions.some(({ state }) => state === 'assigned'),
    )
    if (item === -1 || ++lost > 1) return store.commit(round, deadline)
    return { status: 'refused', faults: [{ item, fault: { reason: 'version', what: 'nonce 0' } }] }
  }
  await open({ store: { ...store, commit } })
  const { row } = await send()
  await expect.poll(state(row.id)).toBe('broadcast')
  expect(lost).toBeGreaterThan(1)
})

test('a lane that cannot go on tries less and less often, and fills no register', async () => {
  const { folder } = house
  await house.close()
  await removeFolder(house)
  let stopped: number | undefined
  const clock: Clock = { now: systemClock.now, monotonic: () => stopped ?? systemClock.monotonic() }
  const store = await openSqlite({ path: `${folder}/again/store.sqlite`, clock })
  let looked = 0
  const lanes: typeof store.lanes = (...asked) => (looked++, store.lanes(...asked))
  const twoLooks = async (before = looked) => {
    await expect.poll(() => looked, { interval: 5 }).toBeGreaterThan(before + 2)
  }
  let failed = 0
  const onError = (_error: unknown, about: string) => void (failed += Number(about.startsWith('lane')))
  await open({ folder, clock, store: { ...store, lanes }, onError })
  const value = { type: 0, nonce: 0, to: someone, value: '2', gas: 21000, gasPrice: '0' }
  await house.signing.sign({ key: key.id, operation: 'sign:transaction', network, value }, house.as(app))
  stopped = Math.ceil(clock.monotonic())
  const { row } = await send()
  await expect.poll(async () => (await rowOf(row.id)).body['error']).toMatchObject({ code: 'conflicts-with-earlier' })
  await twoLooks()
  for (let round = 0; round < 6; round++) {
    const before = failed
    const pause = 10 * 2 ** (before - 1)
    stopped += pause - 1
    await twoLooks()
    expect(failed).toBe(before)
    stopped += 1
    await expect.poll(() => failed, { interval: 5 }).toBe(before + 1)
  }
  // Nothing but its acceptance and the one reason why it waits.
  expect(await rowOf(row.id)).toMatchObject({ state: 'accepted', version: 2 })
})

describe('what was accepted and not signed, while everything is frozen,', () => {
  const waits = async (id: `txn_${string}`) => {
    await expect.poll(() => rowOf(id)).toMatchObject({ state: 'accepted', body: { error: { code: 'frozen' } } })
  }
  const freeze = () => house.freezing.freeze({ everything: true }, house.operator())
  const thaw = () => house.freezing.thaw({ everything: true }, house.operator())

  test('waits, says why, and goes on afterwards', async () => {
    script.prepare = () => Promise.reject(new Failed('node-unavailable', 'not now'))
    const [first, second] = [await send(), await send()]
    await freeze()
    script.prepare = async () => {}
    await waits(first.row.id)
    await waits(second.row.id)
    await thaw()
    await expect.poll(state(second.row.id), { timeout: 15_000 }).toBe('broadcast')
    expect(await rowOf(first.row.id)).toMatchObject({ state: 'broadcast', nonce: 0n })
    expect((await rowOf(first.row.id)).body).not.toHaveProperty('error')
  })

  test('waits though it was about to be signed', async () => {
    const { promise, resolve } = Promise.withResolvers<void>()
    const preparing = Promise.withResolvers<void>()
    script.prepare = () => (preparing.resolve(), promise)
    const { row } = await send()
    await preparing.promise
    await freeze()
    resolve()
    await waits(row.id)
    await thaw()
    await expect.poll(state(row.id), { timeout: 15_000 }).toBe('broadcast')
  })
})

test('what was accepted for a key that is frozen alone has failed', async () => {
  script.prepare = () => Promise.reject(new Failed('node-unavailable', 'not now'))
  const { row } = await send()
  await house.freezing.freeze({ key: key.id }, house.operator())
  script.prepare = async () => {}
  await expect.poll(() => rowOf(row.id)).toMatchObject({ state: 'failed', body: { error: { code: 'frozen' } } })
})

test('a node that never answers does not keep the house from closing', async () => {
  const { promise, resolve } = Promise.withResolvers<void>()
  script.prepare = () => promise
  await send()
  const began = performance.now()
  await house.relay.close()
  expect(performance.now() - began).toBeLessThan(4_000)
  resolve()
})
