/** A look at payments of wallets that were accepted and that no node has been given yet. */
import type { Deadline } from '../base/deadline.ts'
import type { TransactionState, TransactionStore } from '../core/store.ts'
import type { WalletWatch } from '../core/watching.ts'

/** Before a node knows it. */
const waiting: readonly TransactionState[] = ['accepted', 'assigned', 'signed']
/** Beyond it nobody counts: the oldest is among the first. */
const most = 1_000

export async function countPayments(
  store: Pick<TransactionStore, 'transactions'>,
  paying: WalletWatch['paying'],
  deadline: Deadline,
): Promise<void> {
  const rows = await store.transactions({ states: waiting }, { limit: most }, deadline)
  const payments = rows.filter(({ wallet }) => wallet !== undefined)
  paying(payments.length, payments[0]?.createdAt)
}
