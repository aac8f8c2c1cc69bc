/** A key's life, from creation to the end of its secret. */
import { afterAll, beforeAll, describe, expect, onTestFinished, test, vi } from 'vitest'
import { fromHex } from '../../src/base/bytes.ts'
import { systemClock, type Clock } from '../../src/base/clock.ts'
import { Secret } from '../../src/base/secret.ts'
import type { Principal } from '../../src/core/access.ts'
import { canCreate, canImport, canKeep } from '../../src/core/backend.ts'
import { Failed, Refused } from '../../src/core/errors.ts'
import type { KeyRecord, KeyRef } from '../../src/core/key.ts'
import { createSealed } from '../../src/keys/sealed/sealed.ts'
import {
  client,
  network,
  openHouse,
  payingKey,
  payment,
  removeFolder,
  signer,
  someone,
  type TestHouse,
} from './house.ts'

const day = 86_400_000
let ahead = 0
const clock: Clock = { ...systemClock, now: () => systemClock.now() + ahead }

let house: TestHouse
let key: KeyRecord
let app: Principal

beforeAll(async () => {
  house = await openHouse({ clock })
  key = await payingKey(house)
  app = await client(house, signer(key))
})

afterAll(async () => {
  await house.close()
  await removeFolder(house)
})

const sign = (nonce: number) =>
  house.signing.sign({ key: key.id, operation: 'sign:transaction', network, value: payment(nonce) }, house.as(app))

/** The sealed back-end, whose method fails at its next call. */
function failingOnce(method: 'disable' | 'scheduleDeletion'): { readonly count: number } {
  const backend = house.backends.find((one) => one.name === 'sealed')
  if (backend === undefined || !canKeep(backend)) throw new Error('there is no sealed back-end')
  const spy = vi.spyOn(backend, method)
  onTestFinished(() => spy.mockRestore())
  spy.mockImplementationOnce(async () => {
    throw new Failed('backend-unavailable', 'not now')
  })
  return {
    get count() {
      return spy.mock.calls.length
    },
  }
}

describe('a new key', () => {
  const request = { backend: 'sealed', family: 'evm', kind: 'decoded', alias: 'treasury' } as const

  test('by a name that is taken is not made at all', async () => {
    await house.keyring.create(request, house.operator())
    const backend = house.backends.find((one) => one.name === 'sealed')
    if (backend === undefined || !canCreate(backend)) throw new Error('there is no sealed back-end')
    const made = vi.spyOn(backend, 'create')
    onTestFinished(() => made.mockRestore())
    await expect(house.keyring.create(request, house.operator())).rejects.toMatchObject({ code: 'already-exists' })
    expect(made).not.toHaveBeenCalled()
  })

  test('whose private key is here already is not imported again where an address is expected', async () => {
    const secret = { format: 'hex', hex: `0x${'5a'.repeat(32)}` } as const
    const imported = { backend: 'sealed', family: 'evm', kind: 'decoded', secret } as const
    const { address = '', algorithm, publicKey } = await house.keyring.import(imported, house.operator())
    const backend = house.backends.find((one) => one.name === 'sealed')
    if (backend === undefined || !canImport(backend)) throw new Error('there is no sealed back-end')
    const looked = vi.spyOn(backend, 'preview').mockResolvedValue({ algorithm, bytes: fromHex(publicKey) })
    const taken = vi.spyOn(backend, 'import')
    onTestFinished(() => [looked, taken].forEach((spy) => spy.mockRestore()))
    const again = house.keyring.import({ ...imported, expectAddress: address }, house.operator())
    await expect(again).rejects.toMatchObject({ code: 'already-exists' })
    expect(taken).not.toHaveBeenCalled()
  })

  test('is not proved while all is frozen', async () => {
    await house.freezing.freeze({ everything: true }, house.operator())
    const { alias: _, ...plain } = request
    await expect(house.keyring.create(plain, house.operator())).rejects.toMatchObject({ code: 'frozen' })
    await house.freezing.thaw({ everything: true }, house.operator())
  })
})

describe('a key that is not enabled', () => {
  test('does not sign, and signs again once enabled', async () => {
    expect(await house.keyring.disable(key.id, house.operator())).toMatchObject({ state: 'disabled' })
    await expect(sign(0)).rejects.toMatchObject({ code: 'key-state' })
    expect(await house.keyring.enable(key.id, house.operator())).toMatchObject({ state: 'enabled' })
    await expect(sign(0)).resolves.toMatchObject({ key: key.id })
  })

  test('is disabled again where the back-end failed the first time', async () => {
    const asked = failingOnce('disable')
    await expect(house.keyring.disable(key.id, house.operator())).rejects.toMatchObject({ code: 'backend-unavailable' })
    expect(await house.keyring.disable(key.id, house.operator())).toMatchObject({ state: 'disabled' })
    expect(asked.count).toBe(2)
    await house.keyring.enable(key.id, house.operator())
  })
})

describe('deletion', () => {
  test('takes 7 to 30 days', async () => {
    for (const days of [0, 6, 31, 7.5]) {
      const refused = house.keyring.scheduleDeletion(key.id, days, house.operator())
      await expect(refused).rejects.toMatchObject({ code: 'invalid-request' })
    }
  })

  test('stops the key at once and can be taken back', async () => {
    const pending = await house.keyring.scheduleDeletion(key.id, 7, house.operator())
    expect(pending.state).toBe('pending-deletion')
    expect(Date.parse(pending.deletionDate ?? '')).toBeGreaterThanOrEqual(clock.now() + 7 * day - 5_000)
    await expect(sign(1)).rejects.toMatchObject({ code: 'key-state' })
    expect(await house.keyring.cancelDeletion(key.id, house.operator())).toMatchObject({ state: 'disabled' })
    await house.keyring.enable(key.id, house.operator())
  })

  test('is scheduled again where the back-end failed the first time, and the date never comes nearer', async () => {
    const doomed = await payingKey(house)
    const asked = failingOnce('scheduleDeletion')
    const schedule = (days: number) => house.keyring.scheduleDeletion(doomed.id, days, house.operator())
    await expect(schedule(9)).rejects.toMatchObject({ code: 'backend-unavailable' })
    const first = (await house.keyring.get(doomed.id, house.operator())).key
    expect(await schedule(7)).toEqual(first)
    expect(asked.count).toBe(2)
  })

  test('needs the right to delete', async () => {
    await expect(house.keyring.scheduleDeletion(key.id, 7, house.as(app))).rejects.toMatchObject({ code: 'denied' })
  })

  test('is finished by a command, after the window, and only then', async () => {
    const doomed = await payingKey(house)
    await house.keyring.scheduleDeletion(doomed.id, 7, house.operator())
    await expect(house.keyring.purge(doomed.id, house.operator())).rejects.toMatchObject({ code: 'key-state' })
    ahead = 8 * day
    const purged = await house.keyring.purge(doomed.id, house.operator())
    expect(purged).toMatchObject({ state: 'purged', ref: {}, publicKey: doomed.publicKey })
    ahead = 0
  })

  test('has the back-end take away what it keeps, once the record says so', async () => {
    const backend = house.backends.find((one) => one.name === 'sealed')
    const doomed = await payingKey(house)
    const seen: unknown[] = []
    const purge = async (ref: KeyRef) => {
      seen.push([ref.data, house.state.current().findKey(doomed.id)?.state])
      if (seen.length > 1) throw new Failed('backend-unavailable', 'not now')
    }
    Object.assign(backend ?? {}, { purge, describe: () => ({ parameter: '/a/b' }) })
    onTestFinished(() => void Object.assign(backend ?? {}, { purge: undefined, describe: undefined }))
    await house.keyring.scheduleDeletion(doomed.id, 7, house.operator())
    ahead = 8 * day
    await house.keyring.purge(doomed.id, house.operator())
    expect(seen).toEqual([[doomed.ref, 'purged']])
    ahead = 0
    const another = await payingKey(house)
    await house.keyring.scheduleDeletion(another.id, 7, house.operator())
    ahead = 8 * day
    const error = house.keyring.purge(another.id, house.operator())
    await expect(error).rejects.toMatchObject({
      code: 'backend-unavailable',
      particulars: { hint: 'Take it away by hand: parameter /a/b' },
    })
    expect(house.state.current().findKey(another.id)?.state).toBe('purged')
    ahead = 0
  })

  describe('that something outside the service keeps from beginning', () => {
    const kept = () => Promise.reject(new Refused('key-state', 'delete the replicas first'))

    /** The sealed back-end as one that asks outside. */
    function asking(method: 'requireDeletable' | 'requireEnding', answer: () => Promise<void>): void {
      const backend = house.backends.find((one) => one.name === 'sealed')
      Object.assign(backend ?? {}, { [method]: answer })
      onTestFinished(() => void Object.assign(backend ?? {}, { [method]: undefined }))
    }

    test('is refused before the record changes: the key goes on signing', async () => {
      const doomed = await payingKey(house)
      asking('requireDeletable', kept)
      const ending = () => house.keyring.scheduleDeletion(doomed.id, 7, house.operator(), { forced: true })
      await expect(ending()).rejects.toMatchObject({ code: 'key-state', message: 'delete the replicas first' })
      await expect(house.keyring.requireDeletable(doomed.id, house.operator())).rejects.toThrow('replicas first')
      expect((await house.keyring.get(doomed.id, house.operator())).key).toEqual(doomed)
    })

    test('is not asked about again where the key is out of use already', async () => {
      const doomed = await payingKey(house)
      const pending = await house.keyring.scheduleDeletion(doomed.id, 7, house.operator())
      asking('requireDeletable', kept)
      expect(await house.keyring.scheduleDeletion(doomed.id, 7, house.operator())).toMatchObject({ id: pending.id })
    })

    test('leaves the record where the key is when the window has passed', async () => {
      const doomed = await payingKey(house)
      await house.keyring.scheduleDeletion(doomed.id, 7, house.operator())
      asking('requireEnding', kept)
      ahead = 8 * day
      onTestFinished(() => void (ahead = 0))
      await expect(house.keyring.purge(doomed.id, house.operator())).rejects.toMatchObject({ code: 'key-state' })
      const { key: standing } = await house.keyring.get(doomed.id, house.operator())
      expect([standing.state, standing.ref]).toEqual(['pending-deletion', doomed.ref])
    })
  })

  test('waits while the clock and the store disagree', async () => {
    const doomed = await payingKey(house)
    await house.keyring.scheduleDeletion(doomed.id, 7, house.operator())
    const { time } = house.store
    house.store.time = async () => clock.now() - 3_000
    ahead = 8 * day
    await expect(house.keyring.purge(doomed.id, house.operator())).rejects.toMatchObject({ code: 'clock-in-doubt' })
    house.store.time = time
    ahead = 0
  })
})

describe('a key whose back-end is configured no more', () => {
  test('is not purged on record while its secret stays where it is', async () => {
    const other = await createSealed({ keyEncryptionKey: new Secret(new Uint8Array(32).fill(9)), clock })
    const elsewhere = new Proxy(other, {
      get(target, name): unknown {
        const member: unknown = Reflect.get(target, name)
        return name === 'name' ? 'elsewhere' : typeof member === 'function' ? member.bind(target) : member
      },
    })
    const before = await openHouse({ clock, extraBackends: [elsewhere] })
    const { id } = await payingKey(before, {}, 'elsewhere')
    await before.keyring.scheduleDeletion(id, 7, before.operator())
    await before.close()
    await other.close()
    const after = await openHouse({ clock, folder: before.folder })
    onTestFinished(async () => {
      ahead = 0
      await after.close()
      await removeFolder(after)
    })
    ahead = 8 * day
    await expect(after.keyring.purge(id, after.operator())).rejects.toMatchObject({ code: 'not-supported' })
    expect((await after.keyring.get(id, after.operator())).key.state).toBe('pending-deletion')
  })
})

describe('an imported key', () => {
  const secret = { format: 'hex', hex: `0x${'46'.repeat(32)}` } as const
  const request = { backend: 'sealed', family: 'evm', kind: 'decoded', secret } as const

  test('has the address everyone derives from it (EIP-155, example)', async () => {
    const imported = await house.keyring.import(request, house.operator())
    expect(imported.address).toBe('0x9d8A62f656a8d1615C1294fd71e9CFb3E4855A4F')
  })

  test('cannot come twice, nor under another kind: one identity per secret', async () => {
    await expect(house.keyring.import(request, house.operator())).rejects.toMatchObject({ code: 'already-exists' })
    const opaque = { ...request, kind: 'opaque' } as const
    await expect(house.keyring.import(opaque, house.operator())).rejects.toMatchObject({ code: 'already-exists' })
  })
})

describe('rules', () => {
  test('stay readable in the register, in every version', async () => {
    const { version, value } = await house.keyring.rules(key.id, house.operator())
    const many = Array.from({ length: 10_000 }, (_, i) => `0x${i.toString(16).padStart(40, '0')}`)
    const put = await house.keyring.putRules(key.id, { ...value, recipients: many }, version, house.operator())
    await house.keyring.putRules(key.id, value, put.version, house.operator())
    const { entries } = await house.store.latestEntries({ limit: 20 }, house.operator().deadline)
    const about = entries.map(({ body }) => (JSON.parse(body) as { about?: object }).about)
    expect(about).toContainEqual({ key: key.id, version: put.version, rules: put.value })
    expect(about).toContainEqual({ key: key.id, version: put.version + 1, rules: value })
    expect(put.value.recipients).toHaveLength(10_000)
  })

  test('are versioned: a change made on an old version is refused', async () => {
    const { version, value } = await house.keyring.rules(key.id, house.operator())
    await house.keyring.putRules(key.id, value, version, house.operator())
    const late = house.keyring.putRules(key.id, value, version, house.operator())
    await expect(late).rejects.toMatchObject({ code: 'version-conflict' })
  })

  test('are kept in one spelling, so that what is named in another one matches', async () => {
    const { version, value } = await house.keyring.rules(key.id, house.operator())
    const calls = [{ contract: someone.toLowerCase(), selector: '0xA9059CBB' }]
    const typedData = [{ contract: someone, type: `0x${'AB'.repeat(32)}` }]
    const put = await house.keyring.putRules(key.id, { ...value, calls, typedData }, version, house.operator())
    expect(put.value.calls).toEqual([{ contract: someone, selector: '0xa9059cbb' }])
    expect(put.value.typedData).toEqual([{ contract: someone, type: `0x${'ab'.repeat(32)}` }])
  })

  test('of a decoded key never name digests', async () => {
    const { version, value } = await house.keyring.rules(key.id, house.operator())
    const mixed = { ...value, operations: [...value.operations, 'sign:digest' as const] }
    const refused = house.keyring.putRules(key.id, mixed, version, house.operator())
    await expect(refused).rejects.toMatchObject({ code: 'invalid-request' })
  })
})

test('an opaque key signs digests and nothing else', async () => {
  const opaque = await house.keyring.create({ backend: 'sealed', family: 'evm', kind: 'opaque' }, house.operator())
  const { value } = await house.keyring.rules(opaque.id, house.operator())
  await house.keyring.putRules(opaque.id, { ...value, operations: ['sign:digest'] }, 0, house.operator())
  const grants = [{ operations: ['sign:digest'] as const, keys: [opaque.id], networks: '*' as const }]
  const digester = await client(house, grants, 'digester')
  const digest = { key: opaque.id, operation: 'sign:digest', value: `0x${'ab'.repeat(32)}` } as const
  await expect(house.signing.sign(digest, house.as(digester))).resolves.toMatchObject({ key: opaque.id })
  const message = { key: opaque.id, operation: 'sign:message', network, value: { text: 'hello' } } as const
  await expect(house.signing.sign(message, house.as(digester))).rejects.toMatchObject({ code: 'denied' })
})
