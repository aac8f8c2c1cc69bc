// How fast keys are made, by the clock alone: against a quota that this process has for itself, and against others.
import { describe, expect, it } from 'vitest'
import { createPaces, type Pace } from '../../../src/keys/aws/pace.ts'

function movedClock() {
  let time = 1_000
  return { now: () => time, monotonic: () => time, move: (milliseconds: number) => void (time += milliseconds) }
}

type MovedClock = ReturnType<typeof movedClock>

/** So many milliseconds that none runs out of them. */
const ample = 1_000_000

function paceOf(operation: string, clock: MovedClock, quotas = {}): Pace {
  const pace = createPaces(quotas, clock).get(operation)
  if (pace === undefined) throw new Error(`${operation} is not paced`)
  return pace
}

describe('the pace', () => {
  it.each([
    ['Sign', 1_000],
    ['CreateKey', 5],
    ['CreateAlias', 5],
    ['GenerateDataKeyPairWithoutPlaintext', 100],
  ])('of %s is never above the quota of AWS, %d in any second', (operation, quota) => {
    const pace = paceOf(operation, movedClock())
    const times = Array.from({ length: 3 * quota }, () => pace.take(ample) ?? Infinity)
    for (const start of times) {
      expect(times.filter((at) => at >= start && at < start + 1_000 - 1e-6).length).toBeLessThanOrEqual(quota)
    }
    // A fifth is left to others.
    expect(times.at(-1)).toBeLessThan((3 * quota * 1_000) / (0.8 * quota))
  })

  it('is that of the account, where the configuration says so', () => {
    const pace = paceOf('CreateKey', movedClock(), { keyQuota: 50 })
    expect(Array.from({ length: 10 }, () => pace.take(ample)).every((wait) => wait === 0)).toBe(true)
    expect(pace.take(ample)).toBe(25)
  })

  it('leaves no request so late that its answer would not be heard', () => {
    const pace = paceOf('CreateKey', movedClock())
    expect(pace.take(10)).toBe(0)
    expect(pace.take(3_200)).toBeUndefined()
    expect(pace.take(3_300)).toBe(250)
  })

  it('of making is halved where AWS throttles, once a second, and no further than to one in two seconds', () => {
    const clock = movedClock()
    const pace = paceOf('CreateKey', clock)
    pace.take(ample)
    const gap = () => {
      const before = pace.wait()
      pace.take(ample)
      return Math.round(pace.wait() - before)
    }
    const gaps = Array.from({ length: 5 }, () => {
      for (let i = 0; i < 3; i++) pace.throttled()
      clock.move(1_000)
      return gap()
    })
    expect(gaps).toEqual([500, 1_000, 2_000, 2_000, 2_000])
    for (let i = 0; i < 100; i++) pace.passed()
    expect(gap()).toBe(250)
  })

  it('of signatures stays as it is: going slower would only refuse what might pass', () => {
    const pace = paceOf('Sign', movedClock(), { quota: 5 })
    pace.throttled()
    expect([pace.take(ample), pace.take(ample)]).toEqual([0, 250])
  })

  // Three processes against 5 a second, by virtual time: each knows the whole quota and none of the others.
  it('of several processes settles at what the account allows together', () => {
    const clock = movedClock()
    const paces = Array.from({ length: 3 }, () => paceOf('CreateKey', clock))
    const next = paces.map(() => clock.monotonic())
    const seconds = new Map<number, number>()
    const outcomes = { made: 0, throttled: 0 }
    const minutes = 10
    for (;;) {
      const first = next.indexOf(Math.min(...next))
      const at = next[first] ?? 0
      const pace = paces[first]
      if (pace === undefined || at > minutes * 60_000) break
      clock.move(at - clock.monotonic())
      const second = Math.floor(at / 1_000)
      const count = (seconds.get(second) ?? 0) + 1
      seconds.set(second, count)
      const passed = count <= 5
      if (passed) pace.passed()
      else pace.throttled()
      outcomes[passed ? 'made' : 'throttled'] += 1
      next[first] = at + (passed ? 0 : 575) + (pace.take(ample) ?? 0)
    }
    // Together they would be throttled more often than not if none gave way: 12 a second against 5.
    expect(outcomes.made / (minutes * 60)).toBeGreaterThan(3.5)
    expect(outcomes.throttled / outcomes.made).toBeLessThan(0.15)
  })
})
