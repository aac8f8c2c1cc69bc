import { describe, expect, test } from 'vitest'
import type { Current } from './opened.ts'
import { begin, change, fenceAt, hash, item, record, soon, Writer } from './writer.ts'

export function changeTests(current: Current): void {
  describe('the fence', () => {
    fenceTests(current)
  })
  describe('a change of state', () => {
    recordTests(current)
  })
}

function fenceTests(current: Current): void {
  test('lets through what was decided under its epoch, and nothing else', async () => {
    const { store } = current()
    const writer = await begin(store)
    expect(await writer.commit(store, [item()], { epoch: 0 })).toEqual({ status: 'stale', fence: fenceAt(1) })
    expect(await writer.commit(store, [item()], { epoch: 2 })).toMatchObject({ status: 'stale' })
    expect(await writer.commit(store, [item()], { epoch: 0, signs: false })).toMatchObject({ status: 'stale' })
    expect(await writer.commit(store, [item()])).toMatchObject({ status: 'committed' })
  })

  test('stops all signing when it is halted, and nothing else', async () => {
    const { store } = current()
    const writer = await begin(store)
    await writer.commit(store, [change(2, [], true)])
    expect(await writer.commit(store, [item()])).toEqual({ status: 'stale', fence: fenceAt(2, true) })
    expect(await writer.commit(store, [item()], { signs: false })).toMatchObject({ status: 'committed' })
    await writer.commit(store, [change(3)])
    expect(await writer.commit(store, [item()])).toMatchObject({ status: 'committed' })
  })

  test('rises by exactly one', async () => {
    const { store } = current()
    const writer = await begin(store)
    for (const epoch of [0, 1, 3]) {
      expect(await writer.commit(store, [change(epoch)])).toMatchObject({ status: 'stale' })
      expect(await writer.commit(store, [change(epoch)], { epoch: 2 })).toMatchObject({ status: 'stale' })
    }
    expect(await writer.commit(store, [change(2)], { epoch: 1 })).toMatchObject({ status: 'stale' })
    expect(await writer.commit(store, [change(2)])).toMatchObject({ status: 'committed' })
    expect(await store.fence(soon())).toEqual(fenceAt(2))
  })

  test('begins at one', async () => {
    const { store } = current()
    const writer = new Writer('s', 0)
    expect(await writer.commit(store, [change(2)])).toEqual({ status: 'stale', fence: undefined })
    expect(await writer.commit(store, [change(1)])).toMatchObject({ status: 'committed' })
  })

  test('keeps where in the register its change stands', async () => {
    const { store } = current()
    const fence = { ...fenceAt(1), change: { stream: 's', seq: 1, index: 0 } }
    await new Writer('s', 0).commit(store, [item({ change: { fence, records: [] } })])
    expect(await store.fence(soon())).toEqual(fence)
  })

  test('is behind the highest epoch of the register when it was rolled back', async () => {
    const { store } = current()
    const writer = await begin(store)
    expect(await store.highestEpoch(soon())).toBe(1)
    await writer.commit(store, [change(2)])
    expect(await store.highestEpoch(soon())).toBe(2)
  })
}

function recordTests(current: Current): void {
  test('puts records that are read back with the fence, in order', async () => {
    const { store } = current()
    const writer = await begin(store, 's', [record('cli_b', 1), record('cli_a', 1)])
    await writer.commit(store, [change(2, [record('cli_b', 2)])])
    const records = [record('cli_a', 1), record('cli_b', 2)]
    expect(await store.state(soon())).toEqual({ fence: fenceAt(2), records })
  })

  test('keeps each kind of record apart, and what is in it', async () => {
    const { store } = current()
    const body = { text: 'ünïcødé 🗝', list: [1, null, { deep: true }], zero: 0, empty: {} }
    const kinds = ['client', 'installation', 'key', 'rules'] as const
    const records = kinds.map((kind) => ({ kind, id: 'same', version: 1, body, mac: hash(kind) }))
    await begin(store, 's', records)
    expect((await store.state(soon())).records).toEqual(records)
  })

  test('are read back however many there are', async () => {
    const { store } = current()
    const numbered = Array.from({ length: 1_000 }, (_, i) => record(`cli_${String(i).padStart(4, '0')}`, 1))
    const records = [...numbered, { ...record('cli_0000', 1), kind: 'key' as const }]
    await begin(store, 's', records)
    expect(await store.state(soon())).toEqual({ fence: fenceAt(1), records })
  })

  test('needs the version before', async () => {
    const { store } = current()
    const writer = await begin(store, 's', [record('cli_a', 1)])
    for (const put of [record('cli_a', 1), record('cli_a', 3), record('cli_new', 2)]) {
      const result = await writer.commit(store, [change(2, [put])])
      const fault = { reason: 'version', what: `client ${put.id}` }
      expect(result).toEqual({ status: 'refused', faults: [{ item: 0, fault }] })
    }
    expect(await store.state(soon())).toEqual({ fence: fenceAt(1), records: [record('cli_a', 1)] })
  })

  test('writes none of its records when one is out of date', async () => {
    const { store } = current()
    const writer = await begin(store)
    const puts = [record('cli_a', 1), record('cli_b', 2), record('cli_c', 2)]
    const result = await writer.commit(store, [change(2, puts)])
    expect(result.status === 'refused' && result.faults.length).toBe(2)
    expect(await store.state(soon())).toEqual({ fence: fenceAt(1), records: [] })
  })
}
