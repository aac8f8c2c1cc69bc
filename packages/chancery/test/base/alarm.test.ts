import { expect, test } from 'vitest'
import { clearAlarm, setAlarm } from '../../src/base/alarm.ts'

const rung = (milliseconds: number) => {
  const { promise, resolve } = Promise.withResolvers<number>()
  setAlarm(milliseconds, () => resolve(performance.now()))
  return promise
}

const timers = () => process.getActiveResourcesInfo().filter((name) => name === 'Timeout').length

test('none rings before its time, and each rings', async () => {
  const began = performance.now()
  const times = await Promise.all([60, 1, 30].map(rung))
  for (const [i, milliseconds] of [60, 1, 30].entries())
    expect((times[i] ?? 0) - began).toBeGreaterThanOrEqual(milliseconds)
})

test('what was cleared does not ring, not even by one that rings in the same moment', async () => {
  const silent: string[] = []
  const second = { alarm: setAlarm(1_000, () => {}) }
  const first = new Promise<void>((resolve) => {
    setAlarm(1, () => {
      clearAlarm(second.alarm)
      resolve()
    })
  })
  second.alarm = setAlarm(1, () => silent.push('rung'))
  await first
  await rung(1)
  expect(silent).toEqual([])
})

test('a thousand wait with one timer, which ends with them', async () => {
  const before = timers()
  const all = Array.from({ length: 1_000 }, () => setAlarm(60_000, () => {}))
  expect(timers() - before).toBeLessThanOrEqual(1)
  for (const alarm of all) clearAlarm(alarm)
  await rung(1)
  expect(timers()).toBeLessThanOrEqual(before)
})

test('it may be set for longer than a timer of the machine can be', async () => {
  const rings: string[] = []
  const alarm = setAlarm(2 ** 40, () => rings.push('too soon'))
  await rung(1)
  clearAlarm(alarm)
  expect(rings).toEqual([])
})
