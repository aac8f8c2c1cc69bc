/** Wallets that come with keys which are here already: only with keys that are nothing else. */
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import type { RunningEmulator } from '../../../aws-emulator/src/index.ts'
import { createEvm } from '../../src/chains/evm/chain.ts'
import { systemClock } from '../../src/base/clock.ts'
import type { EnrolKey } from '../../src/core/keyring.ts'
import { noRules } from '../../src/core/rules.ts'
import { createAwsKms } from '../../src/keys/aws/aws-kms.ts'
import { keyFor, openEmulator, recordOf } from '../wallets/migration/scene.ts'
import { network, openHouse, removeFolder, type TestHouse } from './house.ts'

let emulator: RunningEmulator
let house: TestHouse

beforeAll(async () => {
  emulator = await openEmulator('wallet imports')
  const { region, url: endpoint } = emulator
  house = await openHouse({
    chains: [createEvm({ networks: [{ network }], assets: [] })],
    backends: async (installation) => [await createAwsKms({ region, endpoint, installation, clock: systemClock })],
  })
})
afterAll(async () => {
  await house.close()
  await removeFolder(house)
  await emulator.close()
})

async function enrolled(as: Partial<EnrolKey>) {
  const name = await keyFor(emulator, house)
  const wanted = { backend: 'aws-kms', family: 'evm', kind: 'decoded', name, ...as } as const
  return { name, key: await house.keyring.enrol(wanted, house.operator()) }
}

const take = (user: string, address: string | undefined, name: string) =>
  house.wallets.import(recordOf(user, String(address), name), house.operator())

test.each<Partial<EnrolKey>>([{ kind: 'opaque' }, {}])('not with a key that was taken over as %o', async (as) => {
  const { name, key } = await enrolled(as)
  await expect(take(`other ${key.id}`, key.address, name)).rejects.toMatchObject({ code: 'key-state' })
})

test('not with a key that is out of use', async () => {
  const { name, key } = await enrolled({ network })
  await house.keyring.disable(key.id, house.operator())
  await expect(take('disabled', key.address, name)).rejects.toMatchObject({ code: 'key-state' })
})

test('not with a key that has rules of its own: it would pay past the policy of wallets', async () => {
  const { name, key } = await enrolled({ network })
  const rules = { ...noRules, operations: ['sign:transaction'], networks: [network], recipients: '*' } as const
  await house.keyring.putRules(key.id, rules, 0, house.operator())
  await expect(take('ruled', key.address, name)).rejects.toMatchObject({ code: 'key-state' })
  await house.keyring.putRules(key.id, noRules, 1, house.operator())
  expect((await take('ruled', key.address, name)).status).toBe('CREATED')
  await expect(house.keyring.putRules(key.id, rules, 2, house.operator())).rejects.toMatchObject({ code: 'denied' })
})

test('with one that an import which was cut off has taken over, by whichever name the record has', async () => {
  const { name, key } = await enrolled({ network })
  const { row } = await take('cut off', key.address, name.split('/').at(-1) ?? '')
  expect(row).toMatchObject({ key: key.id, address: key.address, state: 'CREATED' })
  await expect(take('another user', key.address, name)).rejects.toMatchObject({ code: 'already-exists' })
})

test('a record of a coin that has another name now is to be mended, and says which', async () => {
  const { key, name } = await enrolled({ network })
  const record = { ...recordOf('polygon', String(key.address), name), asset: 'MATIC', network: 'mainnet' }
  const hint = 'MATIC became POL in September 2024: its symbol here is POL'
  const problem = { code: 'not-supported', particulars: { where: 'asset', got: 'MATIC', hint } }
  await expect(house.wallets.import(record, house.operator())).rejects.toMatchObject(problem)
  expect(await house.wallets.planImport(record, house.operator())).toMatchObject({ problem })
})

describe('two lines of a collection become no wallets of two users', () => {
  test('where both have one provider id: the second key is not even taken into use', async () => {
    const [first, second] = [await enrolled({ network }), await keyFor(emulator, house)]
    const record = { ...recordOf('first', String(first.key.address), first.name), providerId: 'one-for-two' }
    const { row } = await house.wallets.import(record, house.operator())
    const { address } = await peek(second)
    const other = { ...recordOf('second', address, second), providerId: 'one-for-two' }
    const refused = { code: 'already-exists', particulars: { where: 'providerId', got: 'one-for-two' } }
    await expect(house.wallets.import(other, house.operator())).rejects.toMatchObject(refused)
    expect(await house.wallets.planImport(other, house.operator())).toMatchObject({ step: 'mend', problem: refused })
    expect(house.state.current().findKey(address)).toBeUndefined()
    expect((await house.wallets.import(record, house.operator())).row).toEqual(row)
  })

  test('where both come at once', async () => {
    const keys = await Promise.all([1, 2, 3].map(() => enrolled({ network })))
    const records = keys.map(({ key, name }, n) => ({
      ...recordOf(`at once ${n}`, String(key.address), name),
      providerId: 'at-once',
    }))
    const ended = await Promise.allSettled(records.map((record) => house.wallets.import(record, house.operator())))
    expect(ended.map(({ status }) => status).toSorted()).toEqual(['fulfilled', 'rejected', 'rejected'])
  })

  test('where both name one KMS key, each by another name', async () => {
    const name = await keyFor(emulator, house)
    const { address } = await peek(name)
    const last = name.split('/').at(-1) ?? ''
    const ended = await Promise.allSettled([take('by its ARN', address, name), take('by its id', address, last)])
    expect(ended.map(({ status }) => status).toSorted()).toEqual(['fulfilled', 'rejected'])
  })

  test('nor where the second is made here with a name of the first', async () => {
    const { key, name } = await enrolled({ network })
    const { providerId } = await take('named', key.address, name)
    const request = { user: 'made here', asset: 'ETH', network, tier: 'native', providerId } as const
    const making = house.wallets.create(request, house.operator())
    await expect(making).rejects.toMatchObject({ code: 'already-exists', particulars: { where: 'providerId' } })
  })

  test('nor does a record whose provider id changed pass for the one that was taken in', async () => {
    const { key, name } = await enrolled({ network })
    await take('renamed', key.address, name)
    const record = { ...recordOf('renamed', String(key.address), name), providerId: 'another' }
    await expect(house.wallets.import(record, house.operator())).rejects.toMatchObject({ code: 'already-exists' })
  })
})

/** The address of a key that is not in use yet. */
async function peek(name: string): Promise<{ readonly address: string }> {
  const wanted = { backend: 'aws-kms', family: 'evm', kind: 'decoded', network, name } as const
  const publicKey = await house.keyring.previewEnrol(wanted, house.operator())
  return { address: createEvm({ networks: [{ network }], assets: [] }).address(publicKey, network) }
}
