import { describe, expect, it } from 'vitest'
import { createBreaker } from '../../src/base/breaker.ts'

function breakerOf(failures = 3) {
  let time = 0
  const breaker = createBreaker({ failures, pause: 1_000, clock: { now: () => time, monotonic: () => time } })
  const fail = (times: number) => Array.from({ length: times }, () => breaker.enter()?.failed())
  return { breaker, fail, move: (milliseconds: number) => void (time += milliseconds) }
}

describe('a circuit breaker', () => {
  it('opens after so many failures in a row', () => {
    const { breaker, fail } = breakerOf()
    fail(2)
    expect(breaker.state()).toBe('closed')
    fail(1)
    expect(breaker.state()).toBe('open')
    expect(breaker.enter()).toBeUndefined()
    expect(breaker.wait()).toBe(1_000)
  })

  it('counts from the start after a success', () => {
    const { breaker, fail } = breakerOf()
    fail(2)
    breaker.enter()?.succeeded()
    fail(2)
    expect(breaker.state()).toBe('closed')
  })

  it('lets one probe through after the pause, and closes when it succeeds', () => {
    const { breaker, fail, move } = breakerOf()
    fail(3)
    move(1_000)
    expect(breaker.state()).toBe('half-open')
    const probe = breaker.enter()
    expect(breaker.enter()).toBeUndefined()
    probe?.succeeded()
    expect(breaker.state()).toBe('closed')
    expect(breaker.enter()).toBeDefined()
  })

  it('stays open for another pause when the probe fails', () => {
    const { breaker, fail, move } = breakerOf()
    fail(3)
    move(1_000)
    breaker.enter()?.failed()
    expect(breaker.enter()).toBeUndefined()
    move(1_000)
    expect(breaker.enter()).toBeDefined()
  })

  it('lets the next probe through when one was abandoned', () => {
    const { breaker, fail, move } = breakerOf()
    fail(3)
    move(1_000)
    breaker.enter()?.abandoned()
    expect(breaker.state()).toBe('half-open')
    expect(breaker.enter()).toBeDefined()
  })

  it('is not closed by a call that set out before it opened', () => {
    const { breaker, fail } = breakerOf()
    const early = breaker.enter()
    fail(3)
    early?.succeeded()
    expect(breaker.state()).toBe('open')
  })

  it('takes one word from each call', () => {
    const { breaker } = breakerOf(2)
    const passage = breaker.enter()
    passage?.failed()
    passage?.failed()
    expect(breaker.state()).toBe('closed')
  })
})
