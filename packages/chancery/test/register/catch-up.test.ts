import { expect, test } from 'vitest'
import { createCatchUp } from '../../src/register/catch-up.ts'
import type { State } from '../../src/core/state.ts'
import { clock } from './fixtures.ts'

/** A state whose reads answer when they are told to. */
function reading() {
  const reads: PromiseWithResolvers<unknown>[] = []
  const state = {
    refreshIfMoved: () => {
      const read = Promise.withResolvers<unknown>()
      reads.push(read)
      return read.promise
    },
  } as unknown as Pick<State, 'refreshIfMoved'>
  return { reads, catchUp: createCatchUp(state, clock) }
}

const settled = () => new Promise((resolve) => setImmediate(resolve))

test('whoever comes during a read waits for the next one, and all of them for the same', async () => {
  const { reads, catchUp } = reading()
  const first = catchUp()
  await settled()
  const late = [catchUp(), catchUp(), catchUp()]
  let answered = false
  void late[0]?.then(() => {
    answered = true
  })
  reads[0]?.resolve(undefined)
  await first
  await settled()
  expect([reads.length, answered]).toEqual([2, false])
  reads[1]?.resolve(undefined)
  await Promise.all(late)
  expect(reads).toHaveLength(2)
})

test('a read that fails is told to those who waited for it, and to nobody after', async () => {
  const { reads, catchUp } = reading()
  const first = catchUp()
  await settled()
  const second = catchUp()
  reads[0]?.reject(new Error('gone'))
  await expect(first).rejects.toThrow('gone')
  await settled()
  reads[1]?.resolve(undefined)
  await second
})
