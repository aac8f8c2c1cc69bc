/** The look for keys without a record: one at a time, for as long as it takes, and never one that passes for another. */
import { describe, expect, test } from 'vitest'
import { systemClock } from '../../src/base/clock.ts'
import { type Deadline, deadlineIn, left } from '../../src/base/deadline.ts'
import type { OrphanFinder, OrphanStep } from '../../src/core/backend.ts'
import { Failed } from '../../src/core/errors.ts'
import type { KeyRecord } from '../../src/core/key.ts'
import { briefly } from '../../src/health/orphan-findings.ts'
import { createOrphanWatch, type OrphanWatchParts } from '../../src/health/orphans.ts'

const never = () => Promise.reject(new Error('not asked'))
const soon = () => deadlineIn(30_000, systemClock)
const at = (looked: number, ...names: readonly string[]): OrphanStep => ({
  found: names.map((finding) => ({ id: `key_${finding}`, data: { arn: finding }, finding, remedy: `end ${finding}` })),
  looked,
  of: 9,
})

function finder(name: string, orphans: OrphanFinder['orphans']): OrphanFinder {
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

const watching = (...backends: readonly OrphanFinder[]) => watchingWith({}, ...backends)

function watchingWith(parts: Partial<OrphanWatchParts>, ...backends: readonly OrphanFinder[]) {
  const told: unknown[] = []
  let now = 0
  const clock = { ...systemClock, monotonic: () => systemClock.monotonic() + now }
  const watch = createOrphanWatch({
    backends,
    clock,
    keys: () => [],
    catchUp: async () => {},
    told: (end, count, why) => void told.push([end, count, why.length]),
    ...parts,
  })
  return { ...watch, told, later: (milliseconds: number) => void (now += milliseconds) }
}

function recordOf(id: KeyRecord['id'], ref: KeyRecord['ref']): KeyRecord {
  return {
    id,
    algorithm: 'secp256k1-ecdsa',
    publicKey: '0x02',
    backend: 'aws-kms',
    ref,
    family: 'evm',
    kind: 'decoded',
    state: 'enabled',
    frozen: false,
    createdAt: '2026-01-01T00:00:00.000Z',
  }
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
  expect(await watch.look(soon())).toEqual({ looking: false, looked: 0, of: 0, found: 0, findings: [] })
  expect(watch.told).toEqual([])
})

describe('a key that has a record by now', () => {
  test.each([
    ['by its id', recordOf('key_one', {})],
    ['by its place, under another id', recordOf('key_other', { arn: 'one', alias: 'alias/a' })],
  ])('is none that no record names: %s', async (_, taken) => {
    const one = held()
    const keys: KeyRecord[] = []
    const watch = watchingWith({ keys: () => keys }, finder('aws-kms', one.orphans))
    expect(await watch.look(deadlineIn(20, systemClock))).toMatchObject({ looking: true, found: 1 })
    keys.push(taken)
    const early = await watch.look(deadlineIn(20, systemClock))
    expect(early.findings.map(({ got }) => got)).toEqual([
      'aws-kms: still looking, 1 of 9 keys looked at so far, 0 found',
    ])
    one.resolve()
    const late = await watch.look(soon())
    expect([late.found, late.findings.map(({ got }) => got)]).toEqual([1, ['two']])
    expect(watch.told).toEqual([['done', 1, 0]])
    // While it is news, too.
    keys.push(recordOf('key_two', {}))
    expect((await watch.look(soon())).findings).toMatchObject([{ level: 'ok', got: 'none' }])
  })

  test('is one for what else another record says of it', async () => {
    const one = held()
    one.resolve()
    const keys = [recordOf('key_other', { arn: 'three', taggedAs: 'one', alias: 'two' })]
    const watch = watchingWith({ keys: () => keys }, finder('aws-kms', one.orphans))
    expect((await watch.look(soon())).found).toBe(2)
  })

  test('is known also where another process made it before the look', async () => {
    const keys: KeyRecord[] = []
    const asked: unknown[] = []
    const looking = finder('aws-kms', async function* (recorded) {
      asked.push(...recorded.map(({ id }) => id))
      yield at(9)
    })
    const catchUp = async () => keys.push(recordOf('key_one', {}))
    await watchingWith({ keys: () => keys, catchUp }, looking).look(soon())
    expect(asked).toEqual(['key_one'])
  })

  test('cannot be told where the store does not answer: then nothing is looked at', async () => {
    const one = held()
    const catchUp = () => Promise.reject(new Failed('store-unavailable', 'The store does not answer'))
    const watch = watchingWith({ catchUp }, finder('aws-kms', one.orphans), finder('aws-ssm', one.orphans))
    const { looking, findings } = await watch.look(soon())
    expect([looking, findings.map(({ got }) => got)]).toEqual([
      false,
      ['aws-kms: could not look: The store does not answer', 'aws-ssm: could not look: The store does not answer'],
    ])
    expect([one.looks(), watch.told]).toEqual([0, [['failed', 0, 1]]])
  })
})

describe('a service that stops', () => {
  /** A look whose step waits for an answer that comes when it likes. */
  function hanging() {
    const { promise, resolve, reject } = Promise.withResolvers<void>()
    const saw = { deadline: deadlineIn(0, systemClock), ended: false, looks: 0 }
    async function* orphans(_: unknown, deadline: Deadline) {
      Object.assign(saw, { deadline, looks: saw.looks + 1 })
      try {
        yield at(1, 'one')
        await promise
        yield at(9, 'two')
      } finally {
        saw.ended = true
      }
    }
    return { orphans, resolve, reject, saw }
  }
  const turn = () => new Promise((resolve) => setImmediate(resolve))

  test('waits for no answer to a look, and counts none that found so few', async () => {
    const { orphans, resolve, saw } = hanging()
    const watch = watching(finder('aws-kms', orphans))
    await watch.look(deadlineIn(20, systemClock))
    const waiting = watch.look(soon())
    await watch.stop()
    expect([watch.told, saw.ended, (await waiting).looking]).toEqual([[], false, true])
    // Nothing is asked again after that.
    expect(left(saw.deadline)).toBe(0)
    resolve()
    await turn()
    expect([watch.told, saw.ended]).toEqual([[], true])
  })

  test('hears nothing of an answer that is an error', async () => {
    const { orphans, reject, saw } = hanging()
    const watch = watching(finder('aws-kms', orphans))
    await watch.look(deadlineIn(20, systemClock))
    await watch.stop()
    reject(new Failed('backend-unavailable', 'closed'))
    await turn()
    expect([watch.told, saw.ended]).toEqual([[], true])
  })

  test('does not wait for the store before a look either', async () => {
    const { orphans, saw } = hanging()
    const watch = watchingWith({ catchUp: () => new Promise(() => {}) }, finder('aws-kms', orphans))
    await watch.look(deadlineIn(20, systemClock))
    await watch.stop()
    expect([watch.told, saw.looks]).toEqual([[], 0])
  })

  test('begins no look', async () => {
    const one = held()
    const watch = watching(finder('aws-kms', one.orphans))
    await watch.stop()
    await expect(watch.look(soon())).rejects.toMatchObject({ code: 'shutting-down' })
    expect(one.looks()).toBe(0)
  })
})

test('who asks again until it has ended gets numbers, then a thousand findings and how many more', async () => {
  const { promise, resolve } = Promise.withResolvers<void>()
  const names = Array.from({ length: 1_200 }, (_, i) => String(i))
  const many = finder('aws-kms', async function* () {
    yield at(1, ...names)
    await promise
  })
  const watch = watching(many)
  const early = briefly(await watch.look(deadlineIn(20, systemClock)))
  expect(early).toEqual({ looking: true, looked: 1, of: 9, found: 1_200, findings: [], more: 0 })
  resolve()
  const all = await watch.look(soon())
  const { findings, ...counts } = briefly(all)
  expect(counts).toEqual({ looking: false, looked: 1, of: 9, found: 1_200, more: 200 })
  expect(findings).toEqual(all.findings.slice(0, 1_000))
})
