import { describe, expect, test } from 'vitest'
import { systemClock } from '../../src/base/clock.ts'
import type { LoadingStatus } from '../../src/core/validators.ts'
import { createProgress, progressLine } from '../../src/validators/loading/progress.ts'

const status = (more: Partial<LoadingStatus> = {}): LoadingStatus => ({
  state: 'running',
  loaded: 2_500,
  total: 10_000,
  failures: [],
  ...more,
})

function shown(terminal: boolean) {
  let time = 0
  const written: string[] = []
  const clock = { ...systemClock, monotonic: () => time }
  const progress = createProgress({ terminal, clock, write: (text) => void written.push(text) })
  return { written, at: (milliseconds: number, one: LoadingStatus) => ((time = milliseconds), progress(one)) }
}

describe('the progress of loading', () => {
  test('counts what loaded, failed and was left aside, and says how long it will take', () => {
    const one = { source: 'a', message: 'b' }
    expect(progressLine(status(), 5_000)).toBe('2,500 of 10,000 validator keys loaded, about 15 s left')
    expect(progressLine(status({ failures: [one], leftAside: [one, one] }), 0)).toBe(
      '2,500 of 10,000 validator keys loaded, 1 failed, 2 left aside',
    )
    expect(progressLine(status({ state: 'completed', loaded: 10_000 }), 8_400)).toBe(
      '10,000 of 10,000 validator keys loaded, in 8 s',
    )
    expect(progressLine(status({ state: 'completed', loaded: 1, total: 1 }), 0)).toBe(
      '1 of 1 validator key loaded, in 0 s',
    )
  })

  test('is a line a second where nobody watches, and one at the end', () => {
    const { written, at } = shown(false)
    for (let time = 0; time < 2_000; time += 100) at(time, status())
    at(2_001, status({ state: 'completed' }))
    expect(written).toHaveLength(3)
    expect(written.every((line) => line.endsWith('\n') && !line.includes('\r'))).toBe(true)
  })

  test('is a bar that grows on a terminal', () => {
    const { written, at } = shown(true)
    at(0, status())
    at(200, status({ loaded: 7_500 }))
    at(201, status({ state: 'completed', loaded: 10_000 }))
    expect(written[0]).toContain('[######..................]')
    expect(written[1]).toContain('[##################......]')
    expect(written.at(-1)).toMatch(/^\r.*10,000 of 10,000.*\n$/s)
  })
})
