// Each thing that is not built, and what is said about it: what was got, and what was wanted.
import { describe, expect, test } from 'vitest'
import type { SpendOrder } from '../../../../src/core/coins.ts'
import { btc, coinOf, coins, coinsOf, doge, ltc, networkNamed, orderOf, stranger, walletOf } from './orders.ts'
import { refusalOf } from '../../refusal.ts'

const alice = walletOf('p2wpkh')
const bob = stranger()
const pay = (amount: bigint, address = bob) => [{ address, amount }]
const refused = (more: Partial<SpendOrder>, all = [coinOf(alice, 100_000n)]) =>
  refusalOf(() => coins.spend(orderOf(alice, all, more)))

describe('money', () => {
  test('too little: what there is, what it takes', () => {
    const refusal = refused({ payments: pay(100_000n) })
    expect(refusal).toMatchObject({ code: 'insufficient-funds', where: 'coins' })
    expect(refusal.got).toBe('100000 in 1 coins that are worth spending')
    expect(refusal.wanted).toBe('101100, of it 1100 for the fee')
  })

  test('none at all', () => {
    expect(refused({ payments: pay(1_000n) }, [])).toMatchObject({ code: 'insufficient-funds' })
    expect(refused({}, [])).toMatchObject({ code: 'insufficient-funds' })
  })

  test('coins that cost more to spend than they hold do not count', () => {
    const dusty = coinsOf(alice, [600n, 601n, 602n])
    expect(refused({ payments: pay(400n) }, [...dusty]).got).toBe('0 in 0 coins that are worth spending')
  })

  test('nothing would be left of a consolidation', () => {
    const refusal = refused({}, [coinOf(alice, 1_200n)])
    expect(refusal).toMatchObject({
      code: 'insufficient-funds',
      wanted: '1394, of it 1394 for the fee and the least output',
    })
  })

  test('a consolidation of a single coin', () => {
    expect(refused({})).toMatchObject({
      code: 'insufficient-funds',
      got: '1 coin that is worth spending',
      wanted: 'at least two',
    })
  })

  test('more coins than fit into one transaction', () => {
    const many = coinsOf(
      alice,
      Array.from({ length: 1_600 }, (_, i) => 5_000n + BigInt(i)),
    )
    const refusal = refused({ payments: pay(8_000_000n), maxFee: 10_000_000n }, [...many])
    expect(refusal).toMatchObject({ code: 'insufficient-funds', wanted: 'at most 100000 virtual bytes' })
  })
})

describe('fees', () => {
  test('more than is allowed', () => {
    const refusal = refused({ payments: pay(20_000n), maxFee: 1_000n })
    expect(refusal).toMatchObject({ code: 'denied', where: 'maxFee', got: '1410', wanted: 'at most 1000' })
    expect(refused({ sweepTo: bob, maxFee: 1_000n })).toMatchObject({ code: 'denied', got: '1100' })
  })

  test.each([0n, -1n, 10_000_001n])('a rate of %s', (feeRate) => {
    const refusal = refused({ payments: pay(20_000n), feeRate })
    expect(refusal).toMatchObject({ code: 'denied', where: 'feeRate', got: String(feeRate) })
    expect(refusal.wanted).toBe('1 to 10000000 for 1,000 virtual bytes')
  })

  test('a rest that is dust does not make the fee more than is allowed: another coin makes change of it', () => {
    const all = coinsOf(alice, [50_000n, 4_000n])
    const order = orderOf(alice, all, { payments: pay(49_590n), feeRate: 1_000n, maxFee: 300n })
    expect(refusalOf(() => coins.spend({ ...order, coins: all.slice(0, 1) }))).toMatchObject({
      code: 'denied',
      got: '410',
    })
    expect(coins.spend(order)).toMatchObject({ fee: 209n, change: { amount: 4_201n } })
    expect(coins.spend({ ...order, maxFee: 410n })).toMatchObject({ fee: 410n })
  })
})

describe('payments', () => {
  test.each([
    [btc, 293n, '294'],
    [ltc, 2_939n, '2940'],
    [doge, 999_999n, '1000000'],
  ])('dust on $symbol', (network, amount, least) => {
    const wallet = walletOf(network === doge ? 'p2pkh' : 'p2wpkh', network)
    const all = [coinOf(wallet, 100_000n * network.relayFee)]
    const order = orderOf(wallet, all, { payments: pay(amount, stranger(network)) })
    const refusal = refusalOf(() => coins.spend(order))
    expect(refusal).toMatchObject({ code: 'invalid-payload', where: 'payments[0].amount', got: String(amount) })
    expect(refusal.wanted).toContain(`${least} (less is dust)`)
    expect(coins.spend({ ...order, payments: pay(amount + 1n, stranger(network)) }).spends).toHaveLength(1)
  })

  test('less than nothing, and more than there will ever be', () => {
    expect(refused({ payments: pay(-1n) })).toMatchObject({ code: 'invalid-payload' })
    expect(refused({ payments: pay(2_100_000_000_000_001n) })).toMatchObject({ code: 'invalid-payload' })
  })

  test('an address of another network', () => {
    const refusal = refused({ payments: pay(20_000n, stranger(ltc)) })
    expect(refusal).toMatchObject({ code: 'invalid-payload', where: 'payments[0].address' })
    expect(refused({ sweepTo: stranger(networkNamed('BTC', 'testnet')) })).toMatchObject({ where: 'sweepTo' })
  })

  test('a network that is not configured', () => {
    expect(refused({ network: 'bip122:00000000000000000000000000000000' })).toMatchObject({ code: 'unknown-network' })
  })
})

describe('coins and owners', () => {
  test('change to somebody else', () => {
    const spender = { publicKey: alice.publicKey, change: bob }
    expect(refused({ spender, payments: pay(20_000n) })).toMatchObject({
      code: 'invalid-payload',
      where: 'spender.change',
    })
  })

  test("somebody else's coin", () => {
    const refusal = refused({ payments: pay(20_000n) }, [coinOf(walletOf('p2wpkh', btc, 'eve'), 100_000n)])
    expect(refusal).toMatchObject({
      code: 'invalid-payload',
      where: 'coins[0]',
      wanted: "a coin of the wallet's own scripts",
    })
  })

  test('a coin whose transaction is another one: its amount would not be what it says', () => {
    const [one, other] = coinsOf(alice, [100_000n, 200_000n])
    if (!one || !other) throw new Error('no coins')
    const refusal = refused({ payments: pay(20_000n) }, [{ ...one, transaction: other.transaction }])
    expect(refusal).toMatchObject({ code: 'invalid-payload', where: 'coins[0].transaction', got: other.txid })
  })

  test('an output that is not there, and bytes that are no transaction', () => {
    const coin = coinOf(alice, 100_000n)
    expect(refused({ payments: pay(20_000n) }, [{ ...coin, index: 2 }])).toMatchObject({ where: 'coins[0].index' })
    for (const transaction of [new Uint8Array(), coin.transaction.slice(1), Uint8Array.of(...coin.transaction, 0)]) {
      expect(refused({ payments: pay(20_000n) }, [{ ...coin, transaction }])).toMatchObject({ code: 'invalid-payload' })
    }
  })

  test('a coin that must be spent and is not there', () => {
    const mustSpend = [{ txid: 'ab'.repeat(32), index: 0 }]
    expect(refused({ payments: pay(20_000n), mustSpend })).toMatchObject({ got: `${'ab'.repeat(32)}:0` })
  })
})
