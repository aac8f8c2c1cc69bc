/**
 * Branch and bound (Bitcoin Core: SelectCoinsBnB): coins that match a bill so closely that there is nothing worth giving back. No change means one output
 * less to pay for now, one input less later, and nothing that ties the next payment to this one.
 */
import { type Bill, type Candidate, costOf, shares, sizeWith, sizeWithout, type Sum, withCoin, worth } from './bill.ts'
import { feeAt } from './fees.ts'
import { transactionWeight, virtualSize } from './weight.ts'

/** A match of more is dearer than change: it would be looked for in vain. */
const mostPicked = 100
/** Coins tried before giving up: 10 ms or so. Only wallets of many hundred coins without any match come as far. */
const mostTries = 20_000

interface Search<C> {
  readonly bill: Bill
  /** The most valuable first. */
  readonly coins: readonly C[]
  /** Of each coin, in shares. */
  readonly worths: readonly bigint[]
  /** Of each coin and all behind it. */
  readonly rests: readonly bigint[]
  /** How far rounding and what inputs share can be off, in shares. */
  readonly slack: bigint
  readonly picked: C[]
  tries: number
  /** The largest excess that is still of use: what change would cost, then one less than the best so far. */
  most: bigint
  best?: readonly C[]
}

/** The subset of `coins`, all worth spending, that with `must` exceeds the bill least, if by no more than change would cost. */
export function findChangeless<C extends Candidate>(
  coins: readonly C[],
  must: Sum,
  bill: Bill,
): readonly C[] | undefined {
  if (bill.change.always) return undefined
  const search = searchOf(coins, must, bill)
  if (must.inputs.count > 0) consider(search, must)
  descend(search, 0, must, shortBy(must, bill))
  return search.best
}

function searchOf<C extends Candidate>(coins: readonly C[], must: Sum, bill: Bill): Search<C> {
  const worths = coins.map((coin) => worth(coin, bill))
  return {
    bill,
    coins,
    worths,
    rests: restsOf(worths),
    slack: slackOf(must, bill),
    picked: [],
    tries: mostTries,
    most: costOfChange(bill, must),
  }
}

function restsOf(worths: readonly bigint[]): readonly bigint[] {
  let rest = 0n
  const fromTheEnd = worths.toReversed().map((one) => {
    rest += one
    return rest
  })
  return fromTheEnd.toReversed()
}

/** An output now, and one day an input. */
function costOfChange(bill: Bill, must: Sum): bigint {
  const output = feeAt(bill.rate, sizeWith(must, bill) - sizeWithout(must, bill))
  return output + feeAt(bill.rate, virtualSize(bill.change.input.weight))
}

/** In shares, negative while too little: without what is rounded up, so never less than what the excess will be. */
function shortBy({ value, inputs }: Sum, { target, outputs, rate }: Bill): bigint {
  return (value - target) * shares - rate * BigInt(transactionWeight(inputs, outputs))
}

/** Rounding up to virtual bytes and base units, the count of inputs that grows, and a mark for each input where kinds are mixed. */
function slackOf(must: Sum, { rate }: Bill): bigint {
  return rate * BigInt(3 + 8 + 2 + must.inputs.count + mostPicked) + shares
}

/** `have` is the excess in shares, as far as it is known without rounding. */
function descend<C extends Candidate>(search: Search<C>, from: number, sum: Sum, have: bigint): void {
  for (let i = from; i < search.coins.length; i++) {
    const coin = search.coins[i]
    if (coin === undefined || isOver(search, have + (search.rests[i] ?? 0n))) return
    search.tries -= 1
    if (i > from && isAlike(coin, search.coins[i - 1])) continue
    const next = have + (search.worths[i] ?? 0n)
    if (next > search.most * shares + search.slack) continue
    search.picked.push(coin)
    pick(search, i, withCoin(sum, coin), next)
    search.picked.pop()
  }
}

/** `reachable` is the excess with all coins that are left. */
function isOver({ most, tries }: Search<Candidate>, reachable: bigint): boolean {
  return most < 0n || reachable < 0n || tries <= 0
}

function pick<C extends Candidate>(search: Search<C>, at: number, sum: Sum, have: bigint): void {
  if (have >= 0n) consider(search, sum)
  if (search.picked.length < mostPicked) descend(search, at + 1, sum, have)
}

/** Of two that are alike the second need not be tried where the first was just left out. */
function isAlike(a: Candidate, b: Candidate | undefined): boolean {
  return a.value === b?.value && a.input.weight === b.input.weight && a.input.witness === b.input.witness
}

function consider<C extends Candidate>(search: Search<C>, sum: Sum): void {
  const over = sum.value - costOf(sum, search.bill)
  if (over < 0n || over > search.most || sum.value - search.bill.target > search.bill.maxFee) return
  search.most = over - 1n
  search.best = [...search.picked]
}
