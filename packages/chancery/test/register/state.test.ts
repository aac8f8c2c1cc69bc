import path from 'node:path'
import { DatabaseSync } from 'node:sqlite'
import { describe, expect, test } from 'vitest'
import type { JsonObject } from '../../src/base/json.ts'
import { Secret } from '../../src/base/secret.ts'
import type { ClientRecord } from '../../src/core/access.ts'
import { Failed } from '../../src/core/errors.ts'
import type { KeyRecord } from '../../src/core/key.ts'
import { noRules } from '../../src/core/rules.ts'
import type { StatePut } from '../../src/core/state.ts'
import type { StateRecord } from '../../src/core/store.ts'
import { freezeId, noWalletPolicy } from '../../src/core/wallet-policy.ts'
import type { StateSource } from '../../src/register/loading.ts'
import { jsonOf, makeSnapshot } from '../../src/register/snapshot.ts'
import { openState } from '../../src/register/state.ts'
import { failing, losingAnswers } from './faulty-stores.ts'
import { clock, folder, keyRecord, openRegister, openWhole, soon, sqlite, stateKey } from './fixtures.ts'

const by = { actor: 'cli_1', about: {} }

function putKey(value: KeyRecord, expect = 0): StatePut {
  return { kind: 'key', value, expect }
}

const createdAt = '2026-11-20T00:00:00.000Z'
const secrets = [{ id: 'a', mac: `0x${'ab'.repeat(32)}`, createdAt }] as const

function putClient(id: ClientRecord['id'], name: string, more: Partial<ClientRecord> = {}, expect = 0): StatePut {
  const value = { id, name, secrets, grants: [], frozen: false, createdAt, ...more }
  return { kind: 'client', value, expect }
}

describe('the state', () => {
  test('a new store gets one installation, and keeps it', async () => {
    const { state, store, writer } = await openWhole(await folder())
    expect(state.current()).toMatchObject({ epoch: 1, halted: false })
    const again = await openState({ store, recorder: writer, stateKey: stateKey(), clock })
    expect(again.current().installation).toEqual(state.current().installation)
  })

  test('a key is found by id, alias, public key and address in any case', async () => {
    const { state } = await openWhole(await folder())
    const address = '0x52908400098527886E0F7030069857D2E4169EE7'
    const key = keyRecord({ alias: 'hot', address })
    const snapshot = await state.change({ ...by, action: 'key.create', puts: [putKey(key)] }, soon())
    for (const name of [
      key.id,
      'hot',
      key.publicKey,
      address,
      address.toLowerCase(),
      key.publicKey.toUpperCase().replace('X', 'x'),
    ]) {
      expect(snapshot.findKey(name)?.id).toBe(key.id)
    }
    expect(snapshot.findKey('HOT')).toBeUndefined()
    expect(state.current()).toBe(snapshot)
  })

  test('a snapshot does not change when the state does', async () => {
    const { state } = await openWhole(await folder())
    const key = keyRecord()
    const before = await state.change({ ...by, action: 'key.create', puts: [putKey(key)] }, soon())
    await state.change({ ...by, action: 'key.freeze', puts: [putKey({ ...key, frozen: true }, 1)] }, soon())
    expect(before.keys.get(key.id)).toMatchObject({ version: 1, value: { frozen: false } })
    expect(state.current().keys.get(key.id)).toMatchObject({ version: 2, value: { frozen: true } })
    expect(() => Object.assign(before.keys.get(key.id)?.value ?? {}, { frozen: true })).toThrow(TypeError)
  })

  test('a change is in the register, without the bodies of its records', async () => {
    const { state, store } = await openWhole(await folder())
    const key = keyRecord({ ref: { sealed: '0xfeedbeef' } })
    await state.change({ actor: 'cli_7', action: 'key.create', about: { key: key.id }, puts: [putKey(key)] }, soon())
    const { entries } = await store.latestEntries({ limit: 1 }, soon())
    const body: unknown = JSON.parse(entries[0]?.body ?? '')
    const puts = [{ kind: 'key', id: key.id, version: 1, hash: expect.stringMatching(/^0x[0-9a-f]{64}$/) }]
    expect(body).toMatchObject({ kind: 'change', actor: 'cli_7', action: 'key.create', epoch: 2, puts })
    expect(entries[0]?.body).not.toContain('feedbeef')
  })

  test('rules are kept by key', async () => {
    const { state } = await openWhole(await folder())
    const rules = { ...noRules, recipients: '*' as const }
    const key = keyRecord()
    const puts: StatePut[] = [putKey(key), { kind: 'rules', id: key.id, value: rules, expect: 0 }]
    const snapshot = await state.change({ ...by, action: 'key.create', puts }, soon())
    expect(snapshot.rules.get(key.id)).toEqual({ version: 1, value: rules })
  })

  test('freezes of wallets are kept by what they are about, and raise the epoch', async () => {
    const directory = await folder()
    const { state, store, writer } = await openWhole(directory)
    const freeze = (id: string, frozen: boolean, expect: number): StatePut =>
      ({ kind: 'freeze', id, value: { frozen }, expect }) as const
    const before = state.current()
    expect(before.freezes.size).toBe(0)
    const id = freezeId({ user: 'u 1' })
    const puts = [freeze(id, true, 0), freeze(freezeId({ wallet: 'wal_1' }), true, 0)]
    const snapshot = await state.change({ ...by, action: 'wallet.freeze', puts }, soon())
    expect(snapshot.epoch).toBe(before.epoch + 1)
    expect(snapshot.freezes.get('user u 1')).toEqual({ version: 1, value: { frozen: true } })
    await state.change({ ...by, action: 'wallet.thaw', puts: [freeze(id, false, 1)] }, soon())
    const again = await openState({ store, recorder: writer, stateKey: stateKey(), clock })
    expect([...again.current().freezes]).toEqual([
      ['user u 1', { version: 2, value: { frozen: false } }],
      ['wallet wal_1', { version: 1, value: { frozen: true } }],
    ])
  })

  test('the policy of wallets is one document, which pays nobody until it is put', async () => {
    const { state, store, writer } = await openWhole(await folder())
    expect(state.current().walletPolicy).toEqual({ version: 0, value: noWalletPolicy })
    const value = { ...noWalletPolicy, treasury: { 'eip155:1': ['0x1'] } }
    const put = (expect: number): StatePut => ({ kind: 'wallet-policy', value, expect }) as const
    const snapshot = await state.change({ ...by, action: 'wallet-policy.put', puts: [put(0)] }, soon())
    expect(snapshot.walletPolicy).toEqual({ version: 1, value })
    const late = state.change({ ...by, action: 'wallet-policy.put', puts: [put(0)] }, soon())
    await expect(late).rejects.toMatchObject({ code: 'version-conflict' })
    const again = await openState({ store, recorder: writer, stateKey: stateKey(), clock })
    expect(again.current().walletPolicy).toEqual({ version: 1, value })
  })
})

describe('changes that meet', () => {
  test('an expected version that is past is a conflict', async () => {
    const { state } = await openWhole(await folder())
    const key = keyRecord()
    await state.change({ ...by, action: 'key.create', puts: [putKey(key)] }, soon())
    const late = state.change({ ...by, action: 'key.create', puts: [putKey(key)] }, soon())
    await expect(late).rejects.toMatchObject({ code: 'version-conflict' })
  })

  test('another process came first: planned again, and both stand', async () => {
    const one = await openWhole(await folder())
    const two = await openWhole(await folder(), { store: one.store })
    const [a, b] = [keyRecord(), keyRecord()]
    await one.state.change({ ...by, action: 'key.create', puts: [putKey(a)] }, soon())
    const after = await two.state.change({ ...by, action: 'key.create', puts: [putKey(b)] }, soon())
    expect([...after.keys.keys()].toSorted()).toEqual([a.id, b.id].toSorted())
    expect((await one.state.refreshIfMoved(soon())).keys.has(b.id)).toBe(true)
  })

  test('another process changed the same record: a conflict', async () => {
    const one = await openWhole(await folder())
    const two = await openWhole(await folder(), { store: one.store })
    const key = keyRecord()
    await one.state.change({ ...by, action: 'key.create', puts: [putKey(key)] }, soon())
    await two.state.refresh(soon())
    await one.state.change({ ...by, action: 'key.freeze', puts: [putKey({ ...key, frozen: true }, 1)] }, soon())
    const late = two.state.change(
      { ...by, action: 'key.disable', puts: [putKey({ ...key, state: 'disabled' }, 1)] },
      soon(),
    )
    await expect(late).rejects.toMatchObject({ code: 'version-conflict' })
  })

  test('many at once all stand, each in its own epoch', async () => {
    const { state } = await openWhole(await folder())
    const keys = Array.from({ length: 5 }, () => keyRecord())
    const all = await Promise.all(
      keys.map((key) => state.change({ ...by, action: 'key.create', puts: [putKey(key)] }, soon())),
    )
    expect(all.map(({ epoch }) => epoch)).toEqual([2, 3, 4, 5, 6])
    expect(state.current().keys.size).toBe(5)
  })

  test('a change whose answer was lost is made once', async () => {
    const directory = await folder()
    const lost = { on: false }
    const real = await sqlite(path.join(directory, 'store.db'))
    const { state } = await openWhole(directory, { store: losingAnswers(real, lost) })
    lost.on = true
    const snapshot = await state.change({ ...by, action: 'key.create', puts: [putKey(keyRecord())] }, soon())
    expect(snapshot.epoch).toBe(2)
    expect((await state.refresh(soon())).epoch).toBe(2)
  })

  test('a change the store could not take leaves the state as it was', async () => {
    const directory = await folder()
    const works = { on: true }
    const real = await sqlite(path.join(directory, 'store.db'))
    const { state } = await openWhole(directory, { store: failing(real, works) })
    works.on = false
    const change = state.change({ ...by, action: 'key.create', puts: [putKey(keyRecord())] }, soon())
    await expect(change).rejects.toMatchObject({ code: 'store-unavailable' })
    expect(state.current()).toMatchObject({ epoch: 1 })
    expect(state.current().keys.size).toBe(0)
  })
})

describe('names are unique', () => {
  test('a public key for ever, purged keys included', async () => {
    const { state } = await openWhole(await folder())
    const key = keyRecord({ state: 'purged', ref: {} })
    await state.change({ ...by, action: 'key.purge', puts: [putKey(key)] }, soon())
    const again = keyRecord({ publicKey: key.publicKey, kind: 'opaque' })
    const change = state.change({ ...by, action: 'key.import', puts: [putKey(again)] }, soon())
    await expect(change).rejects.toMatchObject({ code: 'already-exists' })
  })

  test('an alias while it is in use, and against every other name of a key', async () => {
    const { state } = await openWhole(await folder())
    const key = keyRecord({ alias: 'hot' })
    await state.change({ ...by, action: 'key.create', puts: [putKey(key)] }, soon())
    for (const alias of ['hot', key.id, key.publicKey]) {
      const change = state.change({ ...by, action: 'key.create', puts: [putKey(keyRecord({ alias }))] }, soon())
      await expect(change).rejects.toMatchObject({ code: 'already-exists' })
    }
    await state.change({ ...by, action: 'key.purge', puts: [putKey({ ...key, state: 'purged' }, 1)] }, soon())
    const heir = keyRecord({ alias: 'hot' })
    const snapshot = await state.change({ ...by, action: 'key.create', puts: [putKey(heir)] }, soon())
    expect(snapshot.findKey('hot')?.id).toBe(heir.id)
  })

  test('two keys of one change, too', async () => {
    const { state } = await openWhole(await folder())
    const puts = [putKey(keyRecord({ alias: 'a' })), putKey(keyRecord({ alias: 'a' }))]
    await expect(state.change({ ...by, action: 'key.create', puts }, soon())).rejects.toMatchObject({
      code: 'already-exists',
    })
  })

  test('a client name, until the client is removed', async () => {
    const { state } = await openWhole(await folder())
    await state.change({ ...by, action: 'client.create', puts: [putClient('cli_1', 'ci')] }, soon())
    const change = state.change({ ...by, action: 'client.create', puts: [putClient('cli_2', 'ci')] }, soon())
    await expect(change).rejects.toMatchObject({ code: 'already-exists' })
    const removed = putClient('cli_1', 'ci', { secrets: [] }, 1)
    await state.change({ ...by, action: 'client.remove', puts: [removed] }, soon())
    const snapshot = await state.change({ ...by, action: 'client.create', puts: [putClient('cli_2', 'ci')] }, soon())
    expect(snapshot.clients.has('cli_2')).toBe(true)
  })
})

test('one public key as an opaque and a decoded key is not served', () => {
  const record = (kind: 'installation' | 'key', value: JsonObject & { readonly id: string }): StateRecord => {
    return { kind, id: value.id, version: 1, body: { epoch: 1, value }, mac: '0x' }
  }
  const [one, other] = [jsonKey(keyRecord()), jsonKey({ ...keyRecord(), kind: 'opaque' })]
  const snapshotOf = (second: typeof other) =>
    makeSnapshot({ epoch: 1, halted: false }, [
      record('installation', { id: 'ins_1', createdAt }),
      record('key', one),
      record('key', second),
    ])
  expect(snapshotOf(other).keys.size).toBe(2)
  expect(() => snapshotOf({ ...other, publicKey: one['publicKey'] ?? '' })).toThrow(/names both/)
})

test.each<[StateRecord['kind'], string, JsonObject]>([
  ['freeze', 'user u', { frozen: 'yes' }],
  ['wallet-policy', 'wallets', { rules: [], treasury: {} }],
  ['wallet-policy', 'others', { ...jsonOf(noWalletPolicy) }],
])('a record of kind %s with id %s that is none is not served', (kind, id, value) => {
  const installation = { kind: 'installation', id: 'ins_1', version: 1 } as const
  const records: readonly StateRecord[] = [
    { ...installation, body: { epoch: 1, value: { id: 'ins_1', createdAt } }, mac: '0x' },
    { kind, id, version: 1, body: { epoch: 1, value }, mac: '0x' },
  ]
  expect(() => makeSnapshot({ epoch: 1, halted: false }, records)).toThrow(`${kind} ${id} is not of its kind`)
})

function jsonKey(key: KeyRecord): JsonObject & { readonly id: string } {
  return { ...jsonOf(key), id: key.id }
}

describe('a state that was tampered with is not served', () => {
  /** Three changes, then `edit` on the closed file, then opened again. */
  async function reopened(edit: (database: DatabaseSync) => void): Promise<unknown> {
    const directory = await folder()
    const file = path.join(directory, 'store.db')
    const { state, store, writer } = await openWhole(directory)
    const [one, two] = [keyRecord(), keyRecord()]
    await state.change({ ...by, action: 'key.create', puts: [putKey(one)] }, soon())
    await state.change({ ...by, action: 'key.create', puts: [putKey(two)] }, soon())
    await state.change({ ...by, action: 'key.freeze', puts: [putKey({ ...one, frozen: true }, 1)] }, soon())
    await writer.close()
    await store.close()
    const database = new DatabaseSync(file)
    edit(database)
    database.close()
    const again = await openRegister(directory)
    const opened = openState({ store: again.store, recorder: again.writer, stateKey: stateKey(), clock })
    return opened.then(
      () => 'opened',
      (error: unknown) => (error instanceof Failed ? `${error.code}: ${error.message}` : error),
    )
  }

  const key = "kind = 'key' AND version = 1"

  test('without an edit it opens', async () => {
    expect(await reopened(() => {})).toBe('opened')
  })

  test.each<[string, string, RegExp]>([
    [
      'an edited record',
      `UPDATE state_record SET body = replace(body, 'enabled', 'disabled') WHERE ${key}`,
      /not written with this/,
    ],
    ['a record at another version', `UPDATE state_record SET version = 3 WHERE ${key}`, /not written with this/],
    ['a record under another id', `UPDATE state_record SET id = 'key_0' WHERE ${key}`, /not written with this/],
    ['a record taken away', `DELETE FROM state_record WHERE ${key}`, /not the set/],
    ['an edited fence', 'UPDATE fence SET epoch = epoch + 1', /fence was not written/],
    ['a thawed fence', 'UPDATE fence SET halted = 1 - halted', /fence was not written/],
    ['a fence moved to another entry', 'UPDATE fence SET change_seq = change_seq - 1', /fence was not written/],
    ['no fence', 'DELETE FROM fence', /rolled back/],
    ['the change gone from the register', "DELETE FROM entry WHERE body LIKE '%key.freeze%'", /lacks the change/],
    [
      'the change edited in the register',
      "UPDATE entry SET body = replace(body, 'cli_1', 'cli_2') WHERE body LIKE '%key.freeze%'",
      /was edited/,
    ],
  ])('%s', async (_what, sql, message) => {
    const answer = await reopened((database) => database.exec(sql))
    expect(answer).toMatch(/^store-corrupt/)
    expect(answer).toMatch(message)
  })

  test('another state key', async () => {
    const directory = await folder()
    const { store, writer } = await openWhole(directory)
    const other = openState({ store, recorder: writer, stateKey: new Secret(new Uint8Array(32)), clock })
    await expect(other).rejects.toMatchObject({ code: 'store-corrupt' })
  })

  test('fence and records set back by one change together', async () => {
    const { state, store, writer } = await openWhole(await folder())
    const key = keyRecord()
    await state.change({ ...by, action: 'key.create', puts: [putKey(key)] }, soon())
    const before = await store.state(soon())
    await state.change({ ...by, action: 'key.freeze', puts: [putKey({ ...key, frozen: true }, 1)] }, soon())
    const setBack = { ...store, state: async () => before, fence: async () => before.fence }
    const running = openState({ store: setBack, recorder: writer, stateKey: stateKey(), clock })
    await expect(running).rejects.toThrow(/rolled back/)
  })

  test('a running process sees its epoch fall', async () => {
    const { store, writer } = await openWhole(await folder())
    let shown: typeof store.state = (deadline) => store.state(deadline)
    const old = await store.state(soon())
    const watched = { ...store, state: (d: ReturnType<typeof soon>) => shown(d), highestEpoch: async () => 1 }
    const state = await openState({ store: watched, recorder: writer, stateKey: stateKey(), clock })
    await state.change({ ...by, action: 'key.create', puts: [putKey(keyRecord())] }, soon())
    shown = async () => old
    await expect(state.refresh(soon())).rejects.toThrow(/fell from epoch 2 to 1/)
  })

  test('a running process sees another state under its own epoch', async () => {
    const [{ store, writer }, other] = [await openWhole(await folder()), await openWhole(await folder())]
    let shown = store
    const watched: StateSource = {
      state: (deadline) => shown.state(deadline),
      fence: (deadline) => shown.fence(deadline),
      highestEpoch: (deadline) => shown.highestEpoch(deadline),
      entry: (position, deadline) => shown.entry(position, deadline),
    }
    const state = await openState({ store: watched, recorder: writer, stateKey: stateKey(), clock })
    for (const one of [state, other.state]) {
      await one.change({ ...by, action: 'key.create', puts: [putKey(keyRecord())] }, soon())
    }
    shown = other.store
    await expect(state.refreshIfMoved(soon())).rejects.toThrow(/Epoch 2 has two states/)
  })
})
