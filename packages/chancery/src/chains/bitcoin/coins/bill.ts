/** What inputs have to pay for, and whether they do. */
import type { FeeBySize } from './fees.ts'
import {
  type Bulk,
  type InputBulk,
  type InputWeight,
  mostSize,
  noInputs,
  transactionWeight,
  virtualSize,
  withInput,
} from './weight.ts'

/** A coin as selection sees it. */
export interface Candidate {
  readonly value: bigint
  readonly input: InputWeight
  readonly confirmations: number
  /** Bytes that prove its amount to whoever signs. */
  readonly proof: number
}

/** What is to be paid, and on what terms. Amounts in base units. */
export interface Bill {
  /** All that is paid, without fee and change. */
  readonly target: bigint
  readonly outputs: Bulk
  /** For 1,000 virtual bytes: what an input more or less costs. */
  readonly rate: bigint
  /** The whole of what a size costs: the rate, and whatever else there is to pay. */
  readonly fee: FeeBySize
  readonly maxFee: bigint
  readonly change: Change
}

export interface Change {
  /** Of the output. */
  readonly weight: number
  /** The least that is no dust. */
  readonly least: bigint
  /** Where all that is left goes there, however little the bill is: then there is no transaction without it. */
  readonly always: boolean
  /** What it takes to spend it again, one day. */
  readonly input: InputWeight
}

/** Coins together: what they hold, and what they weigh as inputs. */
export interface Sum {
  readonly value: bigint
  readonly inputs: InputBulk
  readonly proof: number
}

export interface Settled {
  readonly fee: bigint
  /** 0 where there is no such output. */
  readonly change: bigint
  readonly virtualSize: number
}

export const nothing: Sum = { value: 0n, inputs: noInputs, proof: 0 }

export function withCoin({ value, inputs, proof }: Sum, coin: Candidate): Sum {
  return { value: value + coin.value, inputs: withInput(inputs, coin.input), proof: proof + coin.proof }
}

export function sumOf(coins: readonly Candidate[]): Sum {
  return coins.reduce(withCoin, nothing)
}

export function sizeWithout({ inputs }: Sum, { outputs }: Bill): number {
  return virtualSize(transactionWeight(inputs, outputs))
}

export function sizeWith({ inputs }: Sum, { outputs, change }: Bill): number {
  const all = { count: outputs.count + 1, weight: outputs.weight + change.weight }
  return virtualSize(transactionWeight(inputs, all))
}

/** What coins have to hold at least. */
export function costOf(sum: Sum, bill: Bill): bigint {
  const { target, change, fee } = bill
  return change.always ? target + fee(sizeWith(sum, bill)) + change.least : target + fee(sizeWithout(sum, bill))
}

/** With change where that is no dust, and otherwise the rest as fee; undefined where the coins do not suffice. */
export function settle(sum: Sum, bill: Bill): Settled | undefined {
  const size = sizeWith(sum, bill)
  const change = sum.value - bill.target - bill.fee(size)
  if (change >= bill.change.least) return { fee: bill.fee(size), change, virtualSize: size }
  return sum.value < costOf(sum, bill) ? undefined : settleWithout(sum, bill)
}

/** All that is left is fee. */
export function settleWithout(sum: Sum, bill: Bill): Settled {
  return { fee: sum.value - bill.target, change: 0n, virtualSize: sizeWithout(sum, bill) }
}

/** Shares of a base unit that values by weight are reckoned in, so that none is rounded: 1,000 virtual bytes of 4 each. */
export const shares = 4_000n

/** Its effective value: what a coin brings beyond the fee for spending it, in shares; negative where it is not worth spending. */
export function worth({ value, input }: Candidate, { rate }: Bill): bigint {
  return value * shares - rate * BigInt(input.weight)
}

/** Neither dearer than allowed nor heavier than nodes relay. */
export function isAcceptable({ fee, virtualSize: size }: Settled, { maxFee }: Bill): boolean {
  return fee <= maxFee && size <= mostSize
}
