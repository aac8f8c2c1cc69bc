/** Which coins pay a bill. Nothing is random: the same coins and the same bill give the same answer. */
import { Refused } from '../../../core/errors.ts'
import {
  type Bill,
  type Candidate,
  costOf,
  isAcceptable,
  type Settled,
  settle,
  settleWithout,
  type Sum,
  sumOf,
  sizeWith,
  sizeWithout,
  withCoin,
  worth,
} from './bill.ts'
import { findChangeless } from './changeless.ts'
import { feeAt, feeTooHigh } from './fees.ts'
import { mostSize, virtualSize } from './weight.ts'

/**
 * Bytes of previous transactions in one PSBT, where coins are taken for their number. Usually each is a few hundred long, but
 * somebody can pay the wallet three thousand times in one of 100,000, and each of those coins then comes with all of it.
 */
const mostProof = 8_000_000

export interface Selected<C> extends Settled {
  readonly coins: readonly C[]
}

/**
 * Coins for a bill: a match that needs no change, or else the fewest there can be. `must` are always among them; coins that
 * cost more to spend than they hold never are. Unconfirmed ones only where the confirmed ones do not do.
 * @throws Refused `insufficient-funds`, or `denied` where the fee comes to more than the bill allows
 */
export function select<C extends Candidate>(coins: readonly C[], must: readonly C[], bill: Bill): Selected<C> {
  const all = inOrder(coins, bill)
  const confirmed = all.filter(({ confirmations }) => confirmations > 0)
  const found = withoutChange(confirmed, must, bill) ?? fewest(confirmed, must, bill)
  if (found !== undefined || confirmed.length === all.length) return found ?? refuse(all, must, bill)
  return withoutChange(all, must, bill) ?? selectFewest(coins, must, bill)
}

/** As few beside `must` as there can be. @throws Refused as `select` does */
export function selectFewest<C extends Candidate>(coins: readonly C[], must: readonly C[], bill: Bill): Selected<C> {
  const all = inOrder(coins, bill)
  return fewest(all, must, bill) ?? refuse(all, must, bill)
}

/** What is worth spending, the most valuable first; then the longest confirmed; then as they were given. */
function inOrder<C extends Candidate>(coins: readonly C[], bill: Bill): readonly C[] {
  const valued = coins.map((coin) => ({ coin, worth: worth(coin, bill) })).filter((one) => one.worth > 0n)
  valued.sort((a, b) => compare(b.worth, a.worth) || b.coin.confirmations - a.coin.confirmations)
  return valued.map(({ coin }) => coin)
}

function compare(a: bigint, b: bigint): number {
  if (a === b) return 0
  return a < b ? -1 : 1
}

function withoutChange<C extends Candidate>(
  coins: readonly C[],
  must: readonly C[],
  bill: Bill,
): Selected<C> | undefined {
  const start = sumOf(must)
  const more = findChangeless(coins, start, bill)
  if (more === undefined) return undefined
  const settled = settleWithout(more.reduce(withCoin, start), bill)
  return isAcceptable(settled, bill) ? { ...settled, coins: [...must, ...more] } : undefined
}

/** The most valuable first, until they suffice: no smaller number does. */
function fewest<C extends Candidate>(coins: readonly C[], must: readonly C[], bill: Bill): Selected<C> | undefined {
  let sum = sumOf(must)
  for (let count = 0; count <= coins.length; count++) {
    const settled = sum.inputs.count > 0 ? settle(sum, bill) : undefined
    if (settled && isAcceptable(settled, bill)) return spared(coins, must, count, bill, settled)
    const next = coins[count]
    // What an input more costs only grows: a rest that was too small for change may still become one.
    if (next === undefined || bill.fee(sizeWithout(sum, bill)) > bill.maxFee) return undefined
    sum = withCoin(sum, next)
  }
  return undefined
}

/** The last of them changed for the smallest that does as well, so that a large coin is not locked up for a small rest. */
function spared<C extends Candidate>(
  coins: readonly C[],
  must: readonly C[],
  count: number,
  bill: Bill,
  settled: Settled,
): Selected<C> {
  const asTaken = { ...settled, coins: [...must, ...coins.slice(0, count)] }
  if (count === 0 || settled.change === 0n) return asTaken
  const kept = [...must, ...coins.slice(0, count - 1)]
  const sum = sumOf(kept)
  for (const last of coins.slice(count).toReversed()) {
    const other = settle(withCoin(sum, last), bill)
    if (other && isWorthHaving(other, bill)) return { ...other, coins: [...kept, last] }
  }
  return asTaken
}

/** Change that is worth spending again. */
function isWorthHaving(settled: Settled, bill: Bill): boolean {
  const again = feeAt(bill.rate, virtualSize(bill.change.input.weight))
  return isAcceptable(settled, bill) && settled.change >= bill.change.least + again
}

/**
 * All that is worth spending, as many as fit and the most valuable first, into the one output that is always there.
 * @throws Refused as `select` does
 */
export function takeAll<C extends Candidate>(coins: readonly C[], must: readonly C[], bill: Bill): Selected<C> {
  let sum = sumOf(must)
  const taken = [...must]
  for (const coin of inOrder(coins, bill)) {
    const more = withCoin(sum, coin)
    if (sizeWith(more, bill) > mostSize || more.proof > mostProof) continue
    sum = more
    taken.push(coin)
  }
  const settled = settle(sum, bill)
  if (settled === undefined) throw insufficient(sum, bill)
  if (settled.fee > bill.maxFee) throw feeTooHigh(settled.fee, bill.maxFee)
  return { ...settled, coins: taken }
}

/** Why nothing was found, by what all coins together come to. */
function refuse(coins: readonly Candidate[], must: readonly Candidate[], bill: Bill): never {
  const all = sumOf([...must, ...coins])
  if (all.value < costOf(all, bill)) throw insufficient(all, bill)
  let sum = sumOf(must)
  for (const coin of coins) {
    if (sum.value >= costOf(sum, bill)) break
    sum = withCoin(sum, coin)
  }
  if (sizeWithout(sum, bill) > mostSize) throw tooMany(sum, bill)
  throw feeTooHigh(settle(sum, bill)?.fee ?? 0n, bill.maxFee)
}

function insufficient(all: Sum, bill: Bill): Refused {
  const cost = costOf(all, bill)
  return new Refused('insufficient-funds', 'The coins that may be spent do not suffice for the payments and the fee', {
    where: 'coins',
    got: `${all.value} in ${all.inputs.count} coins that are worth spending`,
    wanted: `${cost}, of it ${cost - bill.target} for the fee${bill.change.always ? ' and the least output' : ''}`,
    hint: 'Coins in no block yet count only where they were offered',
  })
}

function tooMany(sum: Sum, bill: Bill): Refused {
  return new Refused('insufficient-funds', 'It would take more coins than fit into one transaction that nodes relay', {
    where: 'coins',
    got: `${sum.inputs.count} coins, ${sizeWithout(sum, bill)} virtual bytes`,
    wanted: `at most ${mostSize} virtual bytes`,
    hint: 'Consolidate the coins first, or pay in several transactions',
  })
}
