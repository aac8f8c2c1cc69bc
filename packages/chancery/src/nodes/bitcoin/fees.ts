/** What is paid for a place in one of the next blocks: base units for 1,000 virtual bytes. Bounded by the key's rules later. */
import { isWireObject, scaled, unbelievable, type Wire } from './wire.ts'

/** 1,000 coins for 1,000 virtual bytes were never paid on any chain; an answer beyond that is a lie or a mistake. */
const mostRate = 10n ** 11n

/** bitcoind estimates for a day or so, in blocks. */
const mostBlocksAhead = 1_008

/** As bitcoind takes it. */
export function target(blocks: number): number {
  return Math.min(Math.max(1, Math.trunc(blocks)), mostBlocksAhead)
}

/** `feerate` of `estimatesmartfee`: coins for 1,000 virtual bytes. Dogecoin Core says -1 where others say nothing. */
export function rateOf(feerate: Wire | undefined): bigint | undefined {
  if (feerate === undefined) return undefined
  return positive(scaled(feerate, 8, 'fee rate', mostRate))
}

/** Esplora's list, by blocks, in base units for one virtual byte: the farthest target that is not later than asked for. */
export function rateIn(estimates: Wire, blocks: number): bigint | undefined {
  if (!isWireObject(estimates)) throw unbelievable('list of fees', estimates, 'an object')
  const targets = Object.keys(estimates).filter((name) => /^[1-9][0-9]{0,3}$/.test(name))
  const soonEnough = targets.map(Number).filter((one) => one <= target(blocks))
  if (soonEnough.length === 0) return undefined
  return positive(scaled(estimates[String(Math.max(...soonEnough))], 3, 'fee rate', mostRate))
}

function positive(rate: bigint | undefined): bigint | undefined {
  return rate === 0n ? undefined : rate
}
