import { expect, test } from 'vitest'
import type { Clock } from '../../src/base/clock.ts'
import { roomForRefusals, type Room } from '../../src/compose/disk-room.ts'

const time = { now: 0 }
const clock: Clock = { now: () => time.now, monotonic: () => time.now }

function disk(used: number, free: number, kept = 0) {
  const found: Room & { looks: number } = { blocks: used + free + kept, bfree: free + kept, bavail: free, looks: 0 }
  return found
}

async function after(room: () => boolean): Promise<boolean> {
  room()
  await new Promise((resolve) => setImmediate(resolve))
  return room()
}

test.each([
  ['empty', disk(0, 100), true],
  ['at 89 %', disk(89, 11), true],
  ['at 90 %', disk(90, 10), false],
  ['full but for what root may use', disk(95, 0, 5), false],
  ['without blocks, as some virtual ones are', disk(0, 0), true],
])('a disk %s', async (_, found, wanted) => {
  expect(await after(roomForRefusals('/data', clock, async () => found))).toBe(wanted)
})

test('is looked at again after five seconds, not before', async () => {
  let looks = 0
  let used = 95
  const room = roomForRefusals('/data', clock, async () => {
    looks++
    return disk(used, 100 - used)
  })
  expect(await after(room)).toBe(false)
  used = 10
  time.now += 4_999
  expect(await after(room)).toBe(false)
  expect(looks).toBe(1)
  time.now += 1
  expect(await after(room)).toBe(true)
})

test('that cannot be looked at takes nothing away', async () => {
  const room = roomForRefusals('/data', clock, async () => {
    throw new Error('EIO')
  })
  expect(await after(room)).toBe(true)
})

test('a real one is looked at', async () => {
  expect(typeof (await after(roomForRefusals(import.meta.dirname, clock)))).toBe('boolean')
})
