import { describe, expect, test } from 'vitest'
import type { Current } from './opened.ts'
import { begin, change, entry, fenceAt, guard, hash, item, soon, taking, Writer } from './writer.ts'

export function roundTests(current: Current): void {
  describe('an empty store', () => {
    emptyTests(current)
  })
  describe('a round', () => {
    atomicityTests(current)
  })
  describe('a position in a stream', () => {
    positionTests(current)
  })
}

function emptyTests(current: Current): void {
  test('answers every question', async () => {
    const { store } = current()
    expect(await store.fence(soon())).toBeUndefined()
    expect(await store.state(soon())).toEqual({ fence: undefined, records: [] })
    expect(await store.highestEpoch(soon())).toBe(0)
    expect(await store.segmentHash({ stream: 'none', seq: 1 }, soon())).toBeUndefined()
    expect(await store.entry({ stream: 'none', seq: 1, index: 0 }, soon())).toBeUndefined()
    expect(await store.streams(soon())).toEqual([])
    expect(await store.entries([{ stream: 'none', seq: 1 }], soon())).toEqual([])
    expect(await store.entries([], soon())).toEqual([])
    expect(await store.latestEntries({ limit: 10 }, soon())).toEqual({ entries: [] })
    expect(await store.unintegrated(10, soon())).toEqual([])
    expect(await store.leaves(0, 10, soon())).toEqual([])
    expect(await store.latestCheckpoint(soon())).toBeUndefined()
    expect(await store.guards(undefined, 10, soon())).toEqual({ rows: [] })
    expect(await store.signatures(undefined, 10, soon())).toEqual({ rows: [] })
    expect(await store.lanes(['accepted'], soon())).toEqual([])
    expect(await store.transactions({}, { limit: 10 }, soon())).toEqual([])
    expect(await store.highestNonce('eip155:1', '0xsender', soon())).toBeUndefined()
    expect(await store.storedSignature(hash('key'), hash('payload'), soon())).toBeUndefined()
    expect(await store.idempotency('cli_a', 'sign', 'key', soon())).toBeUndefined()
  })

  test('says what time it is', async () => {
    expect(Math.abs((await current().store.time(soon())) - Date.now())).toBeLessThan(10_000)
  })

  test('signs nothing: there is no state a decision could rest on', async () => {
    const { store } = current()
    expect(await new Writer('s', 0).commit(store, [item()])).toEqual({ status: 'stale', fence: undefined })
    expect(await store.streams(soon())).toEqual([])
  })

  test('records what signs nothing', async () => {
    expect(await new Writer('s', 0).commit(current().store, [item()], { signs: false })).toMatchObject({
      status: 'committed',
    })
  })
}

function atomicityTests(current: Current): void {
  test('keeps entries of all items in order, with their bytes', async () => {
    const { store } = current()
    const writer = await begin(store)
    const entries = [
      entry({ kind: 'attempt', n: 1 }),
      entry({ kind: 'attempt', text: 'zażółć 🗝 \u0000 "' }),
      entry({ kind: 'outcome' }),
    ]
    await writer.commit(store, [item({ entries: entries.slice(0, 2) }), item({ entries: entries.slice(2) })])
    const kept = await store.entries([{ stream: writer.stream, seq: 2 }], soon())
    expect(kept).toEqual(entries.map((one, index) => ({ ...one, stream: writer.stream, seq: 2, index })))
    expect(await store.entry({ stream: writer.stream, seq: 2, index: 1 }, soon())).toEqual(kept[1])
  })

  test('gives the entries of several segments in the order they are asked for', async () => {
    const { store } = current()
    const writer = await begin(store)
    for (const n of [2, 3]) await writer.commit(store, [item({ entries: [entry({ n }), entry({ n, again: true })] })])
    const wanted = [3, 2].map((seq) => ({ stream: writer.stream, seq }))
    const places = (await store.entries(wanted, soon())).map(({ seq, index }) => [seq, index])
    expect(places).toEqual([
      [3, 0],
      [3, 1],
      [2, 0],
      [2, 1],
    ])
  })

  test('keeps an entry of a megabyte', async () => {
    const { store } = current()
    const writer = await begin(store)
    const big = entry({ kind: 'attempt', blob: 'b'.repeat(1 << 20) })
    await writer.commit(store, [item({ entries: [big] })])
    expect((await store.entry({ stream: writer.stream, seq: 2, index: 0 }, soon()))?.body).toBe(big.body)
  })

  test('writes nothing of any item when one cannot be', async () => {
    const { store } = current()
    const writer = await begin(store)
    await writer.commit(store, [taking(guard('1', 'a'))])
    const idempotency = { client: 'cli_a', route: 'sign', key: 'k', bodyHash: hash('body'), made: 'att_1' } as const
    const before = await store.streams(soon())
    const result = await writer.commit(store, [
      item({ guards: [guard('2', 'a')], idempotency }),
      taking(guard('1', 'b')),
    ])
    const fault = { reason: 'guard', row: guard('1', 'b'), held: hash('a') }
    expect(result).toEqual({ status: 'refused', faults: [{ item: 1, fault }] })
    expect(await store.streams(soon())).toEqual(before)
    expect(await store.idempotency('cli_a', 'sign', 'k', soon())).toBeUndefined()
    expect((await store.guards(undefined, 10, soon())).rows).toHaveLength(1)
  })

  test('names every fault of every item', async () => {
    const { store } = current()
    const writer = await begin(store)
    await writer.commit(store, [taking(guard('1', 'a'), guard('2', 'a'))])
    const wanted = [taking(guard('2', 'b'), guard('1', 'b')), item(), taking(guard('3', 'b'))]
    const result = await writer.commit(store, wanted)
    expect(result).toMatchObject({ status: 'refused' })
    expect(result.status === 'refused' && result.faults.map((one) => one.item)).toEqual([0, 0])
  })

  test('that no writer may send is refused before anything is done', async () => {
    const { store } = current()
    const writer = await begin(store)
    const twice = writer.round([taking(guard('1', 'a')), taking(guard('1', 'a'))])
    await expect(store.commit(twice, soon())).rejects.toMatchObject({ name: 'Failed', code: 'internal' })
    const company = writer.round([change(2), item()])
    await expect(store.commit(company, soon())).rejects.toMatchObject({ code: 'internal' })
    const nul = writer.round([taking({ ...guard('1', 'a'), scope: 'a\0b' })])
    await expect(store.commit(nul, soon())).rejects.toMatchObject({ code: 'internal' })
    const surrogate = writer.round([taking({ ...guard('1', 'a'), scope: 'a\ud800' })])
    await expect(store.commit(surrogate, soon())).rejects.toMatchObject({ code: 'internal' })
    expect(await store.streams(soon())).toMatchObject([{ seq: 1 }])
  })

  test('stays over a restart', async () => {
    const { store, reopen } = current()
    const writer = await begin(store)
    await writer.commit(store, [taking(guard('1', 'a'))])
    const again = await reopen()
    expect(await again.segmentHash({ stream: writer.stream, seq: 2 }, soon())).toBe(writer.prev)
    expect(await again.fence(soon())).toEqual(fenceAt(1))
    expect(await writer.commit(again, [taking(guard('1', 'b'))])).toMatchObject({ status: 'refused' })
  })
}

function positionTests(current: Current): void {
  test('taken again with the same hash is as committed, and writes nothing', async () => {
    const { store } = current()
    const writer = await begin(store)
    const round = writer.round([taking(guard('1', 'a'))])
    const first = await store.commit(round, soon())
    expect(await store.commit(round, soon())).toEqual(first)
    expect(await store.entries([{ stream: writer.stream, seq: 2 }], soon())).toHaveLength(1)
  })

  test('is as committed even when the fence has moved on since', async () => {
    const { store } = current()
    const writer = await begin(store)
    const round = writer.round([item()])
    await store.commit(round, soon())
    writer.follow(round)
    await writer.commit(store, [change(2, [], true)])
    expect(await store.commit(round, soon())).toMatchObject({ status: 'committed' })
  })

  test('taken again with another hash collides', async () => {
    const { store } = current()
    const writer = await begin(store)
    const round = writer.round([item()])
    await store.commit(round, soon())
    expect(await store.commit({ ...round, hash: hash('another') }, soon())).toEqual({ status: 'collision' })
    expect(await store.segmentHash({ stream: writer.stream, seq: 2 }, soon())).toBe(round.hash)
  })

  test('needs its predecessor', async () => {
    const { store } = current()
    const writer = await begin(store)
    expect(await writer.commit(store, [item()], { prev: hash('fork') })).toEqual({ status: 'collision' })
    expect(await writer.commit(store, [item()], { seq: 3 })).toEqual({ status: 'collision' })
    expect(await new Writer('never-begun').commit(store, [item()], { seq: 2 })).toEqual({ status: 'collision' })
  })
}
