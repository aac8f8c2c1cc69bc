import { describe, expect, test } from 'vitest'
import { systemClock } from '../../../src/base/clock.ts'
import { deadlineIn } from '../../../src/base/deadline.ts'
import type { Current } from './opened.ts'
import { begin, item, soon } from './writer.ts'

export function deadlineTests(current: Current): void {
  describe('a call', () => {
    test('whose deadline has passed does nothing, and says so at once', async () => {
      const { store } = current()
      const writer = await begin(store)
      const past = deadlineIn(0, systemClock)
      const unavailable = { name: 'Failed', code: 'store-unavailable' }
      await expect(store.commit(writer.round([item()]), past)).rejects.toMatchObject(unavailable)
      await expect(store.fence(past)).rejects.toMatchObject(unavailable)
      await expect(store.lease('job', 'a', 1_000, past)).rejects.toMatchObject(unavailable)
      expect(await store.segmentHash({ stream: writer.stream, seq: 2 }, soon())).toBeUndefined()
    })

    test('after the store was closed fails', async () => {
      const { store, reopen } = current()
      await reopen()
      await expect(store.fence(soon())).rejects.toMatchObject({ name: 'Failed', code: 'store-unavailable' })
    })
  })
}
