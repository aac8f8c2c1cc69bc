import { describe, expect, test, vi } from 'vitest'
import type { Current } from './opened.ts'
import { soon } from './writer.ts'

export function leaseTests(current: Current): void {
  describe('a lease', () => {
    test('has one holder', async () => {
      const { store } = current()
      expect(await store.lease('job', 'a', 60_000, soon())).toEqual({ name: 'job', holder: 'a', token: 1 })
      expect(await store.lease('job', 'b', 60_000, soon())).toBeUndefined()
      expect(await store.lease('other job', 'b', 60_000, soon())).toMatchObject({ holder: 'b' })
    })

    test('is renewed under the same token', async () => {
      const { store } = current()
      const first = await store.lease('job', 'a', 60_000, soon())
      expect(await store.lease('job', 'a', 60_000, soon())).toEqual(first)
    })

    test('passes on with a higher token when it is released', async () => {
      const { store } = current()
      const first = await store.lease('job', 'a', 60_000, soon())
      if (first !== undefined) await store.release(first, soon())
      expect(await store.lease('job', 'b', 60_000, soon())).toEqual({ name: 'job', holder: 'b', token: 2 })
    })

    test('passes on with a higher token when it expires, to its old holder too', async () => {
      const { store } = current()
      await store.lease('job', 'a', 1, soon())
      const taken = () => store.lease('job', 'b', 60_000, soon())
      expect(await vi.waitUntil(taken, { timeout: 15_000, interval: 5 })).toMatchObject({ holder: 'b', token: 2 })
      await store.lease('mine', 'a', 1, soon())
      const later = async () => ((await store.lease('mine', 'a', 1, soon()))?.token ?? 0) > 1
      expect(await vi.waitUntil(later, { timeout: 15_000, interval: 5 })).toBe(true)
    })

    test('is not released by one that has lost it', async () => {
      const { store } = current()
      const first = await store.lease('job', 'a', 60_000, soon())
      if (first === undefined) throw new Error('the lease is taken')
      await store.release(first, soon())
      await store.lease('job', 'b', 60_000, soon())
      await store.release(first, soon())
      expect(await store.lease('job', 'c', 60_000, soon())).toBeUndefined()
    })
  })
}
