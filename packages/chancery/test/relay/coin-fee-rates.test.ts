/** What a node says, or cannot say, of fees, and which payments of a wallet wait for it. */
import { afterEach, beforeEach, describe, expect, test } from 'vitest'
import type { TransactionId } from '../../src/core/names.ts'
import { removeFolder } from '../integration/house.ts'
import { openCoinHouse, pay, regtest, rowOf, type CoinHouse } from './coin-house.ts'
import { createCoinLedger, type CoinLedger } from './coin-ledger.ts'

let ledger: CoinLedger
let house: CoinHouse

beforeEach(async () => {
  ledger = createCoinLedger(regtest)
  house = await openCoinHouse(ledger)
})

afterEach(async () => {
  await house.close()
  await removeFolder(house)
})

const fund = (amount: bigint) => {
  ledger.deposit(house.wallet.address, amount)
  ledger.mine()
}
const state = (id: TransactionId) => async () => (await rowOf(house, id))?.state
const stands = async (id: TransactionId, wanted: object) => {
  await expect.poll(() => rowOf(house, id)).toMatchObject(wanted)
}

describe('a node', () => {
  test('that asks for a fee beyond the bound keeps a payment waiting', async () => {
    fund(500_000n)
    ledger.treat.down = () => true
    const { row } = await pay(house, 1_000n)
    ledger.treat.feeRate = () => 10n ** 12n
    delete ledger.treat.down
    await stands(row.id, { state: 'accepted', body: { error: { code: 'denied' } } })
    expect(ledger.sent.size).toBe(0)
    delete ledger.treat.feeRate
    await expect.poll(state(row.id), { timeout: 15_000 }).toBe('broadcast')
  })

  test('that cannot say what a fee is has a payment without a rate refused, and none with one', async () => {
    fund(500_000n)
    ledger.treat.feeRate = () => undefined
    await expect(pay(house, 1_000n)).rejects.toMatchObject({ code: 'node-unavailable' })
    const { row } = await pay(house, 1_000n, { coins: { feeRate: 1_000n } })
    await expect.poll(state(row.id)).toBe('broadcast')
  })

  test('that comes to know no fee keeps a payment without a rate waiting, and holds up no other', async () => {
    fund(500_000n)
    ledger.treat.down = () => true
    const { row } = await pay(house, 1_000n)
    ledger.treat.feeRate = () => undefined
    delete ledger.treat.down
    await stands(row.id, { state: 'accepted', body: { error: { code: 'node-unavailable', where: 'feeRate' } } })
    const other = await pay(house, 2_000n, { coins: { feeRate: 1_000n } })
    await expect.poll(state(other.row.id), { timeout: 15_000 }).toBe('broadcast')
    delete ledger.treat.feeRate
    await expect.poll(state(row.id), { timeout: 15_000 }).toBe('broadcast')
  })
})
