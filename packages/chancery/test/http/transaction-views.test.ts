/** What is shown of transactions and withdrawals: the relay's own account of them stays inside. */
import { describe, expect, test } from 'vitest'
import type { TransactionRow } from '../../src/core/store.ts'
import { faultIn } from '../../src/http/shape.ts'
import { transactionView, transactionViewShape, transactionWithBytes } from '../../src/http/transaction-views.ts'
import {
  withdrawalShape,
  withdrawalSummary,
  withdrawalSummaryShape,
  withdrawalView,
} from '../../src/http/wallet-views.ts'
import { walletExample } from '../../src/http/routes/examples.ts'
import { final } from './fakes.ts'

const hash = `0x${'ab'.repeat(32)}` as const
const check = { name: 'fee', ok: false, got: '9', allowed: 'at most 5' }
const error = { code: 'denied', detail: 'No', got: '9', checks: [{ ...check, canary: 'canary' }], canary: 'canary' }
const shownError = { code: 'denied', detail: 'No', got: '9', checks: [check] }

/** Everything the relay ever writes, and more. */
const body = {
  value: { to: '0xdead' },
  prepared: { to: '0xdead', nonce: 7 },
  hash,
  versions: [hash],
  block: { hash, number: '12', success: true, fee: '21', canary: 'canary' },
  receipt: { gasUsed: '0x5208', logs: [{ canary: 'canary' }] },
  replacement: { feeRate: '9', maxFee: '90', rules: { canary: 'canary' } },
  replacementError: error,
  error,
  payment: { rules: { canary: 'canary' }, order: { canary: 'canary' } },
  terms: { canary: 'canary' },
  spends: ['canary'],
  fee: '17',
  unsigned: true,
  since: 1,
  tries: 2,
  missing: 3,
  source: 'canary',
  mac: 'canary',
}
const row: TransactionRow = { ...final.row, body }
const ofWallet: TransactionRow = { ...row, wallet: walletExample.id }
const known = {
  hash,
  block: { hash, number: '12', success: true },
  receipt: { gasUsed: '0x5208' },
  error: shownError,
  replacement: { feeRate: '9', maxFee: '90' },
  replacementError: shownError,
}

test('of a transaction that was asked for, its fields are shown, how it stands and why', () => {
  const { value, prepared } = body
  expect(transactionView(row).details).toEqual({ value, prepared, ...known })
  expect(faultIn(transactionViewShape, transactionWithBytes({ row, signed: final.signed }))).toBeUndefined()
})

describe('of a withdrawal', () => {
  const paid = {
    id: row.id,
    wallet: walletExample.id,
    purpose: 'withdrawal',
    asset: 'eip155:1/slip44:60',
    to: '0xdead',
    amount: 5n,
    maxFee: 90n,
    fee: 21n,
    feeRate: 9n,
    txids: [hash],
    confirmations: 3n,
    state: 'final',
    view: { row: ofWallet, signed: final.signed },
  } as const

  test('what it was made into stays inside', () => {
    expect(transactionView(ofWallet).details).toEqual(known)
  })

  test('amounts, fees, transaction ids and confirmations are text, in exactly the documented shape', () => {
    const { transaction, ...members } = withdrawalView(paid)
    expect(members).toEqual({
      id: row.id,
      wallet: walletExample.id,
      purpose: 'withdrawal',
      asset: 'eip155:1/slip44:60',
      to: '0xdead',
      amount: '5',
      maxFee: '90',
      fee: '21',
      feeRate: '9',
      txids: [hash],
      confirmations: '3',
      state: 'final',
    })
    expect(JSON.stringify(transaction)).not.toContain('canary')
    expect(faultIn(withdrawalShape, withdrawalView(paid))).toBeUndefined()
    expect(faultIn(withdrawalSummaryShape, withdrawalSummary(paid))).toBeUndefined()
  })
})
