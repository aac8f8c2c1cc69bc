/** A wallet flipped between its old signer and two replicas on one PostgreSQL: whichever is asked, nothing is paid twice or lost. */
import { afterAll, afterEach, beforeAll, beforeEach, expect, test } from 'vitest'
import type { RunningEmulator } from '../../../aws-emulator/src/index.ts'
import type { WalletView } from '../../src/core/wallets.ts'
import { startCluster, type Cluster } from '../store/postgres-cluster.ts'
import { onAnvil, paysEachOnce } from '../wallets/migration/flips.ts'
import { startOldSigner, type OldSigner } from '../wallets/migration/old-signer.ts'
import { allowPayments, keyFor, openEmulator, partsFor, recordOf } from '../wallets/migration/scene.ts'
import { randomFrom, type Scene } from '../wallets/migration/traffic.ts'
import { startAnvil, type Anvil } from './anvil.ts'
import { someone } from './house.ts'
import { apiKey, openReplica, type Replica } from './replicas.ts'

let cluster: Cluster
let emulator: RunningEmulator
let anvil: Anvil
let one: Replica
let two: Replica
let old: OldSigner
let wallet: WalletView
let app: string

beforeAll(async () => {
  cluster = await startCluster()
  emulator = await openEmulator('wallet-migration-replicas')
  anvil = await startAnvil()
}, 60_000)

afterAll(async () => {
  await anvil.close()
  await emulator.close()
  await cluster.stop()
}, 60_000)

beforeEach(async () => {
  const url = await cluster.database()
  one = await openReplica('one', url, partsFor(emulator, anvil.url))
  two = await openReplica('two', url, partsFor(emulator, anvil.url))
  await allowPayments(one)
  app = await apiKey(one, [{ operations: ['withdraw', 'wallets:read'], keys: '*', networks: '*' }], 'exchange')
  const arn = await keyFor(emulator, one)
  old = await startOldSigner(emulator, anvil, arn)
  await anvil.fund(old.address)
  wallet = await one.wallets.import(recordOf('123', old.address, arn), one.operator(), { shadow: true })
})

afterEach(async () => {
  await one.close()
  await two.close()
  old.close()
})

test('what one replica rolls back, the other refuses at once, whatever it last knew', async () => {
  const { id } = wallet.row
  const withdraw = async () => two.wallets.withdraw({ wallet: id, to: someone, amount: 1n }, await two.asks(app))
  for (let i = 0; i < 5; i++) {
    await one.wallets.cutOver(id, true, one.operator())
    expect((await withdraw()).wallet).toBe(id)
    await one.wallets.rollBack(id, one.operator())
    await expect(withdraw()).rejects.toMatchObject({ code: 'wallet-state' })
    // Whichever is asked has done it, though it did not know that the other had.
    expect((await two.wallets.rollBack(id, two.operator())).view.paysFrom).toBe('elsewhere')
    expect((await two.wallets.cutOver(id, true, two.operator())).view.paysFrom).toBe('here')
    expect((await one.wallets.rollBack(id, one.operator())).view.paysFrom).toBe('elsewhere')
  }
})

test('what one replica verified since the other rolled it back counts, whatever it last knew', async () => {
  const { id } = wallet.row
  await one.wallets.cutOver(id, true, one.operator())
  for (let i = 0; i < 5; i++) {
    await one.wallets.rollBack(id, one.operator())
    await two.wallets.verify(id, two.operator())
    expect((await one.wallets.cutOver(id, false, one.operator())).view.paysFrom).toBe('here')
  }
})

test('flipped under traffic, every request is paid exactly once', async () => {
  const houses = await Promise.all(
    [one, two].map(async (house) => ({ house, exchange: (await house.asks(app)).principal })),
  )
  const compare: Scene['compare'] = (house) => house.wallets.verify(wallet.row.id, house.operator())
  const scene: Scene = { old, wallet, houses, compare, random: randomFrom(7) }
  await expect(paysEachOnce(scene, onAnvil(anvil, old.address), 40)).resolves.toBeUndefined()
}, 120_000)
