import path from 'node:path'
import { describe, expect, test } from 'vitest'
import { Failed } from '../../src/core/errors.ts'
import {
  failing,
  gated,
  hanging,
  landingLate,
  landingUnheard,
  losingAnswers,
  losingRequests,
  lying,
} from './faulty-stores.ts'
import type { Hex } from '../../src/base/bytes.ts'
import type { RecordItem } from '../../src/core/recorder.ts'
import {
  attempt,
  clock,
  folder,
  notice,
  openWhole,
  randomHash,
  soon,
  sqlite,
  stateKey,
  type OpenOptions,
} from './fixtures.ts'
import type { Store } from '../../src/core/store.ts'
import { walletItem } from '../../src/wallets/row.ts'
import { walletRow } from '../contract/store/wallets.ts'
import { againstClock, tooSlow } from '../against-clock.ts'

/** A register over a store that `wrap` spoils, once it is open. */
async function over<T>(wrap: (store: Store) => T, storeOf: (wrapped: T) => Store, options: OpenOptions = {}) {
  const directory = await folder()
  const real = await sqlite(path.join(directory, 'store.db'))
  const wrapped = wrap(real)
  return { ...(await openWhole(directory, { ...options, store: storeOf(wrapped) })), real, wrapped }
}

const itself = (store: Store): Store => store

describe('group commit', () => {
  test('what arrives while a round is in flight shares the next one', async () => {
    const { writer, wrapped } = await over(gated, (gate) => gate.store)
    wrapped.shut()
    const first = writer.record(attempt(1), soon())
    await expect.poll(() => wrapped.rounds.at(-1)?.items).toHaveLength(1)
    const rest = [2, 3, 4, 5].map((nonce) => writer.record(attempt(nonce), soon()))
    wrapped.release()
    const recorded = await Promise.all([first, ...rest])
    const at = recorded.map((one) => one.status === 'recorded' && one.seq)
    expect(new Set(at.slice(1)).size).toBe(1)
    expect(wrapped.rounds.at(-1)?.items).toHaveLength(4)
  })

  test('what only trails joins the round of who comes next', async () => {
    const { writer, wrapped } = await over(gated, (gate) => gate.store)
    const before = wrapped.rounds.length
    writer.trail(notice('behind a reply'))
    await writer.record(attempt(1), soon())
    expect(wrapped.rounds.slice(before).map(({ items }) => items.length)).toEqual([2])
  })

  test('what only trails is recorded soon though nobody comes', async () => {
    const { writer, wrapped } = await over(gated, (gate) => gate.store)
    const before = wrapped.rounds.length
    await writer.record(attempt(1), soon())
    writer.trail(notice('behind a reply'))
    await expect.poll(() => writer.head().seq).toBe(before + 2)
  })

  test('a round holds at most 256 items', async () => {
    const { writer, wrapped } = await over(gated, (gate) => gate.store)
    await Promise.all(Array.from({ length: 600 }, (_, nonce) => writer.record(attempt(nonce), soon())))
    expect(Math.max(...wrapped.rounds.map((round) => round.items.length))).toBe(256)
  })

  test('of two items for one guard row the second waits for the next round, and then loses', async () => {
    const { writer, wrapped } = await over(gated, (gate) => gate.store)
    const [one, two] = await Promise.all([writer.record(attempt(7), soon()), writer.record(attempt(7), soon())])
    expect(one).toMatchObject({ status: 'recorded' })
    expect(two).toMatchObject({ status: 'refused', fault: { reason: 'guard' } })
    const perRound = wrapped.rounds.map(({ items }) => items.flatMap(({ guards }) => guards.map(({ item }) => item)))
    for (const rows of perRound) expect(new Set(rows).size).toBe(rows.length)
  })

  test('a refused item does not poison its neighbours', async () => {
    const { writer } = await over(itself, itself)
    await writer.record(attempt(1), soon())
    const all = await Promise.all([0, 1, 2, 3].map((nonce) => writer.record(attempt(nonce), soon())))
    expect(all.map(({ status }) => status)).toEqual(['recorded', 'refused', 'recorded', 'recorded'])
  })

  test('a named predecessor is replaced, another one is not', async () => {
    const { writer } = await over(itself, itself)
    const root = randomHash()
    await writer.record(attempt(1, { root }), soon())
    expect(await writer.record(attempt(1, { replaces: randomHash() }), soon())).toMatchObject({ status: 'refused' })
    expect(await writer.record(attempt(1, { replaces: root }), soon())).toMatchObject({ status: 'recorded' })
  })

  test('of two wallets for one place of a user the second waits for the next round, and then loses', async () => {
    const { store, writer } = await openWhole(await folder())
    const item = (name: string) => walletItem({ stateKey: stateKey() }, walletRow(name, { user: 'u' }))
    const results = await Promise.all([item('a'), item('b')].map((one) => writer.record(one, soon())))
    const row = await store.wallet('wal_a', soon())
    expect(results).toMatchObject([
      { status: 'recorded' },
      { status: 'refused', fault: { reason: 'wallet', taken: 'owner', row } },
    ])
  })

  test('an item that writes a wallet without its entry is not taken', async () => {
    const { store, writer } = await openWhole(await folder())
    const item = walletItem({ stateKey: stateKey() }, walletRow('a'))
    const others = walletItem({ stateKey: stateKey() }, walletRow('a', { asset: 'LTC' }))
    const wrong = [
      { ...item, bodies: others.bodies },
      { ...item, bodies: attempt(1).bodies, guards: attempt(1).guards },
      { ...item, wallets: [] },
      { ...item, bodies: [...item.bodies, ...others.bodies] },
    ]
    for (const one of wrong) await expect(writer.record(one, soon())).rejects.toMatchObject({ code: 'internal' })
    expect(await store.wallets({}, { limit: 10 }, soon())).toEqual([])
  })

  test('an item whose entries do not name its guard rows is not taken', async () => {
    const { writer } = await over(itself, itself)
    const { bodies } = attempt(1)
    const { guards } = attempt(1)
    await expect(writer.record({ bodies, guards, signs: true, epoch: 1 }, soon())).rejects.toThrow(/guard rows/)
    await expect(writer.record({ bodies: [], guards: [], signs: false }, soon())).rejects.toThrow(/without an entry/)
  })
})

test('a change whose maker fails harms nobody else', async () => {
  const { writer } = await over(itself, itself)
  const change = () => {
    throw new Error('no place')
  }
  const all = await Promise.allSettled([
    writer.record(notice('before'), soon()),
    writer.record({ ...notice('change'), epoch: 1, change }, soon()),
    writer.record(notice('after'), soon()),
  ])
  expect(all.map(({ status }) => status)).toEqual(['fulfilled', 'rejected', 'fulfilled'])
})

describe('the fence', () => {
  test('what was decided under an older epoch is judged again, its neighbours are recorded', async () => {
    const { writer, state } = await over(itself, itself)
    await state.change({ actor: 'operator', action: 'test', about: {}, puts: [] }, soon())
    const all = await Promise.all([
      writer.record(attempt(1, { epoch: 1 }), soon()),
      writer.record(attempt(2, { epoch: 2 }), soon()),
      writer.record(notice('of no epoch'), soon()),
    ])
    expect(all.map(({ status }) => status)).toEqual(['stale', 'recorded', 'recorded'])
  })

  test('an epoch another process raised is found out at the commit', async () => {
    const { writer, store } = await over(itself, itself)
    const other = await openWhole(await folder(), { store })
    await other.state.change({ actor: 'operator', action: 'test', about: {}, puts: [] }, soon())
    const all = await Promise.all([writer.record(attempt(1), soon()), writer.record(notice('kept'), soon())])
    expect(all.map(({ status }) => status)).toEqual(['stale', 'recorded'])
  })

  test('a halt by another process stops signing here at once, and only signing', async () => {
    const { writer, store } = await over(itself, itself)
    const other = await openWhole(await folder(), { store })
    await other.state.change({ actor: 'operator', action: 'freeze', about: {}, puts: [], halted: true }, soon())
    for (const epoch of [1, 2]) {
      const all = await Promise.all([
        writer.record(attempt(1, { epoch }), soon()),
        writer.record(notice('kept'), soon()),
      ])
      expect(all.map(({ status }) => status)).toEqual(['halted', 'recorded'])
    }
  })
})

describe('in doubt', () => {
  test('a lost answer is asked for: recorded once, and said so', async () => {
    const lost = { on: false }
    const { writer, store } = await over((real) => losingAnswers(real, lost), itself)
    lost.on = true
    const { seq: before } = writer.head()
    expect(await writer.record(attempt(1), soon())).toMatchObject({ status: 'recorded', seq: before + 1 })
    expect(writer.status().inDoubt).toBe(false)
    expect(await store.segmentHash(writer.head(), soon())).toBe(writer.head().hash)
  })

  test('a lost request is sent again at the same place', async () => {
    const lost = { on: false }
    const { writer } = await over((real) => losingRequests(real, lost), itself)
    lost.on = true
    const { seq: before } = writer.head()
    expect(await writer.record(attempt(1), soon())).toMatchObject({ status: 'recorded', seq: before + 1 })
  })

  test('a round that lands late, after another was sent, is recognised as ours', async () => {
    const late = { on: false }
    const { writer, real, fatal } = await over((store) => landingLate(store, late), itself)
    late.on = true
    const { seq } = writer.head()
    expect(await writer.record(attempt(1), soon())).toMatchObject({ status: 'recorded', seq: seq + 1 })
    expect(fatal).toEqual([])
    expect(await real.segmentHash(writer.head(), soon())).toBe(writer.head().hash)
  })

  test('a round nobody wants any more and lands late is not taken for another one like it', async () => {
    const late = { on: false }
    const stopped = { now: () => 1_000, monotonic: () => clock.monotonic() }
    const options = { limits: { call: 1_000 }, clock: stopped }
    const { writer, real } = await over((store) => landingUnheard(store, late), itself, options)
    const keeping = (payload: Hex): RecordItem => ({
      ...notice('the same words'),
      signatures: [{ publicKey: '0x02', payload, signature: { algorithm: 'ed25519', bytes: new Uint8Array(64) } }],
    })
    const [one, two] = [randomHash(), randomHash()]
    late.on = true
    await expect(writer.record(keeping(one), soon(20))).rejects.toMatchObject({ code: 'in-doubt' })
    await expect.poll(() => writer.status().inDoubt).toBe(true)
    expect(await writer.record(keeping(two), soon())).toMatchObject({ status: 'recorded' })
    expect(await real.storedSignature('0x02', one, soon())).toBeDefined()
    expect(await real.storedSignature('0x02', two, soon())).toBeDefined()
  })

  test('an answer after the deadline counts for nothing', async () => {
    const { writer, wrapped, store } = await over(gated, (gate) => gate.store)
    let time = clock.monotonic()
    const moved = { now: () => clock.now(), monotonic: () => time }
    wrapped.shut()
    const item = attempt(1)
    const late = writer.record(item, { at: time + 60_000, clock: moved })
    await expect.poll(() => wrapped.rounds.at(-1)?.items[0]?.guards).toHaveLength(1)
    time += 60_000
    wrapped.release()
    await expect(late).rejects.toMatchObject({ code: 'in-doubt' })
    expect(await store.segmentHash(writer.head(), soon())).toBe(writer.head().hash)
  })

  test(
    'a store that hangs: no answer but in-doubt, at the deadline, and recovery by itself',
    againstClock,
    async () => {
      const hangs = { on: false }
      const { writer } = await over((real) => hanging(real, hangs), itself, { limits: { call: 1_000 } })
      hangs.on = true
      const started = performance.now()
      await expect(writer.record(attempt(1), soon(200))).rejects.toMatchObject({ code: 'in-doubt' })
      const took = performance.now() - started
      await expect.poll(() => writer.status().inDoubt).toBe(true)
      hangs.on = false
      expect(await writer.record(attempt(2), soon())).toMatchObject({ status: 'recorded' })
      expect(writer.status().inDoubt).toBe(false)
      expect(took, tooSlow).toBeLessThan(1_000)
    },
  )

  test('what trails survives a round in doubt', async () => {
    const lost = { on: false }
    const { writer, store } = await over((real) => losingRequests(real, lost), itself)
    lost.on = true
    writer.trail(notice('a trailing notice'))
    const newest = async () => (await store.latestEntries({ limit: 1 }, soon())).entries[0]?.body
    await expect.poll(newest).toContain('a trailing notice')
    expect(writer.status().dropped).toBe(0)
  })

  test('a store that certainly did nothing is said to be unavailable, and recovers', async () => {
    const works = { on: true }
    const { writer } = await over((real) => failing(real, works), itself)
    works.on = false
    await expect(writer.record(attempt(1), soon())).rejects.toMatchObject({ code: 'store-unavailable' })
    works.on = true
    expect(await writer.record(attempt(1), soon())).toMatchObject({ status: 'recorded' })
  })
})

describe('lost history', () => {
  test('a store that lied about a commit is found out, for good', async () => {
    const lies = { on: false }
    const { writer, fatal } = await over((real) => lying(real, lies), itself)
    lies.on = true
    await writer.record(attempt(1), soon())
    lies.on = false
    await expect(writer.record(attempt(2), soon())).rejects.toMatchObject({ code: 'behind-witness' })
    await expect(writer.record(notice('any'), soon())).rejects.toMatchObject({ code: 'behind-witness' })
    expect(fatal).toHaveLength(1)
    expect(fatal[0]).toBeInstanceOf(Failed)
    expect(writer.status().fatal).toMatch(/lost the segment/)
  })

  test('another writer of our stream is found out', async () => {
    const { writer, real, fatal, wrapped } = await over(gated, (gate) => gate.store)
    wrapped.shut()
    const ours = writer.record(attempt(1), soon())
    await expect.poll(() => wrapped.rounds.at(-1)?.items[0]?.guards).toHaveLength(1)
    const sent = wrapped.rounds.at(-1)
    if (sent === undefined) throw new Error('nothing was sent')
    await real.commit({ ...sent, hash: randomHash() }, soon())
    wrapped.release()
    await expect(ours).rejects.toMatchObject({ code: 'behind-witness' })
    expect(fatal.map(({ message }) => message)).toEqual([expect.stringMatching(/Another writer/)])
  })
})

describe('bounds', () => {
  test('a full queue refuses, and counts what trails and is dropped', async () => {
    const { writer, wrapped } = await over(gated, (gate) => gate.store, { limits: { queue: 3, trailing: 2 } })
    wrapped.shut()
    const held = writer.record(notice('in flight'), soon())
    await expect.poll(() => wrapped.rounds.at(-1)?.items).toHaveLength(1)
    for (const text of ['a', 'b', 'c', 'd']) writer.trail(notice(text))
    const waiting = writer.record(notice('e'), soon())
    await expect(writer.record(notice('f'), soon())).rejects.toMatchObject({ code: 'overloaded' })
    expect(writer.status()).toMatchObject({ waiting: 3, dropped: 2 })
    wrapped.release()
    await Promise.all([held, waiting])
  })

  test('closing records what waits, then takes nothing', async () => {
    const { writer, store } = await over(itself, itself)
    writer.trail(notice('the last words'))
    await writer.close()
    const { entries } = await store.latestEntries({ limit: 1 }, soon())
    expect(entries[0]?.body).toContain('the last words')
    await expect(writer.record(notice('more'), soon())).rejects.toMatchObject({ code: 'shutting-down' })
  })
})

describe('a disk that fills', () => {
  const refusal: RecordItem = {
    bodies: [{ kind: 'refused', client: 'cli_1', code: 'denied' }],
    guards: [],
    signs: false,
  }

  test('takes no refusals any more, counts them, and takes the rest', async () => {
    const room = { left: false }
    const { writer, store } = await openWhole(await folder(), { roomForRefusals: () => room.left })
    writer.trail(refusal)
    expect(await writer.record(attempt(1), soon())).toMatchObject({ status: 'recorded' })
    expect(writer.status().dropped).toBe(1)
    room.left = true
    writer.trail(refusal)
    await writer.record(notice('after it'), soon())
    const { entries } = await store.latestEntries({ limit: 100 }, soon())
    expect(entries.filter(({ body }) => body.includes('"kind":"refused"'))).toHaveLength(1)
    expect(writer.status().dropped).toBe(1)
  })
})
