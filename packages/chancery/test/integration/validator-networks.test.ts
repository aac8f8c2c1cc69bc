/** Two processes on one PostgreSQL that serve different networks: no key signs on one of them before it is protected there. */
import { afterAll, afterEach, beforeAll, beforeEach, expect, test } from 'vitest'
import { systemClock } from '../../src/base/clock.ts'
import { createConsensus } from '../../src/chains/consensus/chain.ts'
import type { KeyRecord } from '../../src/core/key.ts'
import type { BeaconNetwork } from '../../src/core/validators.ts'
import { dutyOperations, type Network } from '../../src/core/names.ts'
import { startCluster, type Cluster } from '../store/postgres-cluster.ts'
import type { TestParts } from './house.ts'
import { apiKey, openReplica, type Replica } from './replicas.ts'

const chainOf = (...networks: readonly Network[]) =>
  createConsensus({ networks: networks.map((network) => ({ network })) })

const [hoodi] = chainOf('beacon:hoodi').beacon ?? []
const imported = { backend: 'sealed', family: 'consensus', kind: 'decoded' } as const
const root = (fill: number) => `0x${fill.toString(16).padStart(64, '0')}`

let cluster: Cluster
let url: string
let few: Replica
let many: Replica
const others: Replica[] = []
let secret: string
let keys = 0

beforeAll(async () => {
  cluster = await startCluster()
}, 60_000)

afterAll(() => cluster.stop(), 60_000)

beforeEach(async () => {
  url = await cluster.database()
  few = await openReplica('few', url, { chains: [chainOf('beacon:sepolia')] })
  many = await openReplica('many', url, { chains: [chainOf('beacon:sepolia', 'beacon:hoodi')] })
  secret = await apiKey(few, [{ operations: dutyOperations, keys: '*', networks: '*' }], 'vc')
})

/** One without a network for validators, beside the two. */
async function openOther(parts: TestParts = {}): Promise<Replica> {
  const other = await openReplica('other', url, parts)
  others.push(other)
  return other
}

afterEach(async () => {
  for (const other of others.splice(0)) await other.close()
  await few.close()
  await many.close()
})

const fresh = () => ({ ...imported, secret: { format: 'hex', hex: root(++keys) } }) as const

/** Of the present epoch on Hoodi: whoever had the key before may have signed it a minute ago. */
function attestation({ genesisTime, slotDuration, slotsPerEpoch, genesisValidatorsRoot, forks }: BeaconNetwork) {
  const target = Math.floor((Date.now() - genesisTime) / (slotDuration * slotsPerEpoch))
  const { version, epoch } = forks.at(-1) ?? { version: '0x', epoch: 0n }
  return {
    type: 'ATTESTATION',
    fork_info: {
      fork: { previous_version: version, current_version: version, epoch: String(epoch) },
      genesis_validators_root: genesisValidatorsRoot,
    },
    attestation: {
      slot: String(target * slotsPerEpoch),
      index: '0',
      beacon_block_root: root(1),
      source: { epoch: String(target - 1), root: root(2) },
      target: { epoch: String(target), root: root(3) },
    },
  }
}

async function vote(key: string): Promise<unknown> {
  if (hoodi === undefined) throw new Error('hoodi is not known')
  const call = await many.asks(secret)
  return many.signing.sign({ key, operation: 'sign:attestation', value: attestation(hoodi) }, call)
}

/** Keys whose rows forbid next to nothing, as those of an old key. */
async function old(count: number, network?: Network): Promise<readonly string[]> {
  const ids: string[] = []
  const take = (_: number, key: KeyRecord | Error) => void ids.push(key instanceof Error ? key.message : key.id)
  const requests = Array.from({ length: count }, () => ({ ...fresh(), ...(network && { network }) }))
  await many.keyring.importMany(requests, take, many.operator(), async () => undefined)
  for (const network of ['beacon:hoodi', 'beacon:sepolia'] as const) {
    await many.validators?.raiseWatermark({ network, slot: 0n, epoch: 0n }, many.operator())
  }
  return ids
}

const refused = { code: 'conflicts-with-earlier' }

test('a key that came in where the network is unknown begins with the next epoch where it is known', async () => {
  const { id } = await few.keyring.import(fresh(), few.operator())
  await many.state.refresh(many.operator().deadline)
  await expect(vote(id)).rejects.toMatchObject(refused)
})

test('so do keys that are asked for one duty together', async () => {
  if (hoodi === undefined) throw new Error('hoodi is not known')
  const names: string[] = []
  for (let i = 0; i < 3; i++) names.push((await few.keyring.import(fresh(), few.operator())).id)
  await many.state.refresh(many.operator().deadline)
  const request = { keys: names, operation: 'sign:attestation', value: attestation(hoodi) } as const
  const answers = await many.signing.signMany(request, await many.asks(secret))
  expect(answers).toMatchObject(names.map(() => ({ error: refused })))
})

/** In and out of use again. */
const ways = {
  'frozen and thawed with everything': async ({ freezing, operator }: Replica) => {
    await freezing.freeze({ everything: true }, operator())
    await freezing.thaw({ everything: true }, operator())
  },
  'disabled and enabled': async ({ keyring, operator }: Replica, id: string) => {
    await keyring.disable(id, operator())
    await keyring.enable(id, operator())
  },
  'frozen and thawed': async ({ freezing, operator }: Replica, id: string) => {
    await freezing.freeze({ key: id }, operator())
    await freezing.thaw({ key: id }, operator())
  },
}

test.each([
  ['disabled and enabled', 'the network is unknown', async () => few],
  ['frozen and thawed', 'the network is unknown', async () => few],
  ['disabled and enabled', 'there is none for validators', () => openOther()],
  ['frozen and thawed', 'there is none for validators', () => openOther()],
] as const)('so does one that was %s where %s', async (how, _, openThere) => {
  const [id = '', other = ''] = await old(2)
  await expect(vote(id)).resolves.toBeDefined()
  await expect(vote(other)).resolves.toBeDefined()
  const there = await openThere()
  await there.state.refresh(there.operator().deadline)
  await ways[how](there, id)
  await many.state.refresh(many.operator().deadline)
  await expect(vote(id)).rejects.toMatchObject(refused)
  await expect(vote(other)).resolves.toBeDefined()
})

test.each([
  ['its network is unknown', async () => few],
  ['there is none for validators', () => openOther()],
] as const)('so does one that was thawed with everything where %s', async (_, openThere) => {
  const [id = ''] = await old(1, 'beacon:hoodi')
  await expect(vote(id)).resolves.toBeDefined()
  const there = await openThere()
  await there.state.refresh(there.operator().deadline)
  await ways['frozen and thawed with everything'](there)
  await many.state.refresh(many.operator().deadline)
  await expect(vote(id)).rejects.toMatchObject(refused)
})

test.each(['disabled and enabled', 'frozen and thawed', 'frozen and thawed with everything'] as const)(
  'one that was %s comes back nowhere with a clock that is wrong: when it did counts on all networks',
  async (how) => {
    const [id = ''] = await old(1)
    const slow = await openOther({ clock: { ...systemClock, now: () => systemClock.now() - 3_600_000 } })
    await slow.state.refresh(slow.operator().deadline)
    await expect(ways[how](slow, id)).rejects.toMatchObject({ code: 'clock-in-doubt' })
    await many.state.refresh(many.operator().deadline)
    await expect(vote(id)).rejects.toMatchObject({ code: how === 'disabled and enabled' ? 'key-state' : 'frozen' })
  },
)
