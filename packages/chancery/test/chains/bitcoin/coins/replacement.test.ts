// BIP-125: the same payments and all coins again, for a fee that nodes take; and that the chain signs what is built.
import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import type { BuiltSpend, Coin, SpendOrder } from '../../../../src/core/coins.ts'
import { Refused } from '../../../../src/core/errors.ts'
import {
  btc,
  coinOf,
  coins,
  coinsOf,
  doge,
  ltc,
  orderOf,
  outputsOf,
  parsed,
  signed,
  stranger,
  walletOf,
  type Wallet,
} from './orders.ts'
import { refusalOf } from '../../refusal.ts'

const alice = walletOf('p2wpkh')
const pay = (amount: bigint, wallet = alice) => [{ address: stranger(wallet.network), amount }]

function sent(wallet: Wallet, order: SpendOrder) {
  const built = coins.spend(order)
  return { built, raw: signed(wallet, built).raw, size: signed(wallet, built).virtualSize }
}

function replaced(order: SpendOrder, raw: Uint8Array, more: Partial<SpendOrder> = {}): BuiltSpend {
  return coins.replace({ ...order, ...more, replaces: raw })
}

describe('a payment', () => {
  const all = coinsOf(alice, [200_000n, 100_000n, 90_000n])
  const order = orderOf(alice, all, { payments: pay(150_000n) })

  test('its change pays, to the same address, and its coins are claimed from it', () => {
    const { built, raw } = sent(alice, order)
    const next = replaced(order, raw, { feeRate: 50_000n })
    expect(next.spends).toEqual(built.spends)
    expect(next.fee).toBe(50n * BigInt(next.virtualSize))
    expect(next.change?.amount).toBe((built.change?.amount ?? 0n) + built.fee - next.fee)
    const intent = parsed(alice, next)
    expect(intent.replaced?.root).toBe(parsed(alice, built).root)
    expect(signed(alice, next).virtualSize).toBeLessThanOrEqual(next.virtualSize)
  })

  test('a rate that is not higher is raised to what nodes take', () => {
    const { built, raw } = sent(alice, order)
    for (const feeRate of [1_000n, 10_000n]) {
      const next = replaced(order, raw, { feeRate })
      expect(next.fee).toBe(built.fee + BigInt(next.virtualSize))
    }
  })

  test('more coins pay where change cannot, confirmed ones only', () => {
    const [large, ...others] = all
    if (!large) throw new Error('no coin')
    const tight = { ...order, coins: [large], payments: pay(195_000n) }
    const { built, raw } = sent(alice, tight)
    const waiting = coinOf(alice, 500_000n, { confirmations: 0, salt: 77 })
    const next = replaced({ ...tight, coins: [...others, large, waiting] }, raw, { feeRate: 60_000n })
    expect(next.spends).toHaveLength(2)
    expect(next.spends).toEqual(expect.arrayContaining([...built.spends]))
    expect(next.spends.map(({ txid }) => txid)).not.toContain(waiting.txid)
    expect(parsed(alice, next).fee).toBe(next.fee)
    const refusal = refusalOf(() => replaced({ ...tight, coins: [large, waiting] }, raw, { feeRate: 60_000n }))
    expect(refusal).toMatchObject({ code: 'insufficient-funds', where: 'coins' })
  })

  test('change that becomes dust is left out, and the chain signs that', () => {
    const single = orderOf(alice, all.slice(0, 1), { payments: pay(197_000n), feeRate: 10_000n })
    const { built, raw } = sent(alice, single)
    expect(built.change?.amount).toBe(1_590n)
    const next = replaced(single, raw, { feeRate: 25_000n })
    expect(next.change).toBeUndefined()
    expect(next.fee).toBe(3_000n)
    expect(outputsOf(alice, next)).toHaveLength(1)
  })

  test('not for other payments, less or more of them', () => {
    const { raw } = sent(alice, order)
    const refusal = refusalOf(() => replaced(order, raw, { payments: pay(150_001n) }))
    expect(refusal).toMatchObject({ code: 'invalid-payload', where: 'payments[0]', got: '150001' })
    expect(refusalOf(() => replaced(order, raw, { payments: [] }))).toMatchObject({
      where: 'payments',
      got: 'none of 150000',
    })
    const twice = [...pay(150_000n), ...pay(150_000n)]
    expect(refusalOf(() => replaced(order, raw, { payments: twice }))).toMatchObject({ where: 'payments[1]' })
  })

  test('not without all its coins, and not past the allowed fee', () => {
    const { raw } = sent(alice, order)
    expect(refusalOf(() => replaced({ ...order, coins: [] }, raw))).toMatchObject({
      code: 'invalid-payload',
      where: 'coins',
    })
    const refusal = refusalOf(() => replaced(order, raw, { feeRate: 50_000n, maxFee: 5_000n }))
    expect(refusal).toMatchObject({ code: 'denied', where: 'maxFee', wanted: 'at most 5000' })
  })

  test('not where it does not say that it may be replaced', () => {
    const final = coinOf(alice, 5_000n).transaction
    expect(refusalOf(() => replaced(order, final))).toMatchObject({ code: 'denied', where: 'replaces' })
    expect(refusalOf(() => replaced(order, new Uint8Array(9)))).toMatchObject({ code: 'invalid-payload' })
  })
})

describe('all that is there', () => {
  const all = coinsOf(alice, [200_000n, 100_000n])

  test('a consolidation comes back smaller', () => {
    const order = orderOf(alice, all)
    const { built, raw } = sent(alice, order)
    const extra = coinOf(alice, 300_000n, { salt: 9 })
    const next = replaced({ ...order, coins: [...all, extra] }, raw, { feeRate: 30_000n })
    expect(next.spends).toEqual(built.spends)
    expect(next.change?.amount).toBe(300_000n - next.fee)
    expect(parsed(alice, next).replaced?.fee).toBe(built.fee)
  })

  test('a consolidation takes no other coins where it cannot pay: it would move more than it did', () => {
    const small = coinsOf(alice, [2_000n, 1_600n])
    const { raw } = sent(alice, orderOf(alice, small))
    const order = orderOf(alice, [...small, coinOf(alice, 300_000n, { salt: 9 })], { feeRate: 30_000n })
    expect(refusalOf(() => replaced(order, raw))).toMatchObject({ code: 'insufficient-funds' })
  })

  test('a sweep stays as it was: other coins pay', () => {
    const order = orderOf(alice, all, { sweepTo: stranger() })
    const { raw } = sent(alice, order)
    expect(refusalOf(() => replaced(order, raw, { feeRate: 30_000n }))).toMatchObject({ code: 'insufficient-funds' })
    const extra = coinOf(alice, 300_000n, { salt: 9 })
    const next = replaced({ ...order, coins: [...all, extra] }, raw, { feeRate: 30_000n })
    expect(next.spends).toHaveLength(3)
    expect(parsed(alice, next).replaced).toBeDefined()
    const elsewhere = { ...order, sweepTo: stranger(btc, 'carol') }
    expect(refusalOf(() => replaced(elsewhere, raw))).toMatchObject({ code: 'invalid-payload', where: 'sweepTo' })
  })
})

test('whatever is replaced pays more, for its way and by the byte, and pays the same', () => {
  const wallets = [alice, walletOf('p2tr'), walletOf('p2pkh'), walletOf('p2wpkh', ltc), walletOf('p2pkh', doge)]
  const cases = fc.record({
    wallet: fc.constantFrom(...wallets),
    amounts: fc.array(fc.bigInt(20_000n, 400_000n), { minLength: 1, maxLength: 6 }),
    share: fc.bigInt(1n, 99n),
    rates: fc.tuple(fc.bigInt(1n, 30_000n), fc.bigInt(1n, 90_000n)),
  })
  let seen = 0
  const each = fc.property(cases, ({ wallet, amounts, share, rates: [first, second] }) => {
    const { network } = wallet
    const unit = network.relayFee / 1_000n
    const all: readonly Coin[] = coinsOf(
      wallet,
      amounts.map((amount) => amount * unit),
    )
    const total = amounts.reduce((a, b) => a + b, 0n) * unit
    const payments = [{ address: stranger(network), amount: (total * share) / 100n + 1_000_000n * (unit / 1_000n) }]
    const order = orderOf(wallet, all, { payments, feeRate: first * unit, maxFee: 10_000_000n * unit })
    try {
      const { built, raw, size } = sent(wallet, order)
      const next = replaced(order, raw, { feeRate: second * unit })
      const intent = parsed(wallet, next)
      expect(next.fee).toBeGreaterThanOrEqual(built.fee + (network.relayFee * BigInt(next.virtualSize)) / 1_000n)
      expect(next.fee * BigInt(size)).toBeGreaterThan(built.fee * BigInt(next.virtualSize))
      expect(intent.fee).toBe(next.fee)
      expect(next.spends).toEqual(expect.arrayContaining([...built.spends]))
      expect(intent.outputs.filter(({ own }) => !own).map(({ amount }) => amount)).toEqual([payments[0]?.amount])
      seen++
    } catch (error) {
      if (!(error instanceof Refused) || !['insufficient-funds', 'invalid-payload'].includes(error.code)) throw error
      if (error.code === 'invalid-payload') expect(error.message).toMatch(/amount/)
    }
  })
  fc.assert(each, { numRuns: 150 })
  expect(seen).toBeGreaterThan(40)
})
