/** Whatever happens to a wallet of coins, in whatever order: what was accepted is paid once, and no coin twice. */
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import * as fc from 'fast-check'
import { expect, test } from 'vitest'
import { systemClock } from '../../src/base/clock.ts'
import { deadlineIn } from '../../src/base/deadline.ts'
import { isJsonObject } from '../../src/base/json.ts'
import { createBitcoin } from '../../src/chains/bitcoin/chain.ts'
import type { TransactionRow } from '../../src/core/store.ts'
import { openSqlite } from '../../src/store/sqlite/open.ts'
import { openCoinHouse, pay, payee, regtest, rulesFor, walletId, type CoinHouse } from './coin-house.ts'
import { createCoinLedger, type CoinLedger } from './coin-ledger.ts'
import { dying, type Dying } from './dying-store.ts'

type Step =
  | { readonly do: 'deposit' | 'pay'; readonly amount: bigint }
  | { readonly do: 'replace'; readonly which: number }
  | { readonly do: 'mine' | 'forget' | 'reorganise' | 'turn' | 'flicker' }
  | { readonly do: 'crash'; readonly round: number; readonly when: 'before' | 'after' }

const amount = fc.bigInt(20_000n, 200_000n)
const step: fc.Arbitrary<Step> = fc.oneof(
  fc.record({ do: fc.constantFrom('deposit', 'pay', 'pay'), amount }),
  fc.record({ do: fc.constant('replace'), which: fc.nat(20) }),
  fc.record({ do: fc.constantFrom('mine', 'forget', 'reorganise', 'turn', 'flicker') }),
  fc.record({ do: fc.constant('crash'), round: fc.nat(6), when: fc.constantFrom('before', 'after') }),
)

interface World {
  readonly ledger: CoinLedger
  readonly folder: string
  house: CoinHouse
  process: Dying
  /** Of payments whose acceptance was answered. */
  readonly accepted: Set<string>
}

async function open(folder: string, ledger: CoinLedger, earlier?: CoinHouse) {
  const process = dying(await openSqlite({ path: join(folder, 'store.sqlite'), clock: systemClock }))
  const house = await openCoinHouse(ledger, { folder, store: process.store, laneLease: 100 }, earlier)
  return { house, process }
}

async function restart(world: World): Promise<void> {
  await world.house.close().catch(() => {})
  Object.assign(world, await open(world.folder, world.ledger, world.house))
}

const rowsOf = ({ house }: World): Promise<readonly TransactionRow[]> =>
  house.relay.payments({ wallet: walletId }, { limit: 200 }, deadlineIn(30_000, systemClock))

/** Whatever is refused is refused: what counts is what becomes of the rest. */
async function take(world: World, one: Step): Promise<void> {
  const { ledger, house, process } = world
  if (process.dead()) await restart(world)
  switch (one.do) {
    case 'deposit':
      return void ledger.deposit(house.wallet.address, one.amount)
    case 'pay':
      return pay(world.house, one.amount).then(
        ({ row }) => void world.accepted.add(row.id),
        () => {},
      )
    case 'replace': {
      const row = (await rowsOf(world).catch(() => []))[one.which]
      const dearer = { feeRate: 10_000n, maxFee: 100_000n, rules: rulesFor([payee]) }
      if (row) await world.house.relay.replace(row.id, () => dearer, house.as(house.app)).catch(() => {})
      return
    }
    case 'mine':
      return ledger.mine()
    case 'forget':
      return ledger.forget()
    case 'reorganise':
      return ledger.reorganise(1)
    case 'turn':
      await rowsOf(world).catch(() => [])
      return
    case 'flicker': {
      let left = 3
      ledger.treat.send = () => (left-- > 0 ? (['drop', 'silent', 'refuse'] as const)[left % 3] : undefined)
      return
    }
    case 'crash':
      return process.dieAt(one.round, one.when)
  }
}

/** Once nothing goes wrong any more, and there is enough for everything. */
async function settle(world: World): Promise<readonly TransactionRow[]> {
  const { ledger } = world
  delete ledger.treat.send
  await restart(world)
  ledger.deposit(world.house.wallet.address, 50_000_000n)
  ledger.mine()
  const open = async () => {
    ledger.mine()
    return (await rowsOf(world))
      .filter(({ state }) => state !== 'final' && state !== 'failed')
      .map(({ state, body }) => [state, body])
  }
  await expect.poll(open, { timeout: 20_000, interval: 50 }).toEqual([])
  return rowsOf(world)
}

function amountOf({ body: { terms } }: TransactionRow): bigint {
  const said = isJsonObject(terms) ? terms['amount'] : undefined
  return BigInt(typeof said === 'string' ? said : 0)
}

const { coins } = createBitcoin({ networks: [{ network: regtest }] })

test('random lives of a wallet', { timeout: 240_000 }, async () => {
  await fc.assert(
    fc.asyncProperty(fc.array(step, { minLength: 5, maxLength: 25 }), async (steps) => {
      const folder = await mkdtemp(join(tmpdir(), 'chancery-life-'))
      const ledger = createCoinLedger(regtest)
      const world: World = { ledger, folder, accepted: new Set(), ...(await open(folder, ledger)) }
      try {
        ledger.deposit(world.house.wallet.address, 300_000n, 200_000n)
        ledger.mine()
        for (const one of steps) await take(world, one)
        const rows = await settle(world)
        const paid = rows.filter(({ state }) => state === 'final')
        expect(rows.map(({ id }) => id)).toEqual(expect.arrayContaining([...world.accepted]))
        expect(paid.length).toBe(rows.length)
        expect(ledger.held(payee)).toBe(paid.reduce((sum, row) => sum + amountOf(row), 0n))
        expect(ledger.doubleSpent()).toBe(false)
        await expectCoinsApart(world, rows)
      } finally {
        await world.house.close().catch(() => {})
        await rm(folder, { recursive: true, force: true })
      }
    }),
    { numRuns: 8 },
  )
})

/** Of everything ever sent: a coin is spent by versions of one payment, and by no other. */
async function expectCoinsApart({ ledger, house }: World, rows: readonly TransactionRow[]): Promise<void> {
  const spender = new Map<string, string>()
  const sent = new Set<string>()
  for (const { id } of rows) {
    for (const { raw, hash } of (await house.relay.payment(id, deadlineIn(30_000, systemClock)))?.signed ?? []) {
      sent.add(hash.slice(2))
      for (const { txid, index } of coins?.inputs(raw) ?? []) {
        const coin = `${txid}:${index}`
        expect(spender.get(coin) ?? id).toBe(id)
        spender.set(coin, id)
      }
    }
  }
  expect([...ledger.sent.keys()].filter((txid) => !sent.has(txid))).toEqual([])
}
