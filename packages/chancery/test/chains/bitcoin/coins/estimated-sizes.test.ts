// What is reckoned before signing is never less than what is signed, and hardly more: a fee too low would not be relayed.
import { describe, expect, test } from 'vitest'
import {
  btc,
  coinOf,
  coins,
  coinsOf,
  doge,
  forms,
  ltc,
  orderOf,
  parsed,
  signed,
  stranger,
  walletOf,
  type Wallet,
} from './orders.ts'

function expectEstimate(wallet: Wallet, count: number): void {
  const amounts = Array.from({ length: count }, (_, i) => wallet.network.relayFee * 100n + BigInt(i))
  const all = coinsOf(wallet, amounts)
  const maxFee = wallet.network.relayFee * 100_000n
  const built = coins.spend(orderOf(wallet, all, { sweepTo: stranger(wallet.network), maxFee }))
  expect(built.spends).toHaveLength(count)
  const { virtualSize, summary } = signed(wallet, built)
  expect(virtualSize).toBeLessThanOrEqual(built.virtualSize)
  expect(built.virtualSize - virtualSize).toBeLessThanOrEqual(2 * count)
  expect(summary['virtualSize']).toBe(built.virtualSize)
}

describe.each([btc, ltc])('$symbol', (network) => {
  test.each(forms)('%s', (form) => {
    expect.hasAssertions()
    for (const count of [1, 2, 7]) expectEstimate(walletOf(form, network), count)
  })
})

test('Dogecoin, without segwit', () => {
  expect.hasAssertions()
  for (const count of [1, 2, 7]) expectEstimate(walletOf('p2pkh', doge), count)
})

test('the count of inputs takes more bytes from 253 on', () => {
  expect.hasAssertions()
  expectEstimate(walletOf('p2wpkh'), 252)
  expectEstimate(walletOf('p2wpkh'), 253)
})

test('legacy inputs beside those with a witness have a byte that says they have none', () => {
  const wallet = walletOf('p2wpkh')
  const legacy = walletOf('p2pkh').address
  const others = Array.from({ length: 9 }, (_, salt) => coinOf(wallet, 90_000n, { address: legacy, salt }))
  const mixed = [coinOf(wallet, 90_000n), ...others]
  const built = coins.spend(orderOf(wallet, mixed, { sweepTo: stranger() }))
  const { virtualSize, summary } = signed(wallet, built)
  expect(virtualSize).toBeLessThanOrEqual(built.virtualSize)
  expect(summary['virtualSize']).toBe(built.virtualSize)
  expect(new Set(parsed(wallet, built).inputs.map(({ own }) => own.form))).toEqual(new Set(['p2wpkh', 'p2pkh']))
})
