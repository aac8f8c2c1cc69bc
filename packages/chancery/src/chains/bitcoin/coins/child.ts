/** A transaction that spends what another one made, and pays enough that a miner takes both (CPFP). */
import type { BuiltSpend, ChildOrder } from '../../../core/coins.ts'
import { Refused } from '../../../core/errors.ts'
import type { BitcoinNetwork } from '../networks.ts'
import type { Bill } from './bill.ts'
import { build } from './build.ts'
import { feeAt, larger } from './fees.ts'
import { coinsOf, ownerOf, ownOutputsOf, parted } from './owner.ts'
import { selectFewest } from './selection.ts'
import { allTo, billOf } from './terms.ts'
import { pointName, readWhole, type WholeTransaction } from './whole.ts'

/**
 * Spends the parent's outputs among the coins (of those the order names, if it does), and confirmed coins besides where they
 * cannot pay alone. All that is left is change.
 * @throws Refused where none of the parent's outputs is there to be spent
 */
export function payForParent(order: ChildOrder, network: BitcoinNetwork): BuiltSpend {
  const owner = ownerOf(order.spender, network)
  const parent = readWhole(order.parent, 'parent')
  const coins = coinsOf(order.coins, owner)
  const there = new Set(coins.map(pointName))
  const own = ownOutputsOf(parent, owner).filter((point) => there.has(pointName(point)))
  const [must, others] = parted(coins, order.mustSpend ?? own, network)
  if (!must.some(({ txid }) => txid === parent.txid)) throw childless(parent)
  const asked = { network, payments: [], feeRate: order.feeRate, maxFee: order.maxFee }
  const bill = billOf(asked, allTo(owner.change.script, owner.change, network))
  const confirmed = others.filter(({ confirmations }) => confirmations > 0)
  return build(selectFewest(confirmed, must, forBoth(bill, parent, order.parentFee)), [], owner.change)
}

function childless({ txid, outputs }: WholeTransaction): Refused {
  return new Refused(
    'insufficient-funds',
    'The child must spend an output of its parent, and none is there to be spent',
    {
      where: 'coins',
      got: `none of the ${outputs.length} outputs of ${txid}`,
      wanted: "an output of the parent that is the wallet's own and not spent yet",
      hint: 'Replace the transaction instead (BIP-125)',
    },
  )
}

/** What both together need, less what the parent paid. */
function forBoth(bill: Bill, { virtualSize }: WholeTransaction, parentFee: bigint): Bill {
  const both = (size: number): bigint => feeAt(bill.rate, virtualSize + size) - parentFee
  return { ...bill, fee: (size) => larger(bill.fee(size), both(size)) }
}
