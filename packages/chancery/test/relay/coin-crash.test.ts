/** SIGKILL at every round of a payment in coins, and of its replacement: each is made once, and no coin is spent twice. */
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, describe, expect, test } from 'vitest'
import { systemClock } from '../../src/base/clock.ts'
import { deadlineIn } from '../../src/base/deadline.ts'
import { openSqlite } from '../../src/store/sqlite/open.ts'
import { named, openCoinHouse, pay, payee, regtest, rowOf, rulesFor, walletId, type CoinHouse } from './coin-house.ts'
import { createCoinLedger, type CoinLedger } from './coin-ledger.ts'
import { dying, type Dying } from './dying-store.ts'

let folder: string
let ledger: CoinLedger

beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'chancery-crash-'))
  ledger = createCoinLedger(regtest)
})

afterEach(() => rm(folder, { recursive: true, force: true }))

interface Process {
  readonly house: CoinHouse
  readonly process: Dying
}

let runs = 0

/** One process after the other on the same folder, each with a register of its own to go on from. */
async function start(earlier?: CoinHouse): Promise<Process> {
  const store = await openSqlite({ path: join(folder, 'store.sqlite'), clock: systemClock })
  const process = dying(store)
  const house = await openCoinHouse(
    ledger,
    { folder, store: process.store, holder: `p${runs++}`, laneLease: 200 },
    earlier,
  )
  return { house, process }
}

const end = ({ house }: Process) => house.close().catch(() => {})
const payments = (house: CoinHouse) =>
  house.relay.payments({ wallet: walletId }, { limit: 100 }, deadlineIn(30_000, systemClock))

async function expectAllFinal(house: CoinHouse): Promise<void> {
  await expect
    .poll(
      async () => {
        ledger.mine()
        return (await payments(house)).filter(({ state }) => state !== 'final').map(({ state, body }) => [state, body])
      },
      { timeout: 60_000, interval: 50 },
    )
    .toEqual([])
  expect(ledger.doubleSpent()).toBe(false)
}

describe.each(['before', 'after'] as const)('a process that dies %s it writes', { timeout: 90_000 }, (when) => {
  test.each(Array.from({ length: 6 }, (_, round) => round))('round %i of two payments', async (round) => {
    const first = await start()
    ledger.deposit(first.house.wallet.address, 400_000n, 400_000n)
    ledger.mine()
    first.process.dieAt(round, when)
    const asked = () => [pay(first.house, 100_000n, {}, named('a')), pay(first.house, 200_000n, {}, named('b'))]
    await Promise.allSettled(asked())
    await expect.poll(() => first.process.dead() || ledger.pool().length === 2, { timeout: 20_000 }).toBe(true)
    await end(first)
    const second = await start(first.house)
    const rows = await Promise.all([
      pay(second.house, 100_000n, {}, named('a')),
      pay(second.house, 200_000n, {}, named('b')),
    ])
    await expectAllFinal(second.house)
    expect(await payments(second.house)).toHaveLength(2)
    expect(new Set(rows.map(({ row }) => row.id)).size).toBe(2)
    expect(ledger.held(payee)).toBe(300_000n)
    expect(ledger.sent.size).toBe(2)
    await end(second)
  })

  test.each(Array.from({ length: 4 }, (_, round) => round))('round %i of a replacement', async (round) => {
    const first = await start()
    ledger.deposit(first.house.wallet.address, 400_000n)
    ledger.mine()
    const { row } = await pay(first.house, 100_000n)
    await expect.poll(async () => (await rowOf(first.house, row.id))?.state).toBe('broadcast')
    first.process.dieAt(round, when)
    const dearer = { feeRate: 30_000n, maxFee: 100_000n, rules: rulesFor([payee]) }
    await first.house.relay.replace(row.id, () => dearer, first.house.as(first.house.app)).catch(() => {})
    await expect.poll(() => first.process.dead() || ledger.sent.size === 2, { timeout: 20_000 }).toBe(true)
    await end(first)
    const second = await start(first.house)
    await expectAllFinal(second.house)
    expect(ledger.held(payee)).toBe(100_000n)
    await end(second)
  })
})
