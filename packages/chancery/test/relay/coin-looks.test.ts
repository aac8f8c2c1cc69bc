/** What a wallet of coins has under way is looked at so that a new payment need not wait for it, and nothing is missed by that. */
import { setTimeout as after } from 'node:timers/promises'
import { afterEach, beforeEach, describe, expect, test, vi } from 'vitest'
import { systemClock } from '../../src/base/clock.ts'
import { canSignMany } from '../../src/core/backend.ts'
import { Failed, Refused } from '../../src/core/errors.ts'
import type { TransactionView } from '../../src/core/transactions.ts'
import { hashOf } from '../../src/relay/row.ts'
import { removeFolder } from '../integration/house.ts'
import { openCoinHouse, pay, payee, paymentOf, regtest, rowOf, rulesFor, type CoinHouse } from './coin-house.ts'
import { createCoinLedger, type CoinLedger } from './coin-ledger.ts'

let ledger: CoinLedger
let house: CoinHouse
/** Milliseconds by which the service's time runs ahead. */
let ahead: number

/** @param interval milliseconds between two looks that come by themselves: an hour is never */
async function open(interval: number, coins = 24): Promise<void> {
  ledger = createCoinLedger(regtest)
  ahead = 0
  const clock = { now: systemClock.now, monotonic: () => systemClock.monotonic() + ahead }
  house = await openCoinHouse(ledger, { clock, interval })
  ledger.deposit(house.wallet.address, ...Array.from({ length: coins }, () => 100_000n))
  ledger.mine()
}

afterEach(async () => {
  await house.close()
  await removeFolder(house)
})

const state = async ({ row }: TransactionView) => (await rowOf(house, row.id))?.state
const txidOf = async ({ row }: TransactionView) => {
  const standing = await rowOf(house, row.id)
  return standing && hashOf(standing)?.slice(2)
}

/** Payments that a node knows, in order. */
async function broadcast(count: number): Promise<readonly TransactionView[]> {
  const paid: TransactionView[] = []
  for (let i = 0; i < count; i++) paid.push(await pay(house, 10_000n))
  for (const one of paid) await expect.poll(() => state(one)).toBe('broadcast')
  return paid
}

/** @returns what ends it */
function failingBackend(): () => void {
  const [backend] = house.backends
  if (backend === undefined || !canSignMany(backend)) throw new Error('there is no sealed back-end')
  const spies = [vi.spyOn(backend, 'sign'), vi.spyOn(backend, 'signMany')]
  for (const spy of spies) spy.mockRejectedValue(new Failed('backend-unavailable', 'not now'))
  return () => spies.forEach((spy) => spy.mockRestore())
}

describe('a new payment', () => {
  const hour = 3_600_000

  beforeEach(() => open(hour))

  test('is signed without another look at those before it, soon after one', async () => {
    const before = await Promise.all((await broadcast(6)).map(txidOf))
    ledger.looks.length = 0
    const next = await pay(house, 10_000n)
    await expect.poll(() => state(next)).toBe('broadcast')
    expect(ledger.looks.filter((txid) => before.includes(txid))).toEqual([])
  })

  test('comes after a look at them, an interval later', async () => {
    const before = await broadcast(6)
    ledger.mine()
    ahead += hour
    const next = await pay(house, 10_000n)
    await expect.poll(() => state(next)).toBe('broadcast')
    expect(await Promise.all(before.map(state))).toEqual(before.map(() => 'mined'))
  })

  test('does not keep one from the node that nobody has yet', async () => {
    const [first] = await broadcast(1)
    ledger.treat.send = () => 'drop'
    const dropped = await pay(house, 10_000n)
    await expect.poll(() => state(dropped)).toBe('signed')
    delete ledger.treat.send
    const next = await pay(house, 10_000n)
    await expect.poll(() => state(next)).toBe('broadcast')
    expect([await state(dropped), first && (await state(first))]).toEqual(['broadcast', 'broadcast'])
  })

  test('pays for no parent that is in a block', async () => {
    const [parent] = await broadcast(1)
    ledger.mine()
    const order = { parent: parent?.row.id ?? 'txn_0', feeRate: 20_000n, maxFee: 50_000n }
    const child = await house.relay.pay(() => paymentOf(house, order), house.as(house.app))
    await expect.poll(() => rowOf(house, child.row.id)).toMatchObject({ body: { error: { code: 'wallet-state' } } })
    expect(ledger.pool()).toEqual([])
  })

  test('does not keep one that is in a block from being seen there before it is replaced', async () => {
    const [first] = await broadcast(1)
    if (first === undefined) throw new Error('one was paid')
    ledger.mine()
    const dearer = { feeRate: 20_000n, maxFee: 100_000n, rules: rulesFor([payee]) }
    await house.relay.replace(first.row.id, () => dearer, house.as(house.app))
    await expect.poll(() => state(first)).toBe('mined')
    expect((await house.relay.payment(first.row.id, house.operator().deadline))?.signed).toHaveLength(1)
  })
})

test('a replacement that could not be signed is not, once the version before it is in a block', async () => {
  await open(3_600_000)
  const [first] = await broadcast(1)
  if (first === undefined) throw new Error('one was paid')
  const mended = failingBackend()
  const dearer = { feeRate: 20_000n, maxFee: 100_000n, rules: rulesFor([payee]) }
  await house.relay.replace(first.row.id, () => dearer, house.as(house.app))
  const waits = { body: { unsigned: true, replacementError: { code: 'backend-unavailable' } } }
  await expect.poll(() => rowOf(house, first.row.id)).toMatchObject(waits)
  ledger.mine()
  mended()
  const next = await pay(house, 10_000n)
  await expect.poll(() => state(first)).toBe('mined')
  await expect.poll(() => state(next)).toBe('broadcast')
  expect((await house.relay.payment(first.row.id, house.operator().deadline))?.signed).toHaveLength(1)
})

describe('a look at many', () => {
  test('asks a node that is far away about eight at once, and no more', async () => {
    await open(20)
    const paid = await broadcast(20)
    let [asked, most] = [0, 0]
    ledger.treat.slow = async (question) => {
      if (question !== 'sighting') return
      most = Math.max(most, ++asked)
      await after(5)
      asked -= 1
    }
    ledger.mine(2)
    for (const one of paid) await expect.poll(() => state(one), { timeout: 15_000 }).toBe('final')
    expect(most).toBe(8)
  })

  test('sends all of a chain that nodes forgot, each after the one it spends', async () => {
    await open(20, 1)
    const paid = await broadcast(8)
    ledger.forget()
    await expect.poll(() => ledger.pool().length).toBe(paid.length)
    ledger.mine(2)
    for (const one of paid) await expect.poll(() => state(one)).toBe('final')
  })

  test('in which one is refused settles the others', async () => {
    await open(20)
    const [first, ...others] = await broadcast(10)
    const refused = first && (await txidOf(first))
    ledger.treat.sighting = (txid, honest) => {
      if (txid === refused) throw new Refused('wrong-network', 'Another chain')
      return honest
    }
    ledger.mine(2)
    for (const one of others) await expect.poll(() => state(one)).toBe('final')
    delete ledger.treat.sighting
    await expect.poll(() => first && state(first), { timeout: 15_000 }).toBe('final')
  })
})
