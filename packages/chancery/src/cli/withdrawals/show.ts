/** Payments of wallets as the command line shows them. */
import type { Withdrawal, WithdrawalSummary } from '@chancery/client'
import type { Given, Terminal } from '../command.ts'
import { printable } from '../entry-line.ts'
import { printOne, type Row } from '../output.ts'

export function rowOf({ id, purpose, asset, to, amount = '', state, txids: [txid = ''] }: WithdrawalSummary): Row {
  return { id, purpose, asset, to, amount, state, txid }
}

export function printWithdrawal(given: Given, terminal: Terminal, withdrawal: Withdrawal): void {
  const { id, wallet, purpose, asset, to, amount, state, txids, maxFee, fee, feeRate, confirmations } = withdrawal
  const { createdAt, details } = withdrawal.transaction
  const [txid, ...replaced] = txids
  printOne(given, terminal, withdrawal, {
    id,
    wallet,
    purpose,
    asset,
    to,
    amount,
    state,
    because: details.error && printable(details.error.detail),
    txid,
    'took the place of': replaced.length === 0 ? undefined : replaced.join(', '),
    'fee at most': maxFee,
    fee,
    'fee rate': feeRate,
    confirmations,
    'no higher fee': details.replacementError && printable(details.replacementError.detail),
    accepted: createdAt,
  })
}
