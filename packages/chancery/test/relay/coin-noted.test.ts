/** What a payment spends had come to its wallet's addresses: noted once a node knows the payment, and nothing waits for that. */
import { afterEach, beforeEach, expect, test } from 'vitest'
import { Failed } from '../../src/core/errors.ts'
import type { TransactionView } from '../../src/core/transactions.ts'
import { removeFolder } from '../integration/house.ts'
import { openCoinHouse, pay, regtest, rowOf, walletId, type CoinHouse } from './coin-house.ts'
import { createCoinLedger, type CoinLedger } from './coin-ledger.ts'

let ledger: CoinLedger
let house: CoinHouse

beforeEach(async () => {
  ledger = createCoinLedger(regtest)
  house = await openCoinHouse(ledger)
  ledger.deposit(house.wallet.address, 100_000n)
  ledger.mine()
})

afterEach(async () => {
  await house.close()
  await removeFolder(house)
})

const state = async ({ row }: TransactionView) => (await rowOf(house, row.id))?.state

test('a payment is shown where it is before its addresses are noted', async () => {
  const held = Promise.withResolvers<void>()
  house.owner.notePaid = () => held.promise
  const paid = await pay(house, 10_000n)
  await expect.poll(() => state(paid)).toBe('broadcast')
  held.resolve()
  ledger.mine(2)
  await expect.poll(() => state(paid)).toBe('final')
})

test('what could not be noted is tried again in a block, and when that is deep enough', async () => {
  const noted: unknown[] = []
  house.owner.notePaid = async (wallet, addresses) => {
    noted.push([wallet, addresses])
    throw new Failed('internal', 'It could not be recorded')
  }
  const asked = [walletId, [house.wallet.address]]
  const paid = await pay(house, 10_000n)
  await expect.poll(() => noted).toEqual([asked])
  for (const [at, there] of ['mined', 'final'].entries()) {
    ledger.mine()
    await expect.poll(() => state(paid)).toBe(there)
    await expect.poll(() => noted).toEqual(Array.from({ length: at + 2 }, () => asked))
  }
})
