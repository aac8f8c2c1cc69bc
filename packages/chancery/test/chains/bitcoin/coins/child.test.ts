// A child pays for its parent: both together reach the rate, whoever made the parent.
import { describe, expect, test } from 'vitest'
import type { ChildOrder, Coin } from '../../../../src/core/coins.ts'
import {
  coinOf,
  coins,
  coinsOf,
  doge,
  factsOf,
  networkNamed,
  orderOf,
  outputOf,
  parsed,
  signed,
  spenderOf,
  stranger,
  walletOf,
} from './orders.ts'
import { refusalOf } from '../../refusal.ts'

const alice = walletOf('p2wpkh')

/** A payment at the least rate, which waits. */
function waiting(wallet = alice, amount = 400_000n * (wallet.network.relayFee / 1_000n)) {
  const all = [coinOf(wallet, amount)]
  const payments = [{ address: stranger(wallet.network), amount: amount / 2n }]
  const built = coins.spend(orderOf(wallet, all, { payments, feeRate: wallet.network.relayFee }))
  const { raw, virtualSize } = signed(wallet, built)
  const points = coins.ownOutputs(raw, spenderOf(wallet), wallet.network.network)
  return { built, raw, virtualSize, made: points.map(({ index }) => ({ ...outputOf(raw, index), confirmations: 0 })) }
}

function childOf({ built, raw }: ReturnType<typeof waiting>, all: readonly Coin[], more: Partial<ChildOrder> = {}) {
  const { payments: _, ...order } = orderOf(alice, all)
  return coins.payForParent({ ...order, parent: raw, parentFee: built.fee, feeRate: 40_000n, ...more })
}

describe('outputs', () => {
  test("of the wallet's own are known, and those it spends", () => {
    const { built, raw, made } = waiting()
    expect(made.map(({ index }) => index)).toEqual([parsed(alice, built).outputs.findIndex(({ own }) => own)])
    expect(coins.inputs(raw)).toEqual(built.spends)
    expect(coins.ownOutputs(raw, spenderOf(walletOf('p2wpkh', alice.network, 'eve')), alice.network.network)).toEqual(
      [],
    )
  })
})

describe('a child', () => {
  test('brings both to the rate, and keeps the rest', () => {
    const parent = waiting()
    const child = childOf(parent, parent.made)
    const together = BigInt(parent.virtualSize + child.virtualSize)
    expect(child.fee + parent.built.fee).toBe(40n * together)
    expect(child.spends).toEqual(parent.made.map(({ txid, index }) => ({ txid, index })))
    expect(child.change?.amount).toBe((parent.built.change?.amount ?? 0n) - child.fee)
    expect(factsOf(alice, child).effects).toEqual([
      { kind: 'transfer', asset: `${alice.network.network}/slip44:0`, amount: child.change?.amount, to: alice.address },
    ])
  })

  test('pays its own way where the parent paid enough', () => {
    const parent = waiting()
    const child = childOf(parent, parent.made, { parentFee: 1_000_000n })
    expect(child.fee).toBe(40n * BigInt(child.virtualSize))
  })

  test('takes confirmed coins besides where the output is too small', () => {
    const parent = waiting(alice, 12_000n)
    const others = coinsOf(alice, [50_000n, 60_000n], { salt: 5 })
    const child = childOf(parent, [...parent.made, ...others])
    expect(child.spends).toHaveLength(2)
    expect(child.fee + parent.built.fee).toBe(40n * BigInt(parent.virtualSize + child.virtualSize))
    expect(parsed(alice, child).fee).toBe(child.fee)
    const unconfirmed = others.map((coin) => ({ ...coin, confirmations: 0 }))
    const refusal = refusalOf(() => childOf(parent, [...parent.made, ...unconfirmed]))
    expect(refusal).toMatchObject({ code: 'insufficient-funds' })
  })

  test('needs an output of its parent', () => {
    const parent = waiting()
    const refusal = refusalOf(() => childOf(parent, coinsOf(alice, [50_000n])))
    expect(refusal).toMatchObject({ code: 'insufficient-funds', where: 'coins' })
    const [other] = coinsOf(alice, [50_000n])
    if (!other) throw new Error('no coin')
    const mustSpend = [{ txid: other.txid, index: other.index }]
    expect(refusalOf(() => childOf(parent, [...parent.made, other], { mustSpend }))).toMatchObject({ where: 'coins' })
  })

  test('costs no more than is allowed', () => {
    const parent = waiting()
    expect(refusalOf(() => childOf(parent, parent.made, { maxFee: 2_000n }))).toMatchObject({ code: 'denied' })
  })

  test('of Dogecoin', () => {
    const wallet = walletOf('p2pkh', doge)
    const parent = waiting(wallet, 10_000_000_000n)
    const { payments: _, ...order } = orderOf(wallet, parent.made, { feeRate: 5_000_000n, maxFee: 1_000_000_000n })
    const child = coins.payForParent({ ...order, parent: parent.raw, parentFee: parent.built.fee })
    expect(child.fee + parent.built.fee).toBe(5_000n * BigInt(parent.virtualSize + child.virtualSize))
    expect(signed(wallet, child).virtualSize).toBeLessThanOrEqual(child.virtualSize)
  })
})

test('dust, by address', () => {
  const limits = [
    ['BTC', 'p2pkh', 546n],
    ['BTC', 'p2sh-p2wpkh', 540n],
    ['BTC', 'p2wpkh', 294n],
    ['BTC', 'p2wsh', 330n],
    ['BTC', 'p2tr', 330n],
    ['LTC', 'p2pkh', 5_460n],
    ['LTC', 'p2wpkh', 2_940n],
    ['DOGE', 'p2pkh', 1_000_000n],
  ] as const
  for (const [symbol, form, least] of limits) {
    const network = networkNamed(symbol)
    expect(coins.dustLimit(walletOf(form, network).address, network.network)).toBe(least)
  }
})
