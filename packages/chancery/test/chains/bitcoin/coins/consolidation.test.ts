// Everything into one: 300 coins at once, as many as fit of more, and what is left of them.
import { expect, test } from 'vitest'
import {
  coinOf,
  coins,
  coinsOf,
  doge,
  factsOf,
  forms,
  orderOf,
  parsed,
  siblings,
  signed,
  stranger,
  sum,
  walletOf,
  type Wallet,
} from './orders.ts'
import { againstClock, tooSlow } from '../../../against-clock.ts'

const alice = walletOf('p2wpkh')
const amounts = (count: number, least: bigint) => Array.from({ length: count }, (_, i) => least + BigInt(i))

function psbtBytes({ value }: { readonly value: Readonly<Record<string, unknown>> }): number {
  return Buffer.from(String(value['psbt']), 'base64').length
}

/** All amounts are of Bitcoin's size; Dogecoin is a thousand times that. */
function consolidated(wallet: Wallet, count: number) {
  const unit = wallet.network.relayFee / 1_000n
  const all = coinsOf(
    wallet,
    amounts(count, 5_000n).map((amount) => amount * unit),
  )
  const order = orderOf(wallet, all, { maxFee: 10_000_000n * unit })
  const start = performance.now()
  const built = coins.spend(order)
  return { built, took: performance.now() - start, total: sum(amounts(count, 5_000n)) * unit }
}

test.each([...forms.map((form) => walletOf(form)), walletOf('p2pkh', doge)])(
  '300 coins of $address',
  againstClock,
  (wallet) => {
    const { built, took, total } = consolidated(wallet, 300)
    expect(built).toMatchObject({ left: 0, change: { address: wallet.address, amount: total - built.fee } })
    expect(built.spends).toHaveLength(300)
    expect(parsed(wallet, built).outputs).toEqual([expect.objectContaining({ own: true, amount: total - built.fee })])
    // 6 to 25 ms on two slow cores, and 37,000 (taproot, without previous transactions) to 84,000 bytes (P2WSH).
    expect(psbtBytes(built)).toBeLessThan(90_000)
    expect(took, tooSlow).toBeLessThan(1_000)
  },
)

test('300 coins, signed: a transaction of the size that was reckoned', () => {
  const { built } = consolidated(alice, 300)
  const { virtualSize } = signed(alice, built)
  expect(virtualSize).toBeLessThanOrEqual(built.virtualSize)
  expect(built.virtualSize - virtualSize).toBeLessThanOrEqual(600)
})

test('of more than fit the most valuable are taken, and how many were left is said', () => {
  const { built } = consolidated(alice, 1_600)
  expect(built.virtualSize).toBeLessThanOrEqual(100_000)
  expect(built.virtualSize).toBeGreaterThan(99_900)
  expect(built.left).toBe(1_600 - built.spends.length)
  const taken = parsed(alice, built).inputs.map(({ amount }) => amount)
  expect(taken.every((amount) => amount >= 5_000n + BigInt(built.left ?? 0))).toBe(true)
})

test('coins that come with very large transactions are taken as far as the PSBT stays small enough to sign', () => {
  const all = siblings(alice, 3_000).slice(0, 120)
  const built = coins.spend(orderOf(alice, all))
  expect(psbtBytes(built)).toBeLessThan(8_100_000)
  expect(built.spends.length + (built.left ?? 0)).toBe(120)
  expect(built.left).toBeGreaterThan(0)
})

test('coins that cost more than they hold stay, unless they must be spent', () => {
  const all = coinsOf(alice, [50_000n, 40_000n, 600n, 500n])
  const order = orderOf(alice, all)
  expect(coins.spend(order)).toMatchObject({ left: 2 })
  const mustSpend = all.slice(3).map(({ txid, index }) => ({ txid, index }))
  const built = coins.spend({ ...order, mustSpend })
  expect(built).toMatchObject({ left: 1 })
  expect(built.spends).toEqual(expect.arrayContaining(mustSpend))
})

test('a sweep takes all, pays what else is to be paid, and leaves nothing to the wallet', () => {
  const all = coinsOf(alice, [50_000n, 60_000n])
  const payments = [{ address: stranger(undefined, 'carol'), amount: 20_000n }]
  const built = coins.spend(orderOf(alice, all, { payments, sweepTo: stranger() }))
  expect(built.change).toBeUndefined()
  const paid = factsOf(alice, built).effects.map((effect) => (effect.kind === 'transfer' ? effect.amount : undefined))
  expect(new Set(paid)).toEqual(new Set([20_000n, 90_000n - built.fee]))
})

/** A coin of a block's miner: the only input of its transaction names no other. */
function minedCoin() {
  const { transaction, index } = coinOf(alice, 5_000_000_000n)
  const mined = Uint8Array.from(transaction)
  mined.fill(0, 7, 39).fill(0xff, 39, 43)
  return { txid: coinsNamed(mined), index, transaction: mined }
}

test('new coins of a miner are left until they may be moved', () => {
  const mined = minedCoin()
  const old = coinsOf(alice, [50_000n, 60_000n])
  const spends = (confirmations: number) => coins.spend(orderOf(alice, [{ ...mined, confirmations }, ...old])).spends
  expect(spends(99)).toHaveLength(2)
  expect(spends(100)).toHaveLength(3)
})

test('what was spent already is old enough, whatever is said of it: a replacement spends it again', () => {
  const mined = minedCoin()
  const old = coinOf(alice, 50_000n)
  const order = orderOf(alice, [{ ...mined, confirmations: 100 }, old])
  const first = coins.spend(order)
  const { raw } = signed(alice, first)
  const next = coins.replace({ ...order, coins: [{ ...mined, confirmations: 1 }, old], replaces: raw })
  expect(next.spends).toEqual(first.spends)
})

function coinsNamed(transaction: Uint8Array): string {
  const [point] = coins.ownOutputs(
    transaction,
    { publicKey: alice.publicKey, change: alice.address },
    alice.network.network,
  )
  if (point === undefined) throw new Error('no output of ours')
  return point.txid
}
