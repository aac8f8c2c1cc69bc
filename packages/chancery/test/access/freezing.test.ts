import { describe, expect, test } from 'vitest'
import { createFreezing } from '../../src/access/freezing.ts'
import { operatorPrincipal } from '../../src/access/operator.ts'
import { Failed, Refused } from '../../src/core/errors.ts'
import type { FreezeTarget } from '../../src/core/services.ts'
import { callBy, clientId, keyRecord, memoryState, principal, refusalOf } from './fixture.ts'

const key = keyRecord('a', { alias: 'treasury' })
const client = {
  id: clientId('a'),
  name: 'shop',
  secrets: [{ id: 'one', mac: '0x00', createdAt: '2026-01-01T00:00:00.000Z' }],
  grants: [],
  frozen: false,
  createdAt: '2026-01-01T00:00:00.000Z',
} as const
const operator = callBy(operatorPrincipal)

function setUp() {
  const state = memoryState([client], [key])
  return { state, freezing: createFreezing({ state }) }
}

describe('freezing', () => {
  test('a key, by any of its names', async () => {
    const { state, freezing } = setUp()
    await freezing.freeze({ key: 'treasury' }, operator)
    expect(state.current().keys.get(key.id)?.value.frozen).toBe(true)
    expect(state.changes[0]).toMatchObject({ actor: 'operator', action: 'key.freeze', about: { key: key.id } })
    await freezing.thaw({ key: key.id }, operator)
    expect(state.current().keys.get(key.id)?.value.frozen).toBe(false)
  })

  test('a client', async () => {
    const { state, freezing } = setUp()
    await freezing.freeze({ client: client.id }, operator)
    expect(state.current().clients.get(client.id)?.value.frozen).toBe(true)
    await freezing.thaw({ client: client.id }, operator)
    expect(state.current().clients.get(client.id)?.value.frozen).toBe(false)
  })

  test('everything', async () => {
    const { state, freezing } = setUp()
    await freezing.freeze({ everything: true }, operator)
    expect(state.current().halted).toBe(true)
    await freezing.freeze({ key: key.id }, operator)
    expect(state.current().halted).toBe(true)
    await freezing.thaw({ everything: true }, operator)
    expect(state.current().halted).toBe(false)
    expect(state.current().keys.get(key.id)?.value.frozen).toBe(true)
  })

  test.each<[FreezeTarget, string]>([
    [{ key: 'nobody' }, 'key-not-found'],
    [{ client: clientId('z') }, 'not-found'],
  ])('%j is not there', async (what, code) => {
    const { freezing } = setUp()
    expect((await refusalOf(() => freezing.freeze(what, operator))).code).toBe(code)
  })

  test('asks for protection before anything that was frozen is thawed, and keeps it frozen where that fails', async () => {
    const { state } = setUp()
    const asked: unknown[] = []
    const able = { now: false }
    const freezing = createFreezing({
      state,
      protectThawed: async (what, actor) => {
        const frozen = what === 'everything' ? state.current().halted : what.frozen
        asked.push([what === 'everything' ? what : what.id, actor, frozen])
        if (!able.now) throw new Failed('clock-in-doubt', 'not now')
        return '2026-11-21T12:00:00.000Z'
      },
    })
    const targets = [{ key: key.id }, { everything: true }, { client: client.id }] as const
    for (const what of targets) await freezing.thaw(what, operator)
    expect(asked).toEqual([])
    for (const what of targets) await freezing.freeze(what, operator)
    for (const what of targets.slice(0, 2)) {
      await expect(freezing.thaw(what, operator)).rejects.toMatchObject({ code: 'clock-in-doubt' })
    }
    expect([state.current().halted, state.current().keys.get(key.id)?.value.frozen]).toEqual([true, true])
    able.now = true
    for (const what of targets) await freezing.thaw(what, operator)
    expect(asked.slice(2)).toEqual([
      [key.id, 'operator', true],
      ['everything', 'operator', true],
    ])
    expect(state.current().keys.get(key.id)?.value).toMatchObject({
      frozen: false,
      backSince: '2026-11-21T12:00:00.000Z',
    })
  })

  test('a removed client is not thawed', async () => {
    const state = memoryState([{ ...client, secrets: [], frozen: true }])
    const freezing = createFreezing({ state })
    expect((await refusalOf(() => freezing.thaw({ client: client.id }, operator))).code).toBe('not-found')
  })

  test('needs admin', async () => {
    const { state, freezing } = setUp()
    const call = callBy(principal({ operations: ['keys:delete', 'keys:create'], keys: '*', networks: '*' }))
    for (const what of [{ everything: true }, { key: key.id }, { client: client.id }] as const) {
      expect((await refusalOf(() => freezing.freeze(what, call))).code).toBe('denied')
      expect((await refusalOf(() => freezing.thaw(what, call))).code).toBe('denied')
    }
    expect(state.changes).toEqual([])
  })

  test('is tried again when the record moved on, but not for ever', async () => {
    const { state } = setUp()
    let conflicts = 0
    const contended = (limit: number) => ({
      ...state,
      change: async (...request: Parameters<typeof state.change>) => {
        if (conflicts++ < limit) throw new Refused('version-conflict', 'It changed in the meantime')
        return state.change(...request)
      },
    })
    await createFreezing({ state: contended(2) }).freeze({ key: key.id }, operator)
    expect(state.current().keys.get(key.id)?.value.frozen).toBe(true)
    conflicts = 0
    const freezing = createFreezing({ state: contended(1_000) })
    expect((await refusalOf(() => freezing.thaw({ key: key.id }, operator))).code).toBe('version-conflict')
  })
})
