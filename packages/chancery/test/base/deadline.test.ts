import { setTimeout as sleep } from 'node:timers/promises'
import { expect, test } from 'vitest'
import { isoTime, systemClock } from '../../src/base/clock.ts'
import { atMost, deadlineIn, DeadlineExceeded, left, within } from '../../src/base/deadline.ts'

function clockAt(time: number) {
  return { time, now: () => 0, monotonic: () => clock.time }
}
const clock = clockAt(1_000)
const never = new Promise<never>(() => {})

test('time that is left, never below zero', () => {
  clock.time = 1_000
  const deadline = deadlineIn(50, clock)
  expect(left(deadline)).toBe(50)
  clock.time = 1_040
  expect(left(deadline)).toBe(10)
  clock.time = 2_000
  expect(left(deadline)).toBe(0)
})

test('a step never outlives the whole', () => {
  clock.time = 1_000
  const whole = deadlineIn(50, clock)
  expect(left(atMost(whole, 20))).toBe(20)
  expect(left(atMost(whole, 80))).toBe(50)
})

test('gives the answer that comes in time', async () => {
  const deadline = deadlineIn(60_000, systemClock)
  await expect(within(deadline, 'the store', sleep(1, 'answer'))).resolves.toBe('answer')
})

test('passes a failure on', async () => {
  const deadline = deadlineIn(60_000, systemClock)
  await expect(within(deadline, 'the store', Promise.reject(new Error('broken')))).rejects.toThrow('broken')
})

test('says who did not answer in time', async () => {
  const late = within(deadlineIn(1, systemClock), 'the store', never)
  await expect(late).rejects.toThrow(new DeadlineExceeded('the store'))
  await expect(late).rejects.toThrow('the store did not answer in time')
})

test('a failure after the deadline is nobody else’s', async () => {
  const unhandled: unknown[] = []
  const note = (reason: unknown) => void unhandled.push(reason)
  process.on('unhandledRejection', note)
  const { promise, reject } = Promise.withResolvers<never>()
  await expect(within(deadlineIn(0, systemClock), 'the store', promise)).rejects.toThrow(DeadlineExceeded)
  reject(new Error('late'))
  await new Promise(setImmediate)
  process.off('unhandledRejection', note)
  expect(unhandled).toEqual([])
})

test.each([2 ** 31, 2 ** 40, Infinity])('a deadline in %s ms does not fire at once', async (milliseconds) => {
  const answer = within(deadlineIn(milliseconds, systemClock), 'the store', sleep(20, 'answer'))
  await expect(answer).resolves.toBe('answer')
})

test('the clock of the machine', () => {
  const [wall, first, second] = [systemClock.now(), systemClock.monotonic(), systemClock.monotonic()]
  expect(Math.abs(wall - Date.now())).toBeLessThan(1_000)
  expect(second).toBeGreaterThanOrEqual(first)
  expect(isoTime(0)).toBe('1970-01-01T00:00:00.000Z')
})
