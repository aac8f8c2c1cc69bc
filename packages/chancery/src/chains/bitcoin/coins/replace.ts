/** The same payments once more, for a higher fee (BIP-125). */
import { equal, toHex } from '../../../base/bytes.ts'
import type { BuiltSpend, ReplacementOrder } from '../../../core/coins.ts'
import { Refused } from '../../../core/errors.ts'
import { invalid } from '../../../core/refusals.ts'
import type { BitcoinNetwork } from '../networks.ts'
import type { OwnScript } from '../own-scripts.ts'
import { totalOf, type TransactionOutput } from '../transaction.ts'
import type { Bill } from './bill.ts'
import { build } from './build.ts'
import { feeAt, larger } from './fees.ts'
import { coinsOf, type OwnCoin, type Owner, ownerOf, parted } from './owner.ts'
import { selectFewest } from './selection.ts'
import { restOf } from './spend.ts'
import { allTo, billOf, changeTo, outputsOf } from './terms.ts'
import { pointName, readWhole, type WholeTransaction } from './whole.ts'

/**
 * The fee is what was asked for, and no less than nodes ask of a replacement. The change of what is replaced pays it; where
 * that is not enough, more coins of the wallet's do. What was swept stays as it was, to the last base unit: the chain signs
 * no replacement that pays anybody else less. A consolidation takes no other coins, and only comes back smaller.
 * @throws Refused where what is paid is not the same, or where neither change nor other coins can pay the fee
 */
export function replace(order: ReplacementOrder, network: BitcoinNetwork): BuiltSpend {
  const owner = ownerOf(order.spender, network)
  const old = readReplaceable(order.replaces)
  const [must, others] = parted(coinsOf(order.coins, owner), [...old.inputs, ...(order.mustSpend ?? [])], network)
  const payments = [...outputsOf(order.payments, network), ...sweptBy(old, order, network)]
  const change = requireSame(old, payments, owner)
  const all = payments.length === 0
  const rest = all ? allTo(change.script, change, network) : changeTo(change, network)
  const bill = billOf({ network, payments, feeRate: order.feeRate, maxFee: order.maxFee }, rest)
  const more = all ? [] : others.filter(({ confirmations }) => confirmations > 0)
  const built = build(selectFewest(more, must, dearer(bill, old, feePaid(old, must), network)), payments, change)
  return { ...built, value: { ...built.value, replaces: toHex(order.replaces) } }
}

function readReplaceable(bytes: Uint8Array): WholeTransaction {
  const old = readWhole(bytes, 'replaces')
  if (old.replaceable) return old
  const particulars = { where: 'replaces', got: old.txid, wanted: 'a sequence below 0xfffffffe in one of its inputs' }
  throw new Refused('denied', 'The transaction does not say that it may be replaced (BIP-125)', particulars)
}

/** Nodes take what pays for its own way and for that of what it replaces, and more for each byte. */
function dearer(bill: Bill, old: WholeTransaction, oldFee: bigint, { relayFee }: BitcoinNetwork): Bill {
  const overRate = (size: number): bigint => (oldFee * BigInt(size)) / BigInt(old.virtualSize) + 1n
  const floor = (size: number): bigint => larger(oldFee + feeAt(relayFee, size), overRate(size))
  return { ...bill, fee: (size) => larger(bill.fee(size), floor(size)) }
}

function feePaid({ inputs, outputs }: WholeTransaction, must: readonly OwnCoin[]): bigint {
  const values = new Map(must.map((coin) => [pointName(coin), coin.value]))
  const spent = inputs.map((point) => ({ amount: values.get(pointName(point)) ?? 0n }))
  return totalOf(spent) - totalOf(outputs)
}

/** @throws Refused where nothing was swept there */
function sweptBy(
  { outputs }: WholeTransaction,
  order: ReplacementOrder,
  network: BitcoinNetwork,
): readonly TransactionOutput[] {
  const sweep = restOf(order, network)
  if (sweep === undefined) return []
  const swept = outputs.find(({ script }) => equal(script, sweep))
  if (swept) return [swept]
  throw invalid('sweepTo', order.sweepTo, 'where the transaction that is replaced went')
}

/** The script that what is no payment went back to. @throws Refused for any other output, or a payment too many */
function requireSame(
  { outputs }: WholeTransaction,
  payments: readonly TransactionOutput[],
  { scripts, change }: Owner,
): OwnScript {
  const left = [...outputs]
  for (const [i, payment] of payments.entries()) {
    const at = left.findIndex(({ amount, script }) => amount === payment.amount && equal(script, payment.script))
    if (at < 0) throw invalid(`payments[${i}]`, String(payment.amount), 'a payment of the transaction that is replaced')
    left.splice(at, 1)
  }
  const strange = left.find(({ script }) => !scripts.has(toHex(script)))
  if (strange)
    throw invalid('payments', `none of ${strange.amount}`, 'all payments of the transaction that is replaced')
  const [first] = left
  return (first && scripts.get(toHex(first.script))) ?? change
}
