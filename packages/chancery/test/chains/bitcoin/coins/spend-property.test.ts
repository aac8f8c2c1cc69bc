// Whatever is built is what was asked for: nothing is lost, nothing picked twice, and the chain reads the same in it.
import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import type { BuiltSpend, SpendOrder } from '../../../../src/core/coins.ts'
import { Refused } from '../../../../src/core/errors.ts'
import { coinOf, coins, doge, factsOf, forms, ltc, orderOf, parsed, stranger, sum, walletOf } from './orders.ts'

const wallets = [
  ...forms.map((form) => walletOf(form)),
  ...forms.map((form) => walletOf(form, ltc)),
  walletOf('p2pkh', doge),
  walletOf('p2pkh', doge),
]

/** In units of what a virtual byte costs to relay, so that all three coins are alike. */
const amounts = fc.oneof(fc.bigInt(100n, 40_000n), fc.bigInt(20_000n, 2_000_000n))

const orders = fc
  .record({
    wallet: fc.constantFrom(...wallets),
    coins: fc.array(fc.record({ amount: amounts, confirmations: fc.nat(2) }), { minLength: 1, maxLength: 14 }),
    payments: fc.array(amounts, { minLength: 1, maxLength: 3 }),
    rate: fc.bigInt(1n, 60_000n),
    maxFee: fc.constantFrom(1_000_000n, 20_000n),
    kind: fc.constantFrom('pay', 'pay', 'pay', 'sweep', 'consolidate'),
    must: fc.nat(3),
  })
  .map(({ wallet, coins: listed, payments, rate, maxFee, kind, must }) => {
    const { network } = wallet
    const unit = network.relayFee / 1_000n
    const all = listed.map(({ amount, confirmations }, i) => coinOf(wallet, amount * unit, { confirmations, salt: i }))
    const least = coins.dustLimit(stranger(network), network.network)
    const paid = payments.map((amount, i) => ({
      address: stranger(network, `bob ${i}`),
      amount: amount * unit + least,
    }))
    const order = orderOf(wallet, all, {
      payments: kind === 'pay' ? paid : [],
      ...(kind === 'sweep' && { sweepTo: stranger(network) }),
      feeRate: rate * unit,
      maxFee: maxFee * unit,
      mustSpend: must === 0 ? all.slice(0, 1).map(({ txid, index }) => ({ txid, index })) : [],
    })
    return { wallet, order, kind }
  })

function spent(order: SpendOrder): BuiltSpend | undefined {
  try {
    return coins.spend(order)
  } catch (error) {
    if (error instanceof Refused && ['insufficient-funds', 'denied'].includes(error.code)) return undefined
    throw error
  }
}

describe('what is built', () => {
  test('adds up, within its bounds, and the chain agrees', () => {
    const seen = { built: 0, changeless: 0, refused: 0 }
    const each = fc.property(orders, ({ wallet, order, kind }) => {
      const built = spent(order)
      if (built === undefined) return void seen.refused++
      seen.built++
      const { network } = wallet
      const intent = parsed(wallet, built)
      const facts = factsOf(wallet, built)

      // No coin twice; those that must be spent are.
      const names = built.spends.map(({ txid, index }) => `${txid}:${index}`)
      expect(new Set(names).size).toBe(names.length)
      for (const { txid, index } of order.mustSpend ?? []) expect(names).toContain(`${txid}:${index}`)

      // All that goes in comes out or is fee.
      const into = sum(intent.inputs.map(({ amount }) => amount))
      expect(into).toBe(sum(intent.outputs.map(({ amount }) => amount)) + built.fee)
      expect(intent.fee).toBe(built.fee)
      expect(facts.fee?.max).toBe(built.fee)
      expect(intent.summary['virtualSize']).toBe(built.virtualSize)

      // The fee is what was asked for, at least what is relayed, and no more than allowed.
      const rate = order.feeRate > network.relayFee ? order.feeRate : network.relayFee
      const asked = (rate * BigInt(built.virtualSize) + 999n) / 1_000n
      expect(built.fee).toBeGreaterThanOrEqual(asked)
      expect(built.fee).toBeLessThanOrEqual(order.maxFee)
      if (built.change) expect(built.fee).toBe(asked)

      // Payments in their order, and change that is ours and no dust.
      const external = intent.outputs.filter(({ own }) => !own).map(({ address, amount }) => ({ address, amount }))
      if (kind === 'pay') expect(external).toEqual(order.payments)
      if (kind === 'sweep') expect(external.map(({ address }) => address)).toEqual([order.sweepTo])
      const own = intent.outputs.filter((output) => output.own).map(({ address, amount }) => ({ address, amount }))
      expect(own).toEqual(built.change ? [built.change] : [])
      for (const { address, amount } of intent.outputs) {
        expect(amount).toBeGreaterThanOrEqual(coins.dustLimit(address ?? '', network.network))
      }
      if (!built.change && kind === 'pay') seen.changeless++
      expect(facts.claims).toHaveLength(built.spends.length)
      expect(built.left).toBe(kind === 'pay' ? undefined : order.coins.length - built.spends.length)
    })
    fc.assert(each, { numRuns: 300 })
    expect(seen.built).toBeGreaterThan(100)
    expect(seen.changeless).toBeGreaterThan(0)
    expect(seen.refused).toBeGreaterThan(0)
  })

  test('is the same for the same order, in whatever order the coins were listed', () => {
    const each = fc.property(orders, fc.nat(), ({ order }, seed) => {
      const turned = seed % order.coins.length
      const listed = [...order.coins.slice(turned), ...order.coins.slice(0, turned), ...order.coins.slice(0, 1)]
      expect(spent({ ...order, coins: listed })).toEqual(spent(order))
    })
    fc.assert(each, { numRuns: 100 })
  })

  test('takes the same of coins that are alike', () => {
    const wallet = walletOf('p2wpkh')
    const alike = [1, 2, 3].map((salt) => coinOf(wallet, 100_000n, { salt }))
    const order = orderOf(wallet, alike, { payments: [{ address: stranger(), amount: 50_000n }] })
    expect(coins.spend({ ...order, coins: alike.toReversed() })).toEqual(coins.spend(order))
  })

  test('spends unconfirmed coins only where the confirmed ones do not do', () => {
    const wallet = walletOf('p2wpkh')
    const fresh = coinOf(wallet, 10_000_000n, { confirmations: 0 })
    const settled = [coinOf(wallet, 60_000n), coinOf(wallet, 70_000n)]
    const pay = (amount: bigint) => {
      const order = orderOf(wallet, [fresh, ...settled], { payments: [{ address: stranger(), amount }] })
      return coins.spend(order).spends.map(({ txid }) => txid)
    }
    expect(pay(100_000n)).not.toContain(fresh.txid)
    expect(pay(200_000n)).toEqual([fresh.txid])
  })
})

test('change does not always stand last, and never moves', () => {
  const wallet = walletOf('p2wpkh')
  const places = Array.from({ length: 24 }, (_, salt) => {
    const order = orderOf(wallet, [coinOf(wallet, 1_000_000n, { salt })], {
      payments: [{ address: stranger(), amount: 300_000n }],
    })
    const at = () => parsed(wallet, coins.spend(order)).outputs.findIndex(({ own }) => own)
    expect(at()).toBe(at())
    return at()
  })
  expect(new Set(places)).toEqual(new Set([0, 1]))
})

test('a small coin pays for the rest of a payment, not the next large one', () => {
  const wallet = walletOf('p2wpkh')
  const all = [1_000_000n, 900_000n, 90_000n, 80_000n].map((amount) => coinOf(wallet, amount))
  const built = coins.spend(orderOf(wallet, all, { payments: [{ address: stranger(), amount: 1_030_000n }] }))
  expect(new Set(parsed(wallet, built).inputs.map(({ amount }) => amount))).toEqual(new Set([1_000_000n, 80_000n]))
})

test('it says that it may be replaced (BIP-125), and has no lock time', () => {
  const wallet = walletOf('p2tr')
  const built = coins.spend(
    orderOf(wallet, [coinOf(wallet, 1_000_000n)], { payments: [{ address: stranger(), amount: 5_000n }] }),
  )
  const { transaction } = parsed(wallet, built).psbt
  expect(transaction).toMatchObject({ version: 2, lockTime: 0 })
  expect(transaction.inputs.map(({ sequence }) => sequence)).toEqual([0xfffffffd])
})
