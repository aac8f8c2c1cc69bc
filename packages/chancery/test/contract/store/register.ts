import { describe, expect, test } from 'vitest'
import { toCursor } from '../../../src/store/cursor.ts'
import type { Current } from './opened.ts'
import { begin, entry, item, soon, Writer } from './writer.ts'

export function registerTests(current: Current): void {
  describe('the register', () => {
    test('knows its streams and their heads', async () => {
      const { store } = current()
      const [a, b] = [await begin(store, 'stream-b'), new Writer('stream-a')]
      await b.commit(store, [item()])
      await a.commit(store, [item()])
      expect(await store.streams(soon())).toEqual([
        { stream: 'stream-a', seq: 1, hash: b.prev },
        { stream: 'stream-b', seq: 2, hash: a.prev },
      ])
    })

    test('gives segments back as they were, in order and in pages', async () => {
      const { store } = current()
      const writer = await begin(store)
      const round = writer.round([item(), item({ entries: [entry({ n: 1 }), entry({ n: 2 })] })])
      await store.commit(round, soon())
      writer.follow(round)
      await writer.commit(store, [item({ entries: [] })])
      const { items: _, signs: __, ...segment } = round
      expect(await store.segments(writer.stream, 1, 1, soon())).toEqual([{ ...segment, count: 3 }])
      const all = await store.segments(writer.stream, 0, 10, soon())
      expect(all.map(({ seq, count }) => [seq, count])).toEqual([
        [1, 1],
        [2, 3],
        [3, 0],
      ])
      expect(await store.segments(writer.stream, 3, 10, soon())).toEqual([])
    })

    test('shows the newest entries first, over all streams, page by page', async () => {
      const { store } = current()
      const [a, b] = [await begin(store, 'a'), new Writer('b')]
      a.time += 10
      for (let n = 0; n < 3; n++) {
        await a.commit(store, [item({ entries: [entry({ a: n }), entry({ a: n, second: true })] })])
        await b.commit(store, [item({ entries: [entry({ b: n })] })])
      }
      const whole = await store.latestEntries({ limit: 100 }, soon())
      expect(whole.next).toBeUndefined()
      expect(whole.entries).toHaveLength(10)
      expect(whole.entries[0]).toMatchObject({ stream: 'a', seq: 4, index: 1, time: a.time + 4 })
      const times = whole.entries.map((one) => one.time)
      expect(times).toEqual(times.toSorted((x, y) => y - x))
      const paged = []
      let after: string | undefined
      for (let page = 0; page < 10; page++) {
        const some = await store.latestEntries(after === undefined ? { limit: 3 } : { limit: 3, after }, soon())
        paged.push(...some.entries)
        if (some.next === undefined) break
        after = some.next
      }
      expect(paged).toEqual(whole.entries)
    })

    test('refuses a cursor that is none', async () => {
      const beyond = toCursor([1, 'a', 1, 2 ** 31])
      for (const after of ['e30', beyond]) {
        const wrong = current().store.latestEntries({ limit: 3, after }, soon())
        await expect(wrong).rejects.toMatchObject({ name: 'Refused', code: 'invalid-request' })
      }
    })
  })
}
