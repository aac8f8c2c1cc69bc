import { describe, expect, test } from 'vitest'
import type { Lease, Position, Store } from '../../../src/core/store.ts'
import type { Current } from './opened.ts'
import { begin, entry, hash, item, soon, Writer } from './writer.ts'

interface Notary {
  readonly store: Store
  readonly writer: Writer
  readonly lease: Lease
}

async function notary(store: Store): Promise<Notary> {
  const writer = await begin(store)
  const lease = await store.lease('notary', 'me', 60_000, soon())
  if (lease === undefined) throw new Error('the lease is taken')
  return { store, writer, lease }
}

async function write(store: Store, writer: Writer, ...counts: readonly number[]): Promise<void> {
  for (const count of counts) {
    const entries = Array.from({ length: count }, (_, n) => entry({ stream: writer.stream, seq: writer.seq + 1, n }))
    await writer.commit(store, [item({ entries })])
  }
}

function add({ store, lease }: Notary, from: number, segments: readonly Position[], size: number): Promise<boolean> {
  return store.integrate(from, segments, { size, root: hash(`tree ${size}`), note: '' }, lease, soon())
}

export function treeTests(current: Current): void {
  describe('the tree', () => {
    integratingTests(current)
    fencingTests(current)
  })
  describe('a checkpoint', () => {
    checkpointTests(current)
  })
}

function integratingTests(current: Current): void {
  test('takes segments in order and gives their leaves back', async () => {
    const me = await notary(current().store)
    const { store, writer } = me
    await write(store, writer, 2, 0, 3)
    const segments = await store.unintegrated(10, soon())
    expect(segments.map((one) => [one.seq, one.count])).toEqual([
      [1, 1],
      [2, 2],
      [3, 0],
      [4, 3],
    ])
    expect(await add(me, 0, segments.slice(0, 2), 3)).toBe(true)
    expect(await add(me, 3, segments.slice(2), 6)).toBe(true)
    expect(await store.unintegrated(10, soon())).toEqual([])
    const leaves = (await store.entries(segments, soon())).map((one) => one.leaf)
    for (const [from, to] of [
      [0, 6],
      [0, 1],
      [1, 3],
      [2, 4],
      [3, 6],
      [5, 6],
      [4, 4],
      [5, 100],
    ] as const) {
      expect(await store.leaves(from, to, soon()), `${from} to ${to}`).toEqual(leaves.slice(from, to))
    }
    expect(await store.integrated(1, 2, soon())).toEqual([2, 3].map((seq) => ({ stream: writer.stream, seq })))
  })

  test('is offered each stream in order, even when its clock went back', async () => {
    const { store, writer } = await notary(current().store)
    writer.time += 1_000
    await write(store, writer, 1)
    writer.time -= 5_000
    await write(store, writer, 1, 1)
    const other = new Writer('another')
    await write(store, other, 1)
    for (const limit of [1, 2, 3, 4, 5]) {
      const offered = (await store.unintegrated(limit, soon())).filter((one) => one.stream === writer.stream)
      expect(offered.map((one) => one.seq)).toEqual(offered.map((_, i) => i + 1))
    }
  })

  test('is offered what follows the tree, however much waits', async () => {
    const me = await notary(current().store)
    const { store, writer } = me
    await write(store, writer, 1, 1, 1, 1, 1, 1)
    for (const done of [0, 2, 4]) {
      const offered = await store.unintegrated(2, soon())
      expect(offered.map((one) => one.seq)).toEqual([done + 1, done + 2])
      expect(await add(me, done, offered, done + 2)).toBe(true)
    }
  })

  test('takes no segment that is missing, already in, or not the next of its stream', async () => {
    const me = await notary(current().store)
    const { stream } = me.writer
    await write(me.store, me.writer, 1, 1)
    expect(await add(me, 0, [{ stream, seq: 2 }], 1)).toBe(false)
    expect(
      await add(
        me,
        0,
        [
          { stream, seq: 1 },
          { stream, seq: 3 },
        ],
        2,
      ),
    ).toBe(false)
    expect(await add(me, 0, [{ stream: 'missing', seq: 1 }], 1)).toBe(false)
    expect(
      await add(
        me,
        0,
        [
          { stream, seq: 1 },
          { stream, seq: 2 },
        ],
        2,
      ),
    ).toBe(true)
    expect(await add(me, 2, [{ stream, seq: 2 }], 3)).toBe(false)
    expect(await me.store.integrated(0, 10, soon())).toHaveLength(2)
    expect(await me.store.latestCheckpoint(soon())).toMatchObject({ size: 2 })
  })

  test('grows from exactly its size, to exactly the size of the checkpoint', async () => {
    const me = await notary(current().store)
    const { stream } = me.writer
    await write(me.store, me.writer, 1)
    expect(await add(me, 1, [{ stream, seq: 1 }], 2)).toBe(false)
    expect(await add(me, 0, [{ stream, seq: 1 }], 2)).toBe(false)
    expect(await add(me, 0, [{ stream, seq: 1 }], 1)).toBe(true)
    expect(await add(me, 0, [{ stream, seq: 2 }], 1)).toBe(false)
    expect(await me.store.integrated(0, 10, soon())).toEqual([{ stream, seq: 1 }])
  })
}

function fencingTests(current: Current): void {
  test('is closed to a notary whose lease has passed on', async () => {
    const me = await notary(current().store)
    const { stream } = me.writer
    await me.store.release(me.lease, soon())
    const next = await me.store.lease('notary', 'another', 60_000, soon())
    expect(await add(me, 0, [{ stream, seq: 1 }], 1)).toBe(false)
    if (next === undefined) throw new Error('the lease is taken')
    expect(await add({ ...me, lease: next }, 0, [{ stream, seq: 1 }], 1)).toBe(true)
  })

  test('is closed to a lease nobody gave', async () => {
    const me = await notary(current().store)
    const made = { ...me, lease: { ...me.lease, token: me.lease.token + 1 } }
    expect(await add(made, 0, [{ stream: me.writer.stream, seq: 1 }], 1)).toBe(false)
  })
}

function checkpointTests(current: Current): void {
  test('is committed before its note, and its first note stays', async () => {
    const me = await notary(current().store)
    await add(me, 0, [{ stream: me.writer.stream, seq: 1 }], 1)
    const bare = { size: 1, root: hash('tree 1'), note: '' }
    expect(await me.store.latestCheckpoint(soon())).toEqual(bare)
    await me.store.signCheckpoint({ ...bare, note: 'first — note\n' }, soon())
    await me.store.signCheckpoint({ ...bare, note: 'second' }, soon())
    expect(await me.store.latestCheckpoint(soon())).toEqual({ ...bare, note: 'first — note\n' })
  })

  test('takes no note for a root it does not have', async () => {
    const me = await notary(current().store)
    await add(me, 0, [{ stream: me.writer.stream, seq: 1 }], 1)
    const wrong = me.store.signCheckpoint({ size: 1, root: hash('fork'), note: 'note' }, soon())
    await expect(wrong).rejects.toMatchObject({ name: 'Failed', code: 'store-corrupt' })
    const missing = me.store.signCheckpoint({ size: 2, root: hash('tree 2'), note: 'note' }, soon())
    await expect(missing).rejects.toMatchObject({ code: 'store-corrupt' })
  })

  test('is listed by size', async () => {
    const me = await notary(current().store)
    await write(me.store, me.writer, 1, 1)
    for (const seq of [1, 2, 3]) await add(me, seq - 1, [{ stream: me.writer.stream, seq }], seq)
    const sizes = async (after: number, limit: number) =>
      (await me.store.checkpoints(after, limit, soon())).map((one) => one.size)
    expect(await sizes(0, 10)).toEqual([1, 2, 3])
    expect(await sizes(1, 1)).toEqual([2])
    expect(await sizes(3, 10)).toEqual([])
  })
}
