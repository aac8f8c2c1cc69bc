import { EventEmitter } from 'node:events'
import { beforeEach, expect, test } from 'vitest'
import { firstSignal } from '../../src/cli/signals.ts'

let now: number
let source: EventEmitter
let again: string[]
let stopped: AbortSignal

beforeEach(() => {
  now = 1_000
  source = new EventEmitter()
  again = []
  const clock = { now: () => now, monotonic: () => now }
  stopped = firstSignal(source, clock, (signal) => void again.push(signal))
})

test.each(['SIGTERM', 'SIGINT', 'SIGHUP'])('the first %s stops', (signal) => {
  expect(stopped.aborted).toBe(false)
  source.emit(signal, signal)
  expect([stopped.reason, again]).toEqual([signal, []])
})

test('one that a whole process group got, and npm passes on too, is one', () => {
  source.emit('SIGINT', 'SIGINT')
  now += 499
  source.emit('SIGINT', 'SIGINT')
  expect(again).toEqual([])
})

test('nor is another one a second one, from a supervisor that sends two', () => {
  source.emit('SIGINT', 'SIGINT')
  source.emit('SIGTERM', 'SIGTERM')
  expect([stopped.reason, again]).toEqual(['SIGINT', []])
})

test.each(['SIGINT', 'SIGTERM'])('a %s later is a second one', (signal) => {
  source.emit('SIGINT', 'SIGINT')
  now += 500
  source.emit(signal, signal)
  expect(again).toEqual([signal])
})

test('a hang-up that has another meaning stops nothing, however often it comes', () => {
  const heard: string[] = []
  const other = new EventEmitter()
  const clock = { now: () => now, monotonic: () => now }
  const signal = firstSignal(
    other,
    clock,
    (one) => void again.push(one),
    () => void heard.push('again'),
  )
  other.emit('SIGHUP', 'SIGHUP')
  now += 1_000
  other.emit('SIGHUP', 'SIGHUP')
  expect([signal.aborted, heard, again]).toEqual([false, ['again', 'again'], []])
  other.emit('SIGTERM', 'SIGTERM')
  expect(signal.reason).toBe('SIGTERM')
})
