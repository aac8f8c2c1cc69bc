/** Payments of wallets as they were asked for, and how they stand. */
import { isHex } from '../base/bytes.ts'
import { atMost, deadlineIn, within, type Deadline } from '../base/deadline.ts'
import type { Call } from '../core/call.ts'
import { Failed, Refused } from '../core/errors.ts'
import type { Operation, TransactionId, WalletId } from '../core/names.ts'
import type { TransactionView } from '../core/transactions.ts'
import type { Page } from '../core/page.ts'
import type { TransactionRow, TransactionState } from '../core/store.ts'
import type { Withdrawal } from '../core/wallets.ts'
import { placeIfServed } from './assets.ts'
import { findWallet } from './find.ts'
import type { WalletRooms } from './rooms.ts'
import { standingOf } from './standing.ts'
import { termsOf } from './terms.ts'

/** @throws Failed `store-corrupt` for a row that is no payment of a wallet */
export function withdrawalOf(rooms: Pick<WalletRooms, 'chains' | 'settings'>, view: TransactionView): Withdrawal {
  const { row } = view
  const { purpose, asset, to, amount, maxFee } = termsOf(row)
  if (row.wallet === undefined) throw new Failed('store-corrupt', `The payment ${row.id} is of no wallet`)
  const { id, wallet, state } = row
  const named = { id, wallet, purpose, asset, to, ...(amount !== undefined && { amount }), maxFee }
  return {
    ...named,
    ...standingOf(view, placeIfServed(rooms, { asset, network: row.network })?.chain.coins),
    state,
    view,
  }
}

export async function withdrawal(rooms: WalletRooms, id: TransactionId, call: Call): Promise<Withdrawal> {
  const view = await findPayment(rooms, id, () => 'wallets:read', call)
  return withDepth(rooms, withdrawalOf(rooms, view), call.deadline)
}

/** An absent one and one of a wallet that the caller may not see are alike (safety rule 21). @throws Refused `not-found`, `denied` */
export async function findPayment(
  rooms: WalletRooms,
  id: TransactionId,
  rightFor: (row: TransactionRow) => Operation,
  call: Call,
): Promise<TransactionView> {
  const view = await rooms.payments.payment(id, call.deadline)
  if (view?.row.wallet === undefined) throw notFound()
  await findWallet(rooms, view.row.wallet, rightFor(view.row), call).catch((error: unknown) => {
    throw error instanceof Refused && error.code === 'not-found' ? notFound() : error
  })
  return view
}

export async function awaited(
  rooms: WalletRooms,
  { id }: Withdrawal,
  whileIn: readonly TransactionState[],
  deadline: Deadline,
): Promise<Withdrawal> {
  const view = await rooms.payments.paid(id, whileIn, deadline)
  if (view === undefined) throw notFound()
  return withDepth(rooms, withdrawalOf(rooms, view), deadlineIn(depthLimit, rooms.clock))
}

/** Milliseconds: whoever asks how a payment stands is answered without its depth while a node is slow. */
const depthLimit = 1_000

async function withDepth(rooms: WalletRooms, paid: Withdrawal, deadline: Deadline): Promise<Withdrawal> {
  const { row } = paid.view
  const hash = row.body['hash']
  if (!isHex(hash) || (row.state !== 'mined' && row.state !== 'final')) return paid
  const soon = atMost(deadline, depthLimit)
  const asked = within(soon, 'The node', Promise.resolve(rooms.depth?.(row.network, hash, soon)))
  const confirmations = await asked.catch(() => undefined)
  return confirmations === undefined ? paid : { ...paid, confirmations }
}

function notFound(): Refused {
  return new Refused('not-found', 'No withdrawal by this id, or no right to see it')
}

export async function withdrawals(
  rooms: WalletRooms,
  { wallet, states }: { readonly wallet: WalletId; readonly states?: readonly TransactionState[] },
  page: Page,
  call: Call,
): Promise<readonly Withdrawal[]> {
  await findWallet(rooms, wallet, 'wallets:read', call)
  const rows = await rooms.payments.payments({ wallet, ...(states && { states }) }, page, call.deadline)
  return rows.map((row) => withdrawalOf(rooms, { row, signed: [] }))
}
