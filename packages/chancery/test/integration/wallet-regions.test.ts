/** Native wallets whose keys have replicas in another region, and keys that come back without their records: tried on whole houses. */
import { KMSClient, ReplicateKeyCommand, TagResourceCommand } from '@aws-sdk/client-kms'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { startEmulator, type RunningEmulator } from '../../../aws-emulator/src/index.ts'
import { createEvm } from '../../src/chains/evm/chain.ts'
import { systemClock } from '../../src/base/clock.ts'
import { newId } from '../../src/base/id.ts'
import { canCreate, canWatch } from '../../src/core/backend.ts'
import { refOf } from '../../src/core/key.ts'
import type { KeyId } from '../../src/core/names.ts'
import { createAwsKms } from '../../src/keys/aws/aws-kms.ts'
import { unpaced, useCredentials } from '../keys/aws/emulator.ts'
import { recorded } from '../keys/aws/parameter-store.ts'
import { recordOf } from '../wallets/migration/scene.ts'
import { network, openHouse, removeFolder, type TestHouse } from './house.ts'

const elsewhere = 'eu-west-1'

let emulator: RunningEmulator
let kms: KMSClient
let house: TestHouse
let other: TestHouse

beforeAll(async () => {
  emulator = await startEmulator({ otherRegions: [elsewhere] })
  useCredentials(emulator.credentials)
  const { url: endpoint, region } = emulator
  kms = new KMSClient({ endpoint, region })
  house = await houseIn(region)
  other = await houseIn(elsewhere)
})
afterAll(async () => {
  kms.destroy()
  for (const one of [house, other]) {
    await one.close()
    await removeFolder(one)
  }
  await emulator.close()
})

const houseIn = (region: string) =>
  openHouse({
    backends: async (installation) => [
      await createAwsKms({
        region,
        endpoint: emulator.url,
        installation,
        clock: systemClock,
        multiRegion: true,
        ...unpaced,
      }),
    ],
  })

const make = (user: string) => house.wallets.create({ user, asset: 'ETH', network, tier: 'native' }, house.operator())

function keyOf({ state }: TestHouse, name: string | undefined) {
  const key = name === undefined ? undefined : state.current().findKey(name)
  if (key === undefined) throw new Error('the key is not on record')
  return key
}

const arnOf = (name: string | undefined) => recorded({ data: keyOf(house, name).ref }, 'arn')

/** As docs/aws.md teaches it: with the tags of the key, owned by the installation that is to take it over. */
async function replicate(name: string | undefined): Promise<string> {
  const marks = { 'chancery:owner': other.state.current().installation.id, 'chancery:key': keyOf(house, name).id }
  const Tags = Object.entries(marks).map(([TagKey, TagValue]) => ({ TagKey, TagValue }))
  await kms.send(new ReplicateKeyCommand({ KeyId: arnOf(name), ReplicaRegion: elsewhere, Tags }))
  return arnOf(name).replace(emulator.region, elsewhere)
}

async function findings(one: TestHouse, name: string | undefined): Promise<readonly string[]> {
  const [backend] = one.backends
  if (backend === undefined || !canWatch(backend)) throw new Error('there is no AWS KMS')
  const found = await backend.inspect(refOf(keyOf(one, name)), 'enabled', one.operator().deadline)
  return found.map(({ finding }) => finding)
}

test('one whose key has replicas is not ended before them, and stays as it is', async () => {
  const { row } = await make('with replicas')
  await replicate(row.key)
  const ending = house.wallets.scheduleDeletion(row.id, 7, true, house.operator())
  await expect(ending).rejects.toMatchObject({
    code: 'key-state',
    message: expect.stringContaining('delete the replicas first'),
    particulars: { got: `replicas in ${elsewhere}` },
  })
  const forced = house.keyring.scheduleDeletion(String(row.key), 7, house.operator(), { forced: true })
  await expect(forced).rejects.toMatchObject({ code: 'key-state' })
  expect((await house.wallets.verify(row.id, house.operator())).status).toBe('CREATED')
  expect(keyOf(house, row.key).state).toBe('enabled')
})

test('one is taken in by its replica under a new key id, and nothing is said to have changed outside', async () => {
  const { row } = await make('moving')
  const replica = await replicate(row.key)
  const { row: there } = await other.wallets.import(recordOf('moving', String(row.address), replica), other.operator())
  expect([there.address, there.state]).toEqual([row.address, 'CREATED'])
  expect(keyOf(other, there.key).id).not.toBe(row.key)
  expect(await findings(other, there.key)).toEqual([])
})

test('one is taken in whose record was lost, and a later change of its tag is told of', async () => {
  const id = newId('key', systemClock.now() - 3_600_000)
  const { arn, address } = await lost(id)
  const { row } = await house.wallets.import(recordOf('lost', address, arn), house.operator())
  expect(keyOf(house, row.key).id).not.toBe(id)
  expect(await findings(house, row.key)).toEqual([])
  await kms.send(new TagResourceCommand({ KeyId: arn, Tags: [{ TagKey: 'chancery:key', TagValue: 'key_other' }] }))
  expect(await findings(house, row.key)).toEqual([`The tag chancery:key of ${arn} names another key`])
})

/** A key as a restore leaves it that was made after the backup: with all its marks, and no record. */
async function lost(id: KeyId) {
  const [backend] = house.backends
  if (backend === undefined || !canCreate(backend)) throw new Error('there is no AWS KMS')
  const { publicKey, data } = await backend.create({ id, algorithm: 'secp256k1-ecdsa' }, house.operator().deadline)
  const evm = createEvm({ networks: [{ network }], assets: [] })
  return { arn: recorded({ data }, 'arn'), address: evm.address(publicKey, network) }
}
