// Branch and bound finds what trying every subset finds: the match that gives least away, or that there is none.
import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { type Bill, type Candidate, costOf, nothing, sumOf, worth } from '../../../../src/chains/bitcoin/coins/bill.ts'
import { findChangeless } from '../../../../src/chains/bitcoin/coins/changeless.ts'
import { feeAt } from '../../../../src/chains/bitcoin/coins/fees.ts'
import { bulkOf, inputWeight, outputWeight } from '../../../../src/chains/bitcoin/coins/weight.ts'
import { scriptOfKey } from '../../../../src/chains/bitcoin/own-scripts.ts'
import { btc, walletOf } from './orders.ts'
import { againstClock, tooSlow } from '../../../against-clock.ts'

const own = (form: string) => scriptOfKey(walletOf('p2wpkh').publicKey, form, btc)
const inputs = { segwit: inputWeight(own('p2wpkh')), legacy: inputWeight(own('p2pkh')) }
const output = outputWeight(own('p2wpkh').script)

function billFor(target: bigint, rate: bigint, maxFee: bigint): Bill {
  const change = { weight: output, least: 294n, input: inputs.segwit, always: false }
  return { target, outputs: bulkOf([output]), rate, fee: (size) => feeAt(rate, size), maxFee, change }
}

/** The least excess of any subset that is a match; undefined where none is. */
function byForce(coins: readonly Candidate[], bill: Bill): bigint | undefined {
  const most = feeAt(bill.rate, 31) + feeAt(bill.rate, Math.ceil(inputs.segwit.weight / 4))
  let least: bigint | undefined
  for (let mask = 1; mask < 2 ** coins.length; mask++) {
    const sum = sumOf(coins.filter((_, i) => (mask >> i) & 1))
    const over = sum.value - costOf(sum, bill)
    const isMatch = over >= 0n && over <= most && sum.value - bill.target <= bill.maxFee
    if (isMatch && (least === undefined || over < least)) least = over
  }
  return least
}

const candidate = fc
  .record({
    value: fc.oneof(fc.bigInt(70n, 4_000n), fc.constantFrom(500n, 900n)),
    input: fc.constantFrom(inputs.segwit, inputs.segwit, inputs.legacy),
  })
  .map((coin) => ({ ...coin, confirmations: 1, proof: 0 }))

/** Values close to a sum of some coins, so that there often is a match. */
const cases = fc
  .record({
    coins: fc.array(candidate, { minLength: 1, maxLength: 11 }),
    some: fc.nat(2047),
    off: fc.bigInt(-400n, 200n),
    rate: fc.constantFrom(100n, 1_000n, 1_001n, 3_333n),
    maxFee: fc.constantFrom(100_000n, 100_000n, 700n),
  })
  .map(({ coins, some, off, rate, maxFee }) => {
    const sum = sumOf(coins.filter((_, i) => (some >> i) & 1))
    const free = billFor(0n, rate, maxFee)
    const target = sum.value - costOf(sum, free) + off
    return { coins, bill: billFor(target > 300n ? target : 300n, rate, maxFee) }
  })

describe('against every subset', () => {
  test('the same excess, or none on both sides', () => {
    const seen = { match: 0, none: 0 }
    const each = fc.property(cases, ({ coins, bill }) => {
      const worthwhile = coins.filter((coin) => worth(coin, bill) > 0n)
      const sorted = worthwhile.toSorted((a, b) => (worth(a, bill) > worth(b, bill) ? -1 : 1))
      const found = findChangeless(sorted, nothing, bill)
      const wanted = byForce(worthwhile, bill)
      seen[wanted === undefined ? 'none' : 'match']++
      const sum = found && sumOf(found)
      expect(sum && sum.value - costOf(sum, bill)).toBe(wanted)
      expect(new Set(found).size).toBe(found?.length ?? 0)
    })
    fc.assert(each, { numRuns: 400 })
    expect(seen.match).toBeGreaterThan(50)
    expect(seen.none).toBeGreaterThan(20)
  })
})

test('gives up in time among thousands of coins without a match', againstClock, () => {
  const bill = billFor(10_000_000_001n, 1_000n, 10_000n)
  const coins = Array.from({ length: 5_000 }, (_, i) => {
    return { value: 20_000_000n - BigInt(i) * 3_000n, input: inputs.segwit, confirmations: 1, proof: 0 }
  })
  const start = performance.now()
  findChangeless(coins, nothing, bill)
  // Ten times what it took on two slow cores.
  expect(performance.now() - start, tooSlow).toBeLessThan(1_000)
})
