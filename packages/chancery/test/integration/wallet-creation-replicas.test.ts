/** Two replicas on one PostgreSQL make wallets in AWS KMS: what one may have asked for, the other never asks for again. */
import { afterAll, afterEach, beforeAll, beforeEach, expect, test } from 'vitest'
import type { RunningEmulator } from '../../../aws-emulator/src/index.ts'
import { systemClock } from '../../src/base/clock.ts'
import { newId } from '../../src/base/id.ts'
import { Secret } from '../../src/base/secret.ts'
import type { WalletRow } from '../../src/core/wallet-store.ts'
import { createAwsKms } from '../../src/keys/aws/aws-kms.ts'
import { walletItem } from '../../src/wallets/row.ts'
import { startCluster, type Cluster } from '../store/postgres-cluster.ts'
import { openEmulator } from '../wallets/migration/scene.ts'
import { network } from './house.ts'
import { openReplica, type Replica } from './replicas.ts'

const stateKey = new Secret(new Uint8Array(32).fill(1))
/** A creation that was begun long ago: its key is looked for first. */
const creating: Omit<WalletRow, 'id'> = {
  version: 1,
  user: '123',
  asset: 'ETH',
  network,
  tier: 'native',
  state: 'CREATING',
  provider: 'p',
  body: { providerId: 'p', assetId: `${network}/slip44:60`, form: 'account' },
  createdAt: 1_000,
  updatedAt: 1_000,
}

let cluster: Cluster
let emulator: RunningEmulator
let one: Replica
let two: Replica

beforeAll(async () => {
  cluster = await startCluster()
  emulator = await openEmulator('wallet-creation-replicas')
}, 60_000)

afterAll(async () => {
  await emulator.close()
  await cluster.stop()
}, 60_000)

beforeEach(async () => {
  const { region, url: endpoint } = emulator
  const backends = async (installation: string) => [
    await createAwsKms({ region, endpoint, installation, clock: systemClock }),
  ]
  const url = await cluster.database()
  one = await openReplica('one', url, { backends })
  two = await openReplica('two', url, { backends })
})

afterEach(async () => {
  emulator.faults.clear()
  emulator.clearCalls()
  await one.close()
  await two.close()
})

const create = ({ wallets, operator }: Replica) =>
  wallets.create({ user: '123', asset: 'ETH', network, tier: 'native' }, operator())

const made = () =>
  emulator.calls.filter(({ operation, result }) => operation === 'CreateKey' && result !== 'ThrottlingException').length

test.each([
  ['the answer of CreateKey is lost', { kind: 'reset', stage: 'after', operation: 'CreateKey', count: 1 }],
  ['CreateAlias is denied', { kind: 'deny', operation: 'CreateAlias', count: 1 }],
] as const)('where %s, one key is made, whichever is asked next', async (_, fault) => {
  // Of what is made AWS shows nothing for a while, as it may.
  emulator.faults.add({ kind: 'delayed-visibility', operation: 'CreateKey', ms: 1_000 })
  emulator.faults.add(fault)
  await expect(create(one)).rejects.toMatchObject({ code: expect.stringMatching(/^backend-/) })
  await expect(create(two)).rejects.toMatchObject({ code: 'wallet-state', particulars: { retryAfter: 2 } })
  const again = () =>
    create(one)
      .then(({ status }) => status)
      .catch(({ code }: { code: string }) => code)
  await expect.poll(again, { timeout: 15_000 }).toBe('CREATED')
  expect((await create(two)).status).toBe('CREATED')
  expect(made()).toBe(1)
})

test.each(['ListAliases', 'CreateKey'])(
  'where %s was denied no key was made, and the other goes on at once',
  async (operation) => {
    const old = { ...creating, id: newId('wal', 1_000), body: { ...creating.body, keyId: newId('key', 1_000) } }
    await one.writer.record(walletItem({ stateKey }, old), one.operator().deadline)
    emulator.faults.add({ kind: 'deny', operation, count: 1 })
    await expect(create(one)).rejects.toMatchObject({ code: 'backend-denied' })
    expect((await create(two)).status).toBe('CREATED')
    expect(emulator.calls.filter((one) => one.operation === 'CreateKey' && one.result === 'ok')).toHaveLength(1)
  },
)
