/** What a transaction has to pay, and the most it may. */
import { Refused } from '../../../core/errors.ts'
import type { BitcoinNetwork } from '../networks.ts'
import { mostSize } from './weight.ts'

/** The fee that a size asks for: base units by virtual bytes. */
export type FeeBySize = (virtualSize: number) => bigint

/**
 * A rate this many times the relay fee is a mistake, such as one for a byte taken for one for 1,000. For Bitcoin it is what
 * nodes refuse to send on without being told to: 0.1 BTC for 1,000 virtual bytes (`maxfeerate` of `sendrawtransaction`).
 */
const soundness = 10_000n

export function feeAt(rate: bigint, virtualSize: number): bigint {
  return (rate * BigInt(virtualSize) + 999n) / 1000n
}

/** What was asked for, and no less than nodes relay. @throws Refused where the rate cannot be meant */
export function usualRate(network: BitcoinNetwork, feeRate: bigint): bigint {
  requireSoundRate(network, feeRate)
  return larger(feeRate, network.relayFee)
}

function requireSoundRate(network: BitcoinNetwork, feeRate: bigint): void {
  const most = network.relayFee * soundness
  if (feeRate > 0n && feeRate <= most) return
  const particulars = { where: 'feeRate', got: String(feeRate), wanted: `1 to ${most} for 1,000 virtual bytes` }
  throw new Refused('denied', `No transaction of ${network.symbol} is worth such a fee rate`, particulars)
}

/** The most a fee may come to: what was allowed, and never what no size that is relayed could be worth. */
export function boundedFee(maxFee: bigint, network: BitcoinNetwork): bigint {
  return smaller(maxFee, feeAt(network.relayFee * soundness, mostSize))
}

export function feeTooHigh(fee: bigint, maxFee: bigint): Refused {
  const hint = 'Wait for lower fees, allow a higher one, or pay with fewer coins after consolidating them'
  const particulars = { where: 'maxFee', got: String(fee), wanted: `at most ${maxFee}`, hint }
  return new Refused('denied', 'The fee would come to more than is allowed', particulars)
}

export function larger(a: bigint, b: bigint): bigint {
  return a > b ? a : b
}

function smaller(a: bigint, b: bigint): bigint {
  return a < b ? a : b
}
