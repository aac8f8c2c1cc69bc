import { describe, expect, test } from 'vitest'
import type { Clock } from '../../src/base/clock.ts'
import { deadlineIn } from '../../src/base/deadline.ts'
import { Failed } from '../../src/core/errors.ts'
import { createAgreedTime } from '../../src/signing/agreed-time.ts'

/** A clock and a store's, each set by hand; `asked` counts the questions. */
function clocks() {
  const at = { ours: 1_000_000, theirs: 1_000_000, monotonic: 0, asked: 0, fails: false }
  const clock: Clock = { now: () => at.ours, monotonic: () => at.monotonic }
  const store = {
    time: async () => {
      at.asked += 1
      if (at.fails) throw new Failed('store-unavailable', 'away')
      return at.theirs
    },
  }
  const agreedTime = createAgreedTime({ clock, store })
  const pass = (milliseconds: number) => {
    at.ours += milliseconds
    at.theirs += milliseconds
    at.monotonic += milliseconds
  }
  return { at, pass, ask: () => agreedTime(deadlineIn(1_000, clock)) }
}

const doubt = { name: 'Failed', code: 'clock-in-doubt' }

describe('the agreed time', () => {
  test('is ours, as long as the two are no more than two seconds apart', async () => {
    for (const [apart, ok] of [
      [0, true],
      [2_000, true],
      [-2_000, true],
      [2_001, false],
      [-2_001, false],
    ] as const) {
      const { at, ask } = clocks()
      at.theirs += apart
      if (ok) expect(await ask()).toBe(at.ours)
      else await expect(ask()).rejects.toMatchObject(doubt)
    }
  })

  test('costs one question in five seconds, however many ask', async () => {
    const { at, pass, ask } = clocks()
    await Promise.all(Array.from({ length: 50 }, ask))
    pass(4_999)
    await ask()
    expect(at.asked).toBe(1)
    pass(1)
    await ask()
    expect(at.asked).toBe(2)
  })

  test('is in doubt at once when ours jumps between two questions', async () => {
    const { at, ask } = clocks()
    await ask()
    at.ours += 2_500
    await expect(ask()).rejects.toMatchObject(doubt)
    expect(at.asked).toBe(1)
  })

  test('is asked for again after the store did not answer', async () => {
    const { at, ask } = clocks()
    at.fails = true
    await expect(ask()).rejects.toMatchObject({ code: 'store-unavailable' })
    at.fails = false
    expect(await ask()).toBe(at.ours)
  })
})
