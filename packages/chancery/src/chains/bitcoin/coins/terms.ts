/** What an order asks for, in scripts and numbers: checked here once. */
import type { Payment } from '../../../core/coins.ts'
import { invalid } from '../../../core/refusals.ts'
import { scriptOfAddress } from '../address.ts'
import type { BitcoinNetwork } from '../networks.ts'
import type { OwnScript } from '../own-scripts.ts'
import { totalOf, type TransactionOutput } from '../transaction.ts'
import type { Bill, Change } from './bill.ts'
import { boundedFee, feeAt, larger, usualRate } from './fees.ts'
import { bulkOf, inputWeight, outputWeight } from './weight.ts'

/** What nodes take spending an output to cost, when they say what is dust (GetDustThreshold), by whether it is segwit. */
const spending = { witness: 67n, legacy: 148n }

/** The least output that nodes relay. */
export function dustOf(script: Uint8Array, { dustRate, dustFloor }: BitcoinNetwork): bigint {
  const [version = 0] = script
  const witness = version === 0 || (version >= 0x51 && version <= 0x60)
  const size = BigInt(outputWeight(script)) / 4n + spending[witness ? 'witness' : 'legacy']
  return larger(dustFloor, feeAt(dustRate, Number(size)))
}

/** @throws Refused for an address of another network, dust, or more than there is */
export function outputsOf(payments: readonly Payment[], network: BitcoinNetwork): readonly TransactionOutput[] {
  return payments.map(({ address, amount }, i) => {
    const where = `payments[${i}]`
    const script = scriptOfAddress(address, `${where}.address`, network)
    const least = dustOf(script, network)
    if (amount >= least && amount <= network.supply) return { script, amount }
    throw invalid(`${where}.amount`, String(amount), `${least} (less is dust) to ${network.supply}`)
  })
}

interface Asked {
  readonly network: BitcoinNetwork
  readonly payments: readonly TransactionOutput[]
  readonly feeRate: bigint
  readonly maxFee: bigint
}

/** By the usual fee. @throws Refused for a fee rate that cannot be meant */
export function billOf({ network, payments, feeRate, maxFee }: Asked, change: Change): Bill {
  const rate = usualRate(network, feeRate)
  return {
    target: totalOf(payments),
    outputs: bulkOf(payments.map(({ script }) => outputWeight(script))),
    rate,
    fee: (size) => feeAt(rate, size),
    maxFee: boundedFee(maxFee, network),
    change,
  }
}

/** What is left goes back to the wallet, if it is worth it. */
export function changeTo(own: OwnScript, network: BitcoinNetwork): Change {
  const least = dustOf(own.script, network)
  return { weight: outputWeight(own.script), least, input: inputWeight(own), always: false }
}

/** All that is left goes to one script, whatever it is. */
export function allTo(script: Uint8Array, own: OwnScript, network: BitcoinNetwork): Change {
  return { ...changeTo(own, network), weight: outputWeight(script), least: dustOf(script, network), always: true }
}
