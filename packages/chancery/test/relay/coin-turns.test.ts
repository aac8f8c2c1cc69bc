/** Many payments in coins of one wallet: a look at each has its time, and none waits for the others to be done. */
import { afterEach, beforeEach, expect, test } from 'vitest'
import { systemClock } from '../../src/base/clock.ts'
import type { TransactionView } from '../../src/core/transactions.ts'
import { removeFolder } from '../integration/house.ts'
import { openCoinHouse, pay, regtest, rowOf, type CoinHouse } from './coin-house.ts'
import { createCoinLedger, type CoinLedger } from './coin-ledger.ts'

let ledger: CoinLedger
let house: CoinHouse
/** Milliseconds by which the service's time runs ahead. */
let ahead: number

beforeEach(async () => {
  ledger = createCoinLedger(regtest)
  ahead = 0
  const clock = { now: systemClock.now, monotonic: () => systemClock.monotonic() + ahead }
  house = await openCoinHouse(ledger, { clock })
  ledger.deposit(house.wallet.address, ...Array.from({ length: 20 }, () => 100_000n))
  ledger.mine()
  // Accepted, and all there when the first is signed.
  ledger.treat.down = () => true
})

afterEach(async () => {
  await house.close()
  await removeFolder(house)
})

const state = async ({ row }: TransactionView) => (await rowOf(house, row.id))?.state

test('one is made although others before it wait, and looking for their coins takes long', async () => {
  for (let i = 0; i < 5; i++) await pay(house, 10_000n, { coins: { maxFee: 1n } })
  const payable = await pay(house, 10_000n)
  ledger.treat.coins = (honest) => {
    ahead += 8_000
    return honest
  }
  delete ledger.treat.down
  await expect.poll(() => state(payable), { timeout: 20_000 }).toBe('broadcast')
})

test('one is followed while many others wait for their signature', async () => {
  const first = await pay(house, 10_000n)
  for (let i = 1; i < 20; i++) await pay(house, 10_000n)
  let halfway: Promise<string | undefined> | undefined
  ledger.treat.send = () => {
    ahead += 2_000
    ledger.mine()
    if (ledger.sent.size === 10) halfway = state(first)
    return undefined
  }
  delete ledger.treat.down
  await expect.poll(() => ledger.sent.size, { timeout: 20_000 }).toBe(20)
  expect(await halfway).toMatch(/mined|final/)
})
