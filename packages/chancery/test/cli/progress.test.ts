/** What is said of something that takes long. */
import { afterEach, beforeEach, describe, expect, test, vi } from 'vitest'
import { keepTelling, nowAndThen } from '../../src/cli/progress.ts'

describe('while it goes on', () => {
  beforeEach(() => void vi.useFakeTimers())
  afterEach(() => void vi.useRealTimers())

  test('news is said once a second, and that there is none every five seconds, until it is over', () => {
    const said: number[] = []
    const began = performance.now()
    const progress = keepTelling(() => void said.push(performance.now() - began))
    for (let i = 0; i < 30; i++) {
      progress.tell()
      vi.advanceTimersByTime(100)
    }
    expect(said).toEqual([1_000, 2_000])
    vi.advanceTimersByTime(10_000)
    expect(said).toEqual([1_000, 2_000, 7_000, 12_000])
    progress[Symbol.dispose]()
    vi.advanceTimersByTime(10_000)
    expect(said).toHaveLength(4)
  })

  test('what is told all the time is said once a second', () => {
    const said: number[] = []
    const say = nowAndThen((row: number) => void said.push(row))
    for (let row = 0; row < 30; row++) {
      say(row)
      vi.advanceTimersByTime(100)
    }
    expect(said).toEqual([10, 20])
  })
})
