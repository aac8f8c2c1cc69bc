/** Validator keys that come into use by other doors than an import: what they may sign then begins with the next epoch. */
import { afterEach, expect, test } from 'vitest'
import { systemClock } from '../../src/base/clock.ts'
import { deadlineIn } from '../../src/base/deadline.ts'
import { createConsensus } from '../../src/chains/consensus/chain.ts'
import type { BeaconNetwork } from '../../src/core/validators.ts'
import { dutyOperations, type KeyId, type Network } from '../../src/core/names.ts'
import type { FreezeTarget } from '../../src/core/services.ts'
import { client, openHouse, removeFolder, type TestHouse } from './house.ts'

const chainOf = (...networks: readonly Network[]) =>
  createConsensus({ networks: networks.map((network) => ({ network })) })

const [hoodi, sepolia] = chainOf('beacon:hoodi', 'beacon:sepolia').beacon ?? []
const hex = `0x${'5a'.padStart(64, '0')}`
const root = (fill: number) => `0x${fill.toString(16).padStart(64, '0')}`

const opened: TestHouse[] = []

async function openOn(folder: string | undefined, ...networks: readonly Network[]): Promise<TestHouse> {
  const house = await openHouse({ chains: [chainOf(...networks)], ...(folder !== undefined && { folder }) })
  opened.push(house)
  return house
}

afterEach(async () => {
  for (const house of opened.splice(0)) {
    await house.close().catch(() => {})
    await removeFolder(house)
  }
})

function epochNow({ genesisTime, slotDuration, slotsPerEpoch }: BeaconNetwork): number {
  return Math.floor((Date.now() - genesisTime) / (slotDuration * slotsPerEpoch))
}

/** Of the present epoch: whoever had the key before may have signed it a minute ago. */
function attestation(beacon: BeaconNetwork, block = 1) {
  const target = epochNow(beacon)
  const { version, epoch } = beacon.forks.at(-1) ?? { version: '0x', epoch: 0n }
  return {
    type: 'ATTESTATION',
    fork_info: {
      fork: { previous_version: version, current_version: version, epoch: String(epoch) },
      genesis_validators_root: beacon.genesisValidatorsRoot,
    },
    attestation: {
      slot: String(target * beacon.slotsPerEpoch),
      index: '0',
      beacon_block_root: root(block),
      source: { epoch: String(target - 1), root: root(2) },
      target: { epoch: String(target), root: root(3) },
    },
  }
}

const imported = { backend: 'sealed', family: 'consensus', kind: 'decoded', secret: { format: 'hex', hex } } as const

/** With nothing in the way of what it signs: its row begins at 0. */
async function unguarded(house: TestHouse, network?: Network) {
  const taken: unknown[] = []
  const take = (_: number, key: unknown) => void taken.push(key)
  await house.keyring.importMany([{ ...imported, ...(network && { network }) }], take, house.operator(), async () => {})
  await house.validators?.raiseWatermark({ ...(network && { network }), slot: 0n, epoch: 0n }, house.operator())
  const [key] = house.state.current().keys.values()
  if (key === undefined) throw new Error(`the key did not come in: ${String(taken[0])}`)
  return key.value
}

async function sign(house: TestHouse, value: unknown) {
  const [key] = house.state.current().keys.values()
  const standing = [...house.state.current().clients.values()].find(({ value: { name } }) => name === 'vc')?.value
  const principal = standing
    ? { client: standing.id, name: standing.name, grants: standing.grants, scheme: 'api-key' }
    : await client(house, [{ operations: dutyOperations, keys: '*', networks: '*' }], 'vc')
  const request = { key: key?.value.id ?? '', operation: 'sign:attestation', value } as const
  return house.signing.sign(request, { principal, deadline: deadlineIn(30_000, systemClock) })
}

const refused = { code: 'conflicts-with-earlier' }

test('a key that was out of use begins with the next epoch when it is enabled again', async () => {
  if (hoodi === undefined) throw new Error('hoodi is not known')
  const house = await openOn(undefined, 'beacon:hoodi')
  const { id } = await unguarded(house, 'beacon:hoodi')
  const vote = attestation(hoodi)
  await expect(sign(house, vote)).resolves.toBeDefined()
  await house.keyring.disable(id, house.operator())
  await house.keyring.enable(id, house.operator())
  await expect(sign(house, vote)).rejects.toMatchObject(refused)
})

test('so does one whose deletion was taken back: its history went elsewhere', async () => {
  if (hoodi === undefined) throw new Error('hoodi is not known')
  const house = await openOn(undefined, 'beacon:hoodi')
  const { id } = await unguarded(house, 'beacon:hoodi')
  await house.keyring.scheduleDeletion(id, 7, house.operator())
  await house.keyring.cancelDeletion(id, house.operator())
  await house.keyring.enable(id, house.operator())
  await expect(sign(house, attestation(hoodi))).rejects.toMatchObject(refused)
})

const targets: { readonly [name: string]: (id: KeyId) => FreezeTarget } = {
  'the key': (id) => ({ key: id }),
  everything: () => ({ everything: true }),
}

test.each(Object.entries(targets))(
  'so does a key after a thaw of %s: a freeze may have been its way out to another signer',
  async (_, what) => {
    if (hoodi === undefined) throw new Error('hoodi is not known')
    const house = await openOn(undefined, 'beacon:hoodi')
    const { id } = await unguarded(house, 'beacon:hoodi')
    const vote = attestation(hoodi)
    await house.freezing.thaw(what(id), house.operator())
    await expect(sign(house, vote)).resolves.toBeDefined()
    await house.freezing.freeze(what(id), house.operator())
    await expect(sign(house, vote)).rejects.toMatchObject({ code: 'frozen' })
    await house.freezing.thaw(what(id), house.operator())
    await expect(sign(house, vote)).rejects.toMatchObject(refused)
  },
)

test('a thaw of a client changes nothing for keys: it never had them', async () => {
  if (hoodi === undefined) throw new Error('hoodi is not known')
  const house = await openOn(undefined, 'beacon:hoodi')
  await unguarded(house, 'beacon:hoodi')
  await sign(house, attestation(hoodi))
  const [client] = [...house.state.current().clients.values()].filter(({ value: { name } }) => name === 'vc')
  if (client === undefined) throw new Error('there is no client')
  await house.freezing.freeze({ client: client.value.id }, house.operator())
  await expect(sign(house, attestation(hoodi))).rejects.toMatchObject({ code: 'frozen' })
  await house.freezing.thaw({ client: client.value.id }, house.operator())
  await expect(sign(house, attestation(hoodi))).resolves.toBeDefined()
})

test('nothing is signed more than an epoch ahead of the clock: it would burn all that lies before', async () => {
  if (hoodi === undefined) throw new Error('hoodi is not known')
  const house = await openOn(undefined, 'beacon:hoodi')
  await unguarded(house, 'beacon:hoodi')
  const ahead = (epochs: number) => attestation({ ...hoodi, genesisTime: hoodi.genesisTime - epochs * 384_000 })
  await expect(sign(house, ahead(3))).rejects.toMatchObject({ code: 'invalid-payload' })
  await expect(sign(house, ahead(1))).resolves.toBeDefined()
})

test.each([2n ** 63n, 2n ** 64n - 1n])('nor for epoch %d, whose time no date can say', async (epoch) => {
  if (hoodi === undefined) throw new Error('hoodi is not known')
  const house = await openOn(undefined, 'beacon:hoodi')
  await unguarded(house, 'beacon:hoodi')
  const { attestation: vote, ...value } = attestation(hoodi)
  const far = { ...value, attestation: { ...vote, target: { ...vote.target, epoch: String(epoch) } } }
  const refused = { code: 'invalid-payload', particulars: { wanted: 'from +275760-09-13T00:00:00.000Z' } }
  await expect(sign(house, far)).rejects.toMatchObject(refused)
})

test('so do one that is made here and one that is imported by itself', async () => {
  if (hoodi === undefined) throw new Error('hoodi is not known')
  for (const bring of ['create', 'import'] as const) {
    const house = await openOn(undefined, 'beacon:hoodi')
    await house.keyring[bring](imported, house.operator())
    await expect(sign(house, attestation(hoodi))).rejects.toMatchObject(refused)
  }
})

test('a network that is new to the configuration finds no key without a row', async () => {
  if (hoodi === undefined || sepolia === undefined) throw new Error('the networks are not known')
  const before = await openOn(undefined, 'beacon:sepolia')
  await before.keyring.import(imported, before.operator())
  await before.close()
  const house = await openOn(before.folder, 'beacon:sepolia', 'beacon:hoodi')
  await expect(sign(house, attestation(hoodi))).rejects.toMatchObject(refused)
  const rows = await house.store.protections(undefined, 10, house.operator().deadline)
  expect(new Set(rows.rows.map(({ scope }) => scope.split('@')[1]))).toEqual(
    new Set([hoodi.genesisValidatorsRoot, sepolia.genesisValidatorsRoot]),
  )
})
