/** Who can write to the database puts a payment's older row back, which is genuine: it is not paid again. */
import { join } from 'node:path'
import { DatabaseSync } from 'node:sqlite'
import { afterEach, beforeEach, expect, test } from 'vitest'
import type { TransactionId } from '../../src/core/names.ts'
import { removeFolder } from '../integration/house.ts'
import { openCoinHouse, pay, payee, regtest, rowOf, rulesFor, type CoinHouse } from './coin-house.ts'
import { createCoinLedger, type CoinLedger } from './coin-ledger.ts'

let ledger: CoinLedger
let house: CoinHouse

beforeEach(async () => {
  ledger = createCoinLedger(regtest)
  house = await openCoinHouse(ledger)
  for (const _ of [1, 2, 3]) ledger.deposit(house.wallet.address, 500_000n)
  ledger.mine()
})

afterEach(async () => {
  await house.close()
  await removeFolder(house)
})

/** Between two processes. */
async function edit<T>(work: (db: DatabaseSync) => T): Promise<T> {
  await house.close()
  const db = new DatabaseSync(join(house.folder, 'data', 'store.sqlite'))
  const done = work(db)
  db.close()
  house = await openCoinHouse(ledger, { folder: house.folder }, house)
  return done
}

const keptRow = (id: TransactionId) =>
  edit((db) => db.prepare('SELECT version, state, body, updated_at FROM relay_transaction WHERE id = ?').get(id))

const putBack = (id: TransactionId, row: Awaited<ReturnType<typeof keptRow>>) =>
  edit((db) => {
    const { version = null, state = null, body = null, updated_at: at = null } = row ?? {}
    const change = 'UPDATE relay_transaction SET version = ?, state = ?, body = ?, updated_at = ? WHERE id = ?'
    db.prepare(change).run(version, state, body, at, id)
  })

const state = (id: TransactionId) => async () => (await rowOf(house, id))?.state

test('an accepted one, after it was paid', async () => {
  ledger.treat.down = () => true
  const { row } = await pay(house, 100_000n)
  const accepted = await keptRow(row.id)
  delete ledger.treat.down
  await expect.poll(state(row.id), { timeout: 15_000 }).toBe('broadcast')
  ledger.mine(2)
  await expect.poll(state(row.id)).toBe('final')
  await putBack(row.id, accepted)
  await expect
    .poll(() => rowOf(house, row.id))
    .toMatchObject({
      state: 'accepted',
      body: { error: { code: 'conflicts-with-earlier' } },
    })
  ledger.mine()
  expect(ledger.sent.size).toBe(1)
  expect(ledger.held(payee)).toBe(100_000n)
})

test('one that was not replaced yet, after it was: it is not replaced by a third', async () => {
  const { row } = await pay(house, 100_000n)
  await expect.poll(state(row.id)).toBe('broadcast')
  const before = await keptRow(row.id)
  const dearer = (feeRate: bigint) => ({ feeRate, maxFee: 100_000n, rules: rulesFor([payee]) })
  await house.relay.replace(row.id, () => dearer(10_000n), house.as(house.app))
  await expect.poll(() => ledger.sent.size).toBe(2)
  await expect.poll(state(row.id)).toBe('broadcast')
  await putBack(row.id, before)
  await expect.poll(state(row.id)).toBe('broadcast')
  await house.relay.replace(row.id, () => dearer(40_000n), house.as(house.app))
  await expect
    .poll(async () => (await rowOf(house, row.id))?.body['replacementError'])
    .toMatchObject({
      code: 'conflicts-with-earlier',
    })
  expect(ledger.sent.size).toBe(2)
  ledger.mine()
  expect(ledger.held(payee)).toBe(100_000n)
})
