import { describe, expect, test } from 'vitest'
import { systemClock, type Clock } from '../../src/base/clock.ts'
import { deadlineIn } from '../../src/base/deadline.ts'
import { windowsExamination } from '../../src/health/windows-examination.ts'

const at = (time: string): Clock => ({ now: () => Date.parse(time), monotonic: () => 0 })

async function findings(now: string, ...gaps: readonly string[]) {
  const accepted = gaps.map((gap, seq) => ({ stream: 'str_a', seq, at: Date.parse(gap) }))
  return windowsExamination(at(now), async () => accepted).examine(deadlineIn(30_000, systemClock))
}

describe('the examination of spending limits', () => {
  test('warns on the day on which a gap was accepted, and says until when', async () => {
    const found = await findings('2026-11-21T23:59:59Z', '2026-10-01T00:00:00Z', '2026-11-21T00:00:00Z')
    expect(found).toMatchObject([{ level: 'warning', got: expect.stringContaining('2026-11-21T00:00:00.000Z') }])
    expect(found[0]?.advice).toContain('2026-11-22T00:00:00.000Z')
  })

  test('says nothing on any other day, and where none was', async () => {
    expect(await findings('2026-11-22T00:00:00Z', '2026-11-21T23:59:59Z')).toEqual([])
    expect(await findings('2026-11-22T00:00:00Z')).toEqual([])
  })
})
