/** Payments, sweeps and consolidations. */
import type { BuiltSpend, SpendOrder } from '../../../core/coins.ts'
import { Refused } from '../../../core/errors.ts'
import type { BitcoinNetwork } from '../networks.ts'
import { scriptOfAddress } from '../address.ts'
import { build } from './build.ts'
import { coinsOf, ownerOf, parted } from './owner.ts'
import { select, takeAll } from './selection.ts'
import { allTo, billOf, changeTo, outputsOf } from './terms.ts'

/** @throws Refused */
export function spend(order: SpendOrder, network: BitcoinNetwork): BuiltSpend {
  const owner = ownerOf(order.spender, network)
  const [must, coins] = parted(coinsOf(order.coins, owner), order.mustSpend ?? [], network)
  const payments = outputsOf(order.payments, network)
  const asked = { network, payments, feeRate: order.feeRate, maxFee: order.maxFee }
  const destination = restOf(order, network)
  if (destination === undefined && payments.length > 0) {
    const selected = select(coins, must, billOf(asked, changeTo(owner.change, network)))
    return build(selected, payments, owner.change)
  }
  const to = destination ?? owner.change.script
  const selected = takeAll(coins, must, billOf(asked, allTo(to, owner.change, network)))
  if (destination === undefined && must.length === 0) requireSeveral(selected.coins.length)
  const left = coins.length + must.length - selected.coins.length
  return { ...build(selected, payments, owner.change, to), left }
}

/** One coin that comes back to its wallet pays a fee for nothing. */
function requireSeveral(coins: number): void {
  if (coins > 1) return
  throw new Refused('insufficient-funds', 'There is nothing to consolidate: it would only cost the fee', {
    where: 'coins',
    got: `${coins} coin that is worth spending`,
    wanted: 'at least two',
  })
}

/** Where a sweep goes. */
export function restOf({ sweepTo }: SpendOrder, network: BitcoinNetwork): Uint8Array | undefined {
  return sweepTo === undefined ? undefined : scriptOfAddress(sweepTo, 'sweepTo', network)
}
