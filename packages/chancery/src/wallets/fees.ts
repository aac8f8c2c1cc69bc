/** What is paid in fees alone: a dearer version of a payment, a child that pays for it, and coins made one. */
import type { Call } from '../core/call.ts'
import { Failed, Refused } from '../core/errors.ts'
import type { TransactionId, WalletId } from '../core/names.ts'
import type { CoinOrder, WalletPayment } from '../core/payments.ts'
import type { Snapshot } from '../core/state.ts'
import type { TransactionRow } from '../core/store.ts'
import type { WalletRow } from '../core/wallet-store.ts'
import type { FeeTerms, Withdrawal } from '../core/wallets.ts'
import { placeOf, placeOfRow, type Place } from './assets.ts'
import { findWallet, requireState } from './find.ts'
import { changeOf } from './paying.ts'
import { refuseFrozen } from './policy/frozen.ts'
import { mostFee } from './policy/most-fee.ts'
import { allAddresses } from './reading.ts'
import type { WalletRooms } from './rooms.ts'
import { rulesFor } from './rules-for.ts'
import { everything } from './sweep.ts'
import { termsMember, termsOf } from './terms.ts'
import { payerOf } from './withdraw.ts'
import { findPayment, withdrawalOf } from './withdrawals.ts'

/** A higher fee for what is in no block yet (BIP-125): the same is paid, and whichever version is mined settles it. */
export async function raiseFee(
  rooms: WalletRooms,
  id: TransactionId,
  { feeRate, maxFee }: FeeTerms & { readonly feeRate: bigint },
  call: Call,
): Promise<Withdrawal> {
  await findPayment(rooms, id, rightFor, call)
  const prepare = async (row: TransactionRow, snapshot: Snapshot) => {
    const { purpose, asset, to, amount = everything } = termsOf(row)
    const wallet = await payerFor(rooms, row, call)
    const place = placeOf(rooms, asset, wallet.network)
    const most = boundFee(snapshot, wallet, place, purpose, maxFee)
    const { network } = wallet
    return { feeRate, maxFee: most, rules: rulesFor({ network, recipients: [to], asset, amount, maxFee: most }) }
  }
  return withdrawalOf(rooms, await rooms.payments.replace(id, prepare, call))
}

function rightFor(row: TransactionRow): 'withdraw' | 'sweep' {
  return termsOf(row).purpose === 'sweep' ? 'sweep' : 'withdraw'
}

async function payerFor(rooms: WalletRooms, row: TransactionRow, call: Call): Promise<WalletRow> {
  const { wallet } = row
  if (wallet === undefined) throw new Failed('store-corrupt', `The payment ${row.id} is of no wallet`)
  return requireState(await findWallet(rooms, wallet, rightFor(row), call), 'CREATED')
}

/** What came back of a payment that no block takes is spent to the wallet itself, so that both are worth one (CPFP). */
export async function payForParent(
  rooms: WalletRooms,
  parent: TransactionId,
  terms: FeeTerms & { readonly feeRate: bigint },
  call: Call,
): Promise<Withdrawal> {
  const { row } = await findPayment(rooms, parent, () => 'withdraw', call)
  if (row.wallet === undefined) throw new Failed('store-corrupt', `The payment ${parent} is of no wallet`)
  return toItself(rooms, row.wallet, { parent }, terms, call)
}

/** All coins of a wallet, or as many as one transaction holds, made one. */
export function consolidate(rooms: WalletRooms, wallet: WalletId, terms: FeeTerms, call: Call): Promise<Withdrawal> {
  return toItself(rooms, wallet, {}, terms, call)
}

async function toItself(
  rooms: WalletRooms,
  wallet: WalletId,
  order: Pick<CoinOrder, 'parent'>,
  terms: FeeTerms,
  call: Call,
): Promise<Withdrawal> {
  const prepare = (_: TransactionId, snapshot: Snapshot) => paymentToItself(rooms, wallet, order, terms, snapshot, call)
  return withdrawalOf(rooms, await rooms.payments.pay(prepare, call, terms.idempotency))
}

async function paymentToItself(
  rooms: WalletRooms,
  wallet: WalletId,
  order: Pick<CoinOrder, 'parent'>,
  { feeRate, maxFee }: FeeTerms,
  snapshot: Snapshot,
  call: Call,
): Promise<WalletPayment> {
  const row = requireState(await findWallet(rooms, wallet, 'withdraw', call), 'CREATED')
  const place = placeOfRow(rooms, row)
  const { network, asset, chain } = place
  if (chain.coins === undefined) throw new Refused('not-supported', `${chain.id} has no coins`, { got: network })
  const most = boundFee(snapshot, row, place, 'withdrawal', maxFee)
  const to = changeOf(row, await allAddresses(rooms.store, wallet, call.deadline))
  return {
    ...payerOf(row),
    network,
    purpose: 'withdrawal',
    right: 'withdraw',
    order: { payments: [], maxFee: most, ...order, ...(feeRate !== undefined && { feeRate }) },
    rules: rulesFor({ network, recipients: [to], asset, amount: everything, maxFee: most }),
    windows: [],
    terms: termsMember({ purpose: 'withdrawal', user: row.user, asset, to, maxFee: most }),
  }
}

/** Nobody but miners is paid, so the bound of the fee is all that there is to judge. @throws Refused `denied`, `frozen` */
function boundFee(
  snapshot: Snapshot,
  { id: wallet, user, tier, network }: WalletRow,
  { asset }: Place,
  purpose: 'withdrawal' | 'sweep',
  asked: bigint | undefined,
): bigint {
  refuseFrozen(snapshot, { wallet, user, asset })
  const policy = snapshot.walletPolicy.value
  const most = purpose === 'sweep' ? BigInt(policy.sweepFees[network] ?? 0n) : mostFee(policy, { asset, tier, user })
  if (asked === undefined || asked <= most) return asked ?? most
  const particulars = { where: 'maxFee', got: String(asked), wanted: `at most ${most}` }
  throw new Refused('denied', 'The policy of wallets allows no fee this high', particulars)
}
