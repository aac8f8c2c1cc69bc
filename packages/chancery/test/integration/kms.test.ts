/** The flow with a back-end whose signatures are random: AWS KMS, as the emulator speaks it. */
import { join } from 'node:path'
import { DatabaseSync } from 'node:sqlite'
import { recoverTransactionAddress } from 'viem'
import { afterAll, afterEach, beforeAll, expect, test } from 'vitest'
import { startEmulator, type RunningEmulator } from '../../../aws-emulator/src/index.ts'
import { systemClock } from '../../src/base/clock.ts'
import type { Principal } from '../../src/core/access.ts'
import type { KeyRecord } from '../../src/core/key.ts'
import { noRules } from '../../src/core/rules.ts'
import type { StoredSignature } from '../../src/core/payload.ts'
import type { SignRequest } from '../../src/core/services.ts'
import type { Store } from '../../src/core/store.ts'
import { createAwsKms } from '../../src/keys/aws/aws-kms.ts'
import { exportRegister } from '../../src/register/export.ts'
import { sourceOf } from '../../src/register/source.ts'
import { openSqlite } from '../../src/store/sqlite/open.ts'
import { useCredentials } from '../keys/aws/emulator.ts'
import { client, network, openHouse, payingKey, payment, removeFolder, signer, type TestHouse } from './house.ts'

let emulator: RunningEmulator
let house: TestHouse
let key: KeyRecord
let app: Principal

beforeAll(async () => {
  emulator = await startEmulator({ seed: 'kms flow' })
  useCredentials(emulator.credentials)
  house = await openHouse({ extraBackends: [await backend()] })
  key = await payingKey(house, {}, 'aws-kms')
  app = await client(house, signer(key))
})

afterEach(() => emulator.faults.clear())

afterAll(async () => {
  await house.close()
  await removeFolder(house)
  await emulator.close()
})

const backend = () =>
  createAwsKms({ region: emulator.region, endpoint: emulator.url, installation: 'ins_test', clock: systemClock })

const request = (nonce: number, value?: string): SignRequest => ({
  key: key.id,
  operation: 'sign:transaction',
  network,
  value: payment(nonce, value),
})

async function edit(sql: string): Promise<void> {
  await house.close()
  const db = new DatabaseSync(join(house.folder, 'data', 'store.sqlite'))
  db.exec(sql)
  db.close()
  house = await openHouse({ folder: house.folder, extraBackends: [await backend()] })
}

async function registered(): Promise<unknown[]> {
  const bodies: unknown[] = []
  for await (const line of exportRegister(sourceOf(house.store, systemClock))) {
    const { entries = [] } = JSON.parse(line) as { entries?: { body: string }[] }
    bodies.push(...entries.map(({ body }): unknown => JSON.parse(body)))
  }
  return bodies
}

const isOutcomeOf = (body: unknown, attempt: string) =>
  typeof body === 'object' && body !== null && Reflect.get(body, 'attempt') === attempt

const signs = () => emulator.calls.filter(({ operation }) => operation === 'Sign').length

test('a KMS key signs a transaction that recovers to its address', async () => {
  const { signed } = await house.signing.sign(request(0), house.as(app))
  const raw = signed.result['raw'] as `0x02${string}`
  expect(await recoverTransactionAddress({ serializedTransaction: raw })).toBe(key.address)
})

test('the same transaction is signed once, and answered with the same bytes', async () => {
  const before = signs()
  const first = await house.signing.sign(request(1), house.as(app))
  const again = await house.signing.sign(request(1), house.as(app))
  expect(again.signed).toEqual(first.signed)
  expect(signs() - before).toBe(1)
})

test('the same transaction raced gets one signature, whoever signs first', async () => {
  const asked = Array.from({ length: 8 }, () => house.signing.sign(request(2), house.as(app)))
  const raws = new Set((await Promise.all(asked)).map(({ signed }) => signed.result['raw']))
  expect(raws.size).toBe(1)
})

test('the register names the key in AWS, and the request that made each signature', async () => {
  const { attempt } = await house.signing.sign(request(20), house.as(app))
  await house.signing.sign(request(20), house.as(app))
  const made = emulator.calls.filter(({ operation, result }) => operation === 'Sign' && result === 'ok').at(-1)
  const bodies = await registered()
  const outcomes = bodies.filter((body) => isOutcomeOf(body, attempt))
  expect(outcomes).toContainEqual(expect.objectContaining({ evidence: [made?.requestId] }))
  const created = expect.objectContaining({
    key: key.id,
    where: { kmsKey: made?.key, alias: `alias/chancery-${key.id}` },
  })
  expect(bodies).toContainEqual(expect.objectContaining({ action: 'key.create', about: created }))
})

test('a stored signature is the one released after a restart', async () => {
  const before = await house.signing.sign(request(3), house.as(app))
  await house.close()
  house = await openHouse({ folder: house.folder, extraBackends: [await backend()] })
  expect((await house.signing.sign(request(3), house.as(app))).signed).toEqual(before.signed)
})

test('a stored signature that was edited is not released', async () => {
  const first = await house.signing.sign(request(8), house.as(app))
  await edit('UPDATE signature SET y_parity = 1 - y_parity')
  expect((await house.signing.sign(request(8), house.as(app))).signed).toEqual(first.signed)
  await edit('UPDATE signature SET bytes = CAST(substr(bytes, 33) || substr(bytes, 1, 32) AS BLOB)')
  await expect(house.signing.sign(request(8), house.as(app))).rejects.toMatchObject({ code: 'store-corrupt' })
  await edit('DELETE FROM signature')
})

test('nor is one that the store names as the first, when it is not by the key', async () => {
  await house.close()
  const store = await openSqlite({ path: join(house.folder, 'data', 'store.sqlite'), clock: systemClock })
  house = await openHouse({ folder: house.folder, store: lying(store), extraBackends: [await backend()] })
  await expect(house.signing.sign(request(9), house.as(app))).rejects.toMatchObject({ code: 'store-corrupt' })
  await edit('DELETE FROM signature')
})

/** Names other signatures as the ones that came first. */
function lying(store: Store): Store {
  const other = (one: StoredSignature): StoredSignature => {
    return { ...one, signature: { ...one.signature, bytes: one.signature.bytes.toReversed() } }
  }
  const commit: Store['commit'] = async (round, deadline) => {
    const result = await store.commit(round, deadline)
    if (result.status !== 'committed') return result
    return { ...result, items: result.items.map(({ signatures }) => ({ signatures: signatures.map(other) })) }
  }
  const get = (target: Store, name: string | symbol): unknown => {
    const value: unknown = Reflect.get(target, name)
    if (name === 'commit') return commit
    return typeof value === 'function' ? value.bind(target) : value
  }
  return new Proxy(store, { get })
}

for (const kind of ['other-key', 'flip-bit'] as const) {
  test(`a signature with ${kind} does not leave, and the transaction can be signed afterwards`, async () => {
    const nonce = kind === 'other-key' ? 4 : 5
    emulator.faults.add({ kind, operation: 'Sign' })
    await expect(house.signing.sign(request(nonce), house.as(app))).rejects.toMatchObject({ code: 'bad-signature' })
    emulator.faults.clear()
    await expect(house.signing.sign(request(nonce), house.as(app))).resolves.toMatchObject({ key: key.id })
  })
}

test('a claim outlives the failure of its back-end', async () => {
  emulator.faults.add({ kind: 'deny', operation: 'Sign' })
  await expect(house.signing.sign(request(6), house.as(app))).rejects.toMatchObject({ code: 'backend-denied' })
  emulator.faults.clear()
  await expect(house.signing.sign(request(6, '6'), house.as(app))).rejects.toMatchObject({
    code: 'conflicts-with-earlier',
  })
})

test('every Sign has an attempt that was recorded before it', async () => {
  const { entries } = await house.store.latestEntries({ limit: 1000 }, house.operator().deadline)
  const attempts = entries.map(({ body }) => JSON.parse(body) as { kind: string; payloads?: string[] })
  const recorded = new Set(attempts.filter(({ kind }) => kind === 'attempt').flatMap(({ payloads }) => payloads ?? []))
  const signed = emulator.calls
    .filter(({ operation }) => operation === 'Sign')
    .map(({ messageSha256 }) => `0x${messageSha256}`)
  expect(signed.length).toBeGreaterThan(5)
  expect(signed.filter((hash) => !recorded.has(hash))).toEqual([])
})

test('a key of the emulator serves no main network, nor signs digests beside one', async () => {
  await house.close()
  const isMain = (asked?: string) => asked === undefined || asked === network
  house = await openHouse({ folder: house.folder, extraBackends: [await backend()], isMain })
  const refused = { code: 'denied', message: 'A key of an emulator never signs for a main network' }
  await expect(house.signing.sign(request(20), house.as(app))).rejects.toMatchObject(refused)
  const opaque = await house.keyring.create({ backend: 'aws-kms', family: 'evm', kind: 'opaque' }, house.operator())
  await house.keyring.putRules(opaque.id, { ...noRules, operations: ['sign:digest'] }, 0, house.operator())
  const holder = await client(house, [{ operations: ['sign:digest'], keys: [opaque.id], networks: '*' }], 'holder')
  const digest = { key: opaque.id, operation: 'sign:digest', value: `0x${'11'.repeat(32)}` } as const
  await expect(house.signing.sign(digest, house.as(holder))).rejects.toMatchObject(refused)
})
