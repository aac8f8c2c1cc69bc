import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { createBucket } from '../../src/base/bucket.ts'

function movedClock() {
  let time = 1_000
  return { now: () => time, monotonic: () => time, move: (milliseconds: number) => void (time += milliseconds) }
}

describe('a token bucket', () => {
  it('gives its burst at once and then one token an interval', () => {
    const bucket = createBucket({ rate: 10, burst: 3, clock: movedClock() })
    expect(Array.from({ length: 5 }, () => bucket.take(1_000))).toEqual([0, 0, 0, 100, 200])
  })

  it('takes nothing when the wait would be too long', () => {
    const clock = movedClock()
    const bucket = createBucket({ rate: 10, burst: 1, clock })
    expect([bucket.take(0), bucket.take(99), bucket.take(99)]).toEqual([0, undefined, undefined])
    expect(bucket.wait()).toBe(100)
    clock.move(100)
    expect(bucket.take(0)).toBe(0)
  })

  it('fills up to its burst and no further', () => {
    const clock = movedClock()
    const bucket = createBucket({ rate: 10, burst: 2, clock })
    clock.move(60_000)
    expect(Array.from({ length: 3 }, () => bucket.take(1_000))).toEqual([0, 0, 100])
  })

  it('goes at another rate from now on: what was taken keeps its moment, what comes next takes as long as it takes now', () => {
    const clock = movedClock()
    const bucket = createBucket({ rate: 10, burst: 2, clock })
    expect([bucket.take(1_000), bucket.take(1_000), bucket.take(1_000)]).toEqual([0, 0, 100])
    bucket.setRate(5)
    expect(bucket.take(1_000)).toBe(400)
    bucket.setRate(10)
    expect(bucket.take(1_000)).toBe(300)
    clock.move(60_000)
    expect(Array.from({ length: 3 }, () => bucket.take(1_000))).toEqual([0, 0, 100])
    expect(() => bucket.setRate(0)).toThrow(RangeError)
  })

  it('never gives more than rate and burst in any second, whoever asks when', () => {
    const requests = fc.array(fc.integer({ min: 0, max: 120 }), { minLength: 1, maxLength: 300 })
    fc.assert(
      fc.property(requests, fc.integer({ min: 1, max: 200 }), fc.integer({ min: 1, max: 20 }), (gaps, rate, burst) => {
        const clock = movedClock()
        const bucket = createBucket({ rate, burst, clock })
        const used: number[] = []
        for (const gap of gaps) {
          clock.move(gap)
          const wait = bucket.take(500)
          if (wait !== undefined) used.push(clock.monotonic() + wait)
        }
        for (const start of used) {
          const within = used.filter((at) => at >= start && at < start + 1_000 - 1e-6)
          expect(within.length).toBeLessThanOrEqual(rate + burst)
        }
      }),
    )
  })

  it.each([
    [0, 1],
    [-1, 1],
    [Number.NaN, 1],
    [1, 0],
  ])('is not made with rate %d and burst %d', (rate, burst) => {
    expect(() => createBucket({ rate, burst, clock: movedClock() })).toThrow(RangeError)
  })
})
