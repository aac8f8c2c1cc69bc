/** The look for keys without a record: one at a time, for as long as it takes, and never one that passes for another. */
import { expect, test } from 'vitest'
import { systemClock } from '../../src/base/clock.ts'
import { deadlineIn } from '../../src/base/deadline.ts'
import type { OrphanFinder, OrphanStep } from '../../src/core/backend.ts'
import { Failed } from '../../src/core/errors.ts'
import { createOrphanWatch } from '../../src/health/orphans.ts'

const never = () => Promise.reject(new Error('not asked'))
const soon = () => deadlineIn(5_000, systemClock)
const at = (looked: number, ...names: readonly string[]): OrphanStep => ({
  found: names.map((finding) => ({ finding, remedy: `end ${finding}` })),
  looked,
  of: 9,
})

function finder(name: string, orphans: () => AsyncIterable<OrphanStep>): OrphanFinder {
  return {
    name,
    algorithms: [],
    publicKey: never,
    sign: never,
    isEmulated: () => false,
    close: async () => {},
    orphans,
  }
}

function watching(...backends: readonly OrphanFinder[]) {
  const told: unknown[] = []
  let now = 0
  const clock = { ...systemClock, monotonic: () => systemClock.monotonic() + now }
  const watch = createOrphanWatch({
    backends,
    clock,
    keys: () => [],
    told: (end, count, why) => void told.push([end, count, why.length]),
  })
  return { ...watch, told, later: (milliseconds: number) => void (now += milliseconds) }
}

/** A look that goes on only when it is let. */
function held() {
  let looks = 0
  const { promise, resolve } = Promise.withResolvers<void>()
  async function* orphans() {
    looks += 1
    yield at(1, 'one')
    await promise
    yield at(9, 'two')
  }
  return { orphans, resolve, looks: () => looks }
}

test('who does not wait for the end hears how far it is, and a second one joins the same look', async () => {
  const one = held()
  const watch = watching(finder('aws-kms', one.orphans))
  const early = await watch.look(deadlineIn(20, systemClock))
  expect(early).toMatchObject({ looking: true, looked: 1, of: 9 })
  expect(early.findings.map(({ got }) => got)).toEqual([
    'aws-kms: still looking, 1 of 9 keys looked at so far, 1 found',
    'one',
  ])
  expect(watch.told).toEqual([])
  one.resolve()
  const late = await watch.look(soon())
  expect([late.looking, late.findings.map(({ got }) => got)]).toEqual([false, ['one', 'two']])
  expect([one.looks(), watch.told]).toEqual([1, [['done', 2, 0]]])
})

test('a look that has ended is news for a moment, then another is made', async () => {
  const one = held()
  one.resolve()
  const watch = watching(finder('aws-kms', one.orphans))
  await watch.look(soon())
  await watch.look(soon())
  expect(one.looks()).toBe(1)
  watch.later(10_001)
  await watch.look(soon())
  expect(one.looks()).toBe(2)
})

test('one back-end that fails hides nothing that another finds, and is named', async () => {
  const one = held()
  one.resolve()
  const failing = finder('aws-ssm', async function* () {
    yield at(0)
    throw new Failed('backend-denied', 'may not list')
  })
  const watch = watching(finder('aws-kms', one.orphans), failing)
  const { findings } = await watch.look(soon())
  expect(findings.map(({ got }) => got)).toEqual(['aws-ssm: could not look: may not list', 'one', 'two'])
  expect(watch.told).toEqual([['partly', 2, 1]])
})

test('where no back-end can look there is nothing to say, and nothing to count', async () => {
  const watch = watching()
  expect(await watch.look(soon())).toEqual({ looking: false, looked: 0, of: 0, findings: [] })
  expect(watch.told).toEqual([])
})

test('a look that a stopping service ends is none that found so few', async () => {
  const one = held()
  const watch = watching(finder('aws-kms', one.orphans))
  await watch.look(deadlineIn(20, systemClock))
  const stopping = watch.stop()
  one.resolve()
  await stopping
  expect(watch.told).toEqual([])
})
