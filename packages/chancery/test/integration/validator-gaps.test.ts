/**
 * What a gap in the history that was accepted means for validators' keys: a network that is configured later, keys that come in
 * later, and keys that may have been deleted in what is lost. On either store.
 */
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, afterEach, beforeAll, describe, expect, test } from 'vitest'
import { toHex, type Hex } from '../../src/base/bytes.ts'
import { systemClock } from '../../src/base/clock.ts'
import { createConsensus } from '../../src/chains/consensus/chain.ts'
import { createEvm } from '../../src/chains/evm/chain.ts'
import type { Chain } from '../../src/core/chain.ts'
import type { KeyState } from '../../src/core/key.ts'
import type { BeaconNetwork } from '../../src/core/validators.ts'
import { Failed } from '../../src/core/errors.ts'
import { dutyOperations } from '../../src/core/names.ts'
import { openWitness } from '../../src/register/witness.ts'
import { openPostgres } from '../../src/store/postgres/open.ts'
import { openSqlite } from '../../src/store/sqlite/open.ts'
import { startCluster, type Cluster } from '../store/postgres-cluster.ts'
import { randomPrivateKey, testKeystore } from '../validators/keystores.ts'
import { client, network as evm, openHouse, payingKey, someone, type TestHouse, type TestParts } from './house.ts'

const network = 'beacon:hoodi'
const consensus = createConsensus({ networks: [{ network }] })
const none = createEvm({ networks: [{ network: evm }], assets: [] })
const [hoodi] = consensus.beacon ?? []
const by = { actor: 'operator', reason: 'restored from a backup' }
const root = (fill: number): Hex => `0x${fill.toString(16).padStart(64, '0')}`

let cluster: Cluster
const opened: TestHouse[] = []
const folders: string[] = []

beforeAll(async () => {
  cluster = await startCluster()
}, 60_000)
afterAll(() => cluster.stop(), 60_000)

afterEach(async () => {
  for (const house of opened.toReversed()) await close(house)
  for (const folder of folders.splice(0)) await rm(folder, { recursive: true, force: true })
})

async function close(house: TestHouse): Promise<void> {
  opened.splice(opened.indexOf(house), 1)
  await house.close()
}

async function newFolder(): Promise<string> {
  const folder = await mkdtemp(join(tmpdir(), 'chancery-gap-'))
  folders.push(folder)
  return folder
}

function timing(): BeaconNetwork {
  if (hoodi === undefined) throw new Error('hoodi is not known')
  return hoodi
}

function epochAt(time: number): bigint {
  return BigInt(Math.floor((time - timing().genesisTime) / (12_000 * timing().slotsPerEpoch)))
}

/** Where one installation lives, start after start. */
interface Place {
  readonly folder: string
  readonly url?: string
}

const stores = [
  ['SQLite', async (folder: string): Promise<Place> => ({ folder })],
  ['PostgreSQL', async (folder: string): Promise<Place> => ({ folder, url: await cluster.database() })],
] as const

async function open({ folder, url }: Place, chain: Chain, more: TestParts = {}): Promise<TestHouse> {
  const store = url === undefined ? {} : { store: await openPostgres({ url, poolSize: 4, clock: systemClock }) }
  const house = await openHouse({ folder, chains: [chain], ...store, ...more })
  opened.push(house)
  return house
}

/** Starts with the witness of a process that had written more than there is. */
async function openBehind(place: Place, chain: Chain, more: TestParts = {}): Promise<TestHouse> {
  const witness = await openWitness({ path: join(place.folder, `ahead-${opened.length}`) })
  witness.acknowledge({ stream: 'str_lost', seq: 7, hash: `0x${'ab'.repeat(32)}` })
  return open(place, chain, { witness, ...more })
}

/** A start that finds a shared store behind freezes everything. */
async function accept(house: TestHouse): Promise<void> {
  expect(house.state.current().halted).toBe(house.store.shared)
  await house.acceptGap(by, house.operator().deadline)
  await house.freezing.thaw({ everything: true }, house.operator())
}

/** With nothing in the way of what they sign. */
async function takeIn(house: TestHouse, count: number): Promise<readonly Hex[]> {
  const requests = Array.from({ length: count }, () => ({
    backend: 'sealed',
    family: 'consensus',
    kind: 'decoded' as const,
    secret: { format: 'hex' as const, hex: toHex(randomPrivateKey()) },
  }))
  const taken: Hex[] = []
  const take = (_: number, key: object) => {
    if (key instanceof Error) throw key
    if ('publicKey' in key) taken.push(key.publicKey as Hex)
  }
  await house.keyring.importMany(requests, take, house.operator(), async () => {})
  // Without a row they would be protected at their first use.
  await house.validators?.raiseWatermark({ slot: 0n, epoch: 0n }, house.operator())
  return taken
}

async function vote(house: TestHouse, key: Hex, target: bigint): Promise<string> {
  const { version, epoch } = timing().forks.at(-1) ?? { version: '0x', epoch: 0n }
  const value = {
    type: 'ATTESTATION',
    fork_info: {
      fork: { previous_version: version, current_version: version, epoch: String(epoch) },
      genesis_validators_root: timing().genesisValidatorsRoot,
    },
    attestation: {
      slot: String(target * 32n),
      index: '0',
      beacon_block_root: root(1),
      source: { epoch: String(target - 1n), root: root(2) },
      target: { epoch: String(target), root: root(3) },
    },
  }
  const standing = [...house.state.current().clients.values()].find(({ value: { name } }) => name === 'vc')?.value
  const principal = standing
    ? ({ client: standing.id, name: standing.name, grants: standing.grants, scheme: 'api-key' } as const)
    : await client(house, [{ operations: dutyOperations, keys: '*', networks: '*' }], 'vc')
  return house.signing.sign({ key, operation: 'sign:attestation', value }, house.as(principal)).then(
    () => 'signed',
    (error: unknown) => (error instanceof Error && 'code' in error ? String(error.code) : 'thrown'),
  )
}

const row = async (house: TestHouse, key: Hex) =>
  (await house.store.protection([`${key}@${timing().genesisValidatorsRoot}`], house.operator().deadline))[0]

/** The bodies of protection's entries. */
async function raisesOf(house: TestHouse): Promise<readonly string[]> {
  const { entries } = await house.store.latestEntries({ limit: 500 }, house.operator().deadline)
  return entries.map(({ body }) => body).filter((body) => body.includes('"kind":"protection"'))
}

const stateOf = (house: TestHouse, key: Hex): KeyState | undefined => house.state.current().findKey(key)?.state

describe.each(stores)('after a gap on %s', (_, placed) => {
  const place = async () => placed(await newFolder())

  test('a network that was not configured then is raised above it when it is', async () => {
    const where = await place()
    const before = await open(where, consensus)
    const [key = '0x'] = await takeIn(before, 1)
    expect(await vote(before, key, epochAt(Date.now()) - 5n)).toBe('signed')
    await close(before)
    const without = await openBehind(where, none)
    const began = Date.now()
    await accept(without)
    await close(without)
    const house = await open(where, consensus)
    const least = epochAt(began) + 1n
    const { block, attestation } = (await row(house, key)) ?? {}
    expect([block?.slot ?? 0n, attestation?.source ?? 0n, attestation?.target ?? 0n]).toEqual([
      expect.toSatisfy((slot: bigint) => slot >= least * 32n),
      expect.toSatisfy((epoch: bigint) => epoch >= least),
      expect.toSatisfy((epoch: bigint) => epoch >= least),
    ])
    await house.keyring.enableHeld(house.operator())
    expect(await vote(house, key, epochAt(Date.now()))).toBe('conflicts-with-earlier')
  })

  test('the start after that one raises nothing', async () => {
    const where = await place()
    const before = await open(where, consensus)
    const [key = '0x'] = await takeIn(before, 1)
    expect(await vote(before, key, epochAt(Date.now()) - 5n)).toBe('signed')
    await close(before)
    const without = await openBehind(where, none)
    await accept(without)
    await close(without)
    const once = await open(where, consensus)
    const raises = await raisesOf(once)
    // One is where the key began, the other of the gap.
    expect(raises).toHaveLength(2)
    await close(once)
    expect(await raisesOf(await open(where, consensus))).toEqual(raises)
  })

  test('a key that comes in later begins above it, whatever its file says', async () => {
    const where = await place()
    const house = await openBehind(where, consensus)
    await accept(house)
    const { text, password, publicKey } = await testKeystore(0, { privateKey: randomPrivateKey() })
    const metadata = {
      interchange_format_version: '5',
      genesis_validators_root: timing().genesisValidatorsRoot,
    }
    const data = [{ pubkey: publicKey, signed_blocks: [{ slot: '7' }], signed_attestations: [] }]
    const past = JSON.stringify({ metadata, data })
    const request = { keystores: [text], passwords: [password], slashingProtection: past }
    expect(await house.validators?.import(request, house.operator())).toMatchObject([{ status: 'imported' }])
    expect(await vote(house, publicKey, epochAt(Date.now()))).toBe('conflicts-with-earlier')
  })

  test("validators' keys are out of use until an administrator says which belong here", async () => {
    const where = await place()
    const before = await open(where, consensus)
    const [stays = '0x', moved = '0x', idle = '0x'] = await takeIn(before, 3)
    await before.keyring.disable(idle, before.operator())
    await close(before)
    const house = await openBehind(where, consensus)
    expect(stateOf(house, stays)).toBe('enabled')
    await accept(house)
    expect([stays, moved, idle].map((key) => stateOf(house, key))).toEqual(['disabled', 'disabled', 'disabled'])
    const ahead = () => epochAt(Date.now()) + 1n
    expect([await vote(house, stays, ahead()), await vote(house, moved, ahead())]).toEqual(['key-state', 'key-state'])
    await house.keyring.disable(moved, house.operator())
    expect(await house.keyring.enableHeld(house.operator())).toEqual({ enabled: 1, held: 0 })
    expect([stays, moved, idle].map((key) => stateOf(house, key))).toEqual(['enabled', 'disabled', 'disabled'])
    expect(house.state.current().findKey(stays)).not.toHaveProperty('held')
  })

  test('so are those of a network that is not configured then', async () => {
    const where = await place()
    const before = await open(where, consensus)
    const [key = '0x'] = await takeIn(before, 1)
    await close(before)
    const without = await openBehind(where, none)
    await accept(without)
    await close(without)
    const house = await open(where, consensus)
    expect(stateOf(house, key)).toBe('disabled')
    const stranger = await client(house, [{ operations: ['keys:read'], keys: '*', networks: '*' }])
    await expect(house.keyring.enableHeld(house.as(stranger))).rejects.toMatchObject({ code: 'denied' })
    await house.keyring.scheduleDeletion(key, 7, house.operator())
    await house.keyring.cancelDeletion(key, house.operator())
    expect(await house.keyring.enableHeld(house.operator())).toEqual({ enabled: 0, held: 0 })
    expect(stateOf(house, key)).toBe('disabled')
  })

  test('keys that nobody is punished for go on', async () => {
    const where = await place()
    const before = await open(where, none)
    const { id } = await payingKey(before, { recipients: [someone] })
    await close(before)
    const house = await openBehind(where, none)
    await accept(house)
    expect(house.state.current().keys.get(id)?.value.state).toBe('enabled')
  })
})

test('a gap is not accepted while the clock is in doubt: what it is raised above would be wrong', async () => {
  const where = { folder: await newFolder() }
  await close(await open(where, none))
  const skewed = { ...systemClock, now: () => Date.now() + 60_000 }
  const path = join(where.folder, 'data', 'store.sqlite')
  const store = await openSqlite({ path, clock: systemClock })
  const house = await openBehind(where, none, { clock: skewed, store })
  await expect(house.acceptGap(by, house.operator().deadline)).rejects.toSatisfy(
    (error) => error instanceof Failed && error.code === 'clock-in-doubt',
  )
  expect(house.writer.status().behind).toBeDefined()
})
