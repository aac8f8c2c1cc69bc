/** The flow and a key's life with the back-ends whose secrets AWS decrypts into a process of ours. */
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { recoverTransactionAddress } from 'viem'
import { afterAll, afterEach, beforeAll, describe, expect, test } from 'vitest'
import { type RunningEmulator, startEmulator } from '../../../aws-emulator/src/index.ts'
import { systemClock, type Clock } from '../../src/base/clock.ts'
import type { Principal } from '../../src/core/access.ts'
import type { KeyRecord } from '../../src/core/key.ts'
import { createAwsDataKey } from '../../src/keys/aws/aws-data-key.ts'
import { createAwsSsm } from '../../src/keys/aws/aws-ssm.ts'
import { symmetricKey, useCredentials } from '../keys/aws/emulator.ts'
import { client, network, openHouse, payingKey, payment, removeFolder, signer, type TestHouse } from './house.ts'

let emulator: RunningEmulator
let house: TestHouse
let folder: string
let ahead = 0
const clock: Clock = { ...systemClock, now: () => systemClock.now() + ahead }

beforeAll(async () => {
  emulator = await startEmulator({ seed: 'local flow' })
  useCredentials(emulator.credentials)
  const { region, url: endpoint } = emulator
  folder = await mkdtemp(join(tmpdir(), 'chancery-copies-'))
  const options = { region, endpoint, installation: 'ins_test', clock }
  const dataKeys = { key: await symmetricKey(emulator), copies: folder }
  const extraBackends = [await createAwsSsm(options), await createAwsDataKey({ ...options, ...dataKeys })]
  house = await openHouse({ extraBackends, clock })
})
afterEach(() => {
  ahead = 0
  emulator.faults.clear()
})
afterAll(async () => {
  await house.close()
  await removeFolder(house)
  await Promise.all(house.backends.map((backend) => backend.close()))
  await emulator.close()
  await rm(folder, { recursive: true })
})

const calls = (operation: string) =>
  emulator.calls.filter((call) => call.operation === operation && call.result === 'ok').length

describe.each([
  ['aws-ssm', 'GetParameter'],
  ['aws-data-key', 'Decrypt'],
] as const)('%s', (backend, opening) => {
  let key: KeyRecord
  let app: Principal

  beforeAll(async () => {
    key = await payingKey(house, {}, backend)
    app = await client(house, signer(key), backend)
  })
  const sign = (nonce: number) =>
    house.signing.sign({ key: key.id, operation: 'sign:transaction', network, value: payment(nonce) }, house.as(app))

  test('signs a transaction that recovers to its address', async () => {
    const { signed } = await sign(0)
    const raw = signed.result['raw']
    expect(await recoverTransactionAddress({ serializedTransaction: raw as `0x02${string}` })).toBe(key.address)
  })

  test('opens its key once for requests that come together', async () => {
    const before = calls(opening)
    await Promise.all([1, 2, 3, 4].map(sign))
    expect(calls(opening) - before).toBeLessThan(4)
  })

  test('gives the same answer for the same transaction, and refuses another with its nonce', async () => {
    expect((await sign(1)).signed).toEqual((await sign(1)).signed)
    const other = { key: key.id, operation: 'sign:transaction', network, value: payment(1, '2') } as const
    await expect(house.signing.sign(other, house.as(app))).rejects.toMatchObject({ code: 'conflicts-with-earlier' })
  })

  test('burns nothing but the same nonce when AWS does not decrypt', async () => {
    emulator.faults.add({ kind: 'deny', operation: opening })
    await expect(sign(10)).rejects.toMatchObject({ code: 'backend-denied' })
    emulator.faults.clear()
    expect((await sign(10)).signed.result['raw']).toBeTruthy()
  })

  test('is disabled, scheduled, and purged with what AWS or the disk kept of it', async () => {
    await house.keyring.disable(key.id, house.operator())
    await expect(sign(11)).rejects.toMatchObject({ code: 'key-state' })
    await house.keyring.scheduleDeletion(key.id, 7, house.operator())
    ahead = 8 * 86_400_000
    const purged = await house.keyring.purge(key.id, house.operator())
    expect(purged).toMatchObject({ state: 'purged', ref: {} })
    if (backend === 'aws-ssm') expect(calls('DeleteParameter')).toBe(1)
    else
      expect(await rm(join(folder, `${key.id}.json`)).catch((error: unknown) => error)).toMatchObject({
        code: 'ENOENT',
      })
  })
})
