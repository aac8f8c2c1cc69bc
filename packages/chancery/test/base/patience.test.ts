import { expect, test } from 'vitest'
import type { Clock } from '../../src/base/clock.ts'
import { DeadlineExceeded } from '../../src/base/deadline.ts'
import { createPatience } from '../../src/base/patience.ts'

function moved() {
  let time = 0
  const clock: Clock = { now: () => time, monotonic: () => time }
  return { patience: createPatience(clock), pass: (milliseconds: number) => void (time += milliseconds) }
}

test('what comes in time is handed on, and so is what fails', async () => {
  const { patience } = moved()
  expect(await patience.wait(10, 'it', Promise.resolve('done'))).toBe('done')
  await expect(patience.wait(10, 'it', Promise.reject(new Error('broken')))).rejects.toThrow('broken')
})

test('who waited too long is told so, and nobody else', async () => {
  const { patience, pass } = moved()
  const { promise, resolve } = Promise.withResolvers<string>()
  const short = patience.wait(10, 'The short one', new Promise(() => {}))
  const long = patience.wait(1_000, 'The long one', promise)
  pass(11)
  await expect(short).rejects.toThrow(new DeadlineExceeded('The short one').message)
  resolve('in time')
  expect(await long).toBe('in time')
})

test('what comes too late is dropped without a trace', async () => {
  const { patience, pass } = moved()
  const { promise, reject } = Promise.withResolvers<string>()
  const waiting = patience.wait(10, 'It', promise)
  pass(11)
  await expect(waiting).rejects.toThrow(new DeadlineExceeded('It').message)
  reject(new Error('late'))
  await expect(promise).rejects.toThrow('late')
})

test('a thousand wait with one timer, which ends with them', async () => {
  const { patience } = moved()
  const before = process.getActiveResourcesInfo().filter((name) => name === 'Timeout').length
  const { promise, resolve } = Promise.withResolvers<void>()
  const all = Array.from({ length: 1_000 }, () => patience.wait(1_000, 'It', promise))
  expect(process.getActiveResourcesInfo().filter((name) => name === 'Timeout').length - before).toBeLessThanOrEqual(1)
  resolve()
  await Promise.all(all)
})
