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

test('the same one later, or another one at any time, is a second one', () => {
  source.emit('SIGINT', 'SIGINT')
  source.emit('SIGTERM', 'SIGTERM')
  now += 500
  source.emit('SIGINT', 'SIGINT')
  expect(again).toEqual(['SIGTERM', 'SIGINT'])
})
