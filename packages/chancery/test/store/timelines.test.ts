import { expect, test } from 'vitest'
import { createTimelines } from '../../src/store/postgres/timelines.ts'

test('signing waits after a promotion, and for nothing else', () => {
  let now = 0
  const timelines = createTimelines(() => now)
  timelines.saw(null)
  expect([timelines.sql(), timelines.areSettling()]).toEqual(['NULL', false])
  timelines.saw('00000001')
  expect(timelines.sql()).toContain('pg_walfile_name')
  timelines.saw('00000001')
  expect(timelines.areSettling()).toBe(false)
  timelines.saw('00000002')
  now += 2_999
  timelines.saw('00000002')
  expect(timelines.areSettling()).toBe(true)
  now += 1
  expect(timelines.areSettling()).toBe(false)
})
