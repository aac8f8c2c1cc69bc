import { expect, test } from 'vitest'
import { systemClock } from '../../src/base/clock.ts'
import type { KeyWatcher } from '../../src/core/backend.ts'
import type { KeyRecord, KeyState } from '../../src/core/key.ts'
import { createKeyWatch } from '../../src/compose/key-watch.ts'

const never = () => Promise.reject(new Error('not asked for'))

function watching(inspect: KeyWatcher['inspect']): KeyWatcher {
  return { name: 'watched', algorithms: [], publicKey: never, sign: never, close: async () => {}, inspect }
}

const keyNamed = (name: string, state: KeyState = 'enabled'): KeyRecord => ({
  id: `key_${name}`,
  algorithm: 'secp256k1-ecdsa',
  publicKey: '0x02',
  backend: 'watched',
  ref: {},
  family: 'evm',
  kind: 'decoded',
  state,
  frozen: false,
  createdAt: '2026-01-01T00:00:00.000Z',
})

function watch(keys: readonly KeyRecord[] | (() => readonly KeyRecord[]), inspect: KeyWatcher['inspect']) {
  const [alarms, errors]: [string[], string[]] = [[], []]
  const look = createKeyWatch({
    backends: [watching(inspect)],
    clock: systemClock,
    keys: typeof keys === 'function' ? keys : () => keys,
    alarm: (key, finding) => void alarms.push(`${key} ${finding}`),
    onError: (_error, about) => void errors.push(about),
  })
  return { alarms, errors, look }
}

const on = new AbortController().signal

test('a finding alarms once, when a second look finds it too, and again when it comes back', async () => {
  let moved = true
  const { alarms, look } = watch([keyNamed('a')], async () => (moved ? [{ finding: 'alias moved' }] : []))
  await look(on)
  expect(alarms).toEqual([])
  await look(on)
  await look(on)
  expect(alarms).toEqual(['key_a alias moved'])
  moved = false
  await look(on)
  moved = true
  await look(on)
  await look(on)
  expect(alarms).toHaveLength(2)
})

test('a key that cannot be looked at hides no other one', async () => {
  const { alarms, errors, look } = watch([keyNamed('a'), keyNamed('b')], async ({ id }) => {
    if (id === 'key_a') throw new Error('in another region')
    return [{ finding: 'policy changed' }]
  })
  await look(on)
  await look(on)
  expect(alarms).toEqual(['key_b policy changed'])
  expect(errors).toEqual(['key watch key_a', 'key watch key_a'])
})

test('every key that is not purged is held against the state on record', async () => {
  const keys = (['enabled', 'disabled', 'pending-deletion', 'purged'] as const).map((state) => keyNamed(state, state))
  const { alarms, look } = watch(keys, async (_ref, recorded) => [{ finding: `recorded as ${recorded}` }])
  await look(on)
  await look(on)
  expect(alarms).toEqual([
    'key_enabled recorded as enabled',
    'key_disabled recorded as disabled',
    'key_pending-deletion recorded as pending-deletion',
  ])
})

test('a change of state by the service itself is no alarm while the back-end follows', async () => {
  const [record, live]: [KeyState[], KeyState[]] = [
    ['enabled', 'disabled', 'disabled', 'pending-deletion', 'disabled'],
    ['enabled', 'enabled', 'disabled', 'disabled', 'disabled'],
  ]
  let turn = 0
  const now = (states: readonly KeyState[]) => states[turn] ?? 'purged'
  const { alarms, look } = watch(
    () => [keyNamed('a', now(record))],
    async (_ref, recorded) => (recorded === now(live) ? [] : [{ finding: `${recorded}, ${now(live)}` }]),
  )
  for (; turn < record.length; turn += 1) await look(on)
  expect(alarms).toEqual([])
})

test('what is not watched has not changed', async () => {
  const { alarms, look } = watch([keyNamed('a')], async () => [{ finding: 'not watched', unwatched: 'grant it' }])
  await look(on)
  await look(on)
  expect(alarms).toEqual([])
})

test('a stop is not kept waiting by the keys that are left', async () => {
  const stopping = new AbortController()
  let looks = 0
  const { look } = watch([keyNamed('a'), keyNamed('b'), keyNamed('c')], async () => {
    looks += 1
    stopping.abort()
    return []
  })
  await look(stopping.signal)
  expect(looks).toBe(1)
})
