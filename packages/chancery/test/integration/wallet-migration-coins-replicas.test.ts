/** A wallet of coins flipped between its old signer and two replicas on one PostgreSQL: nothing is paid twice or lost. */
import { afterAll, beforeAll, expect, test } from 'vitest'
import type { RunningEmulator } from '../../../aws-emulator/src/index.ts'
import { startCluster, type Cluster } from '../store/postgres-cluster.ts'
import { allowCoins, bitcoinTerms, oldWallet, onLedger, openLedgers, partsOn } from '../wallets/migration/coin-scene.ts'
import { paysEachOnce } from '../wallets/migration/flips.ts'
import { openEmulator } from '../wallets/migration/scene.ts'
import { randomFrom, type Scene } from '../wallets/migration/traffic.ts'
import { apiKey, openReplica, type Replica } from './replicas.ts'

const ledgers = openLedgers()

let cluster: Cluster
let emulator: RunningEmulator
let one: Replica
let two: Replica

beforeAll(async () => {
  cluster = await startCluster()
  emulator = await openEmulator('wallet-migration-coins-replicas')
  const url = await cluster.database()
  one = await openReplica('one', url, { ...partsOn(emulator, ledgers), laneLease: 4_000 })
  two = await openReplica('two', url, { ...partsOn(emulator, ledgers), laneLease: 4_000 })
  await allowCoins(one)
}, 60_000)

afterAll(async () => {
  await one.close()
  await two.close()
  await emulator.close()
  await cluster.stop()
}, 60_000)

test('flipped under traffic, every request is paid exactly once', async () => {
  const random = randomFrom(5)
  const { wallet, old, ledger } = await oldWallet(emulator, one, ledgers, bitcoinTerms, { user: '123', coins: 12 })
  const app = await apiKey(one, [{ operations: ['withdraw'], keys: '*', networks: '*' }], 'exchange')
  const houses = await Promise.all(
    [one, two].map(async (house) => ({ house, exchange: (await house.asks(app)).principal })),
  )
  ledger.treat.send = () => (random() < 0.4 ? 'drop' : random() < 0.2 ? 'silent' : undefined)
  const compare: Scene['compare'] = async (house) => {
    const last = old.sent.at(-1)
    if (last === undefined) return house.wallets.verify(wallet.row.id, house.operator())
    return expect(house.wallets.shadow(wallet.row.id, { raw: last }, house.operator())).resolves.toMatchObject({
      agrees: true,
    })
  }
  const blocks = setInterval(() => ledger.pool().length > 0 && random() < 0.5 && ledger.mine(), 10)
  await paysEachOnce({ old, wallet, houses, compare, random }, onLedger(ledger, bitcoinTerms), 20).finally(() => {
    clearInterval(blocks)
    old.close()
  })
  expect(ledger.doubleSpent()).toBe(false)
}, 180_000)
