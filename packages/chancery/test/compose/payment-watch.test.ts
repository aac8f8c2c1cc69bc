import { expect, test } from 'vitest'
import { systemClock } from '../../src/base/clock.ts'
import { deadlineIn } from '../../src/base/deadline.ts'
import { countPayments } from '../../src/compose/payment-watch.ts'
import type { TransactionFilter, TransactionRow } from '../../src/core/store.ts'
import { createWalletMeter } from '../../src/health/wallet-meter.ts'

const row = (second: number, more: Partial<TransactionRow>): TransactionRow => ({
  id: `txn_${second}`,
  version: 1,
  network: 'eip155:31337',
  sender: '0x00',
  key: 'key_0',
  client: 'cli_0',
  state: 'accepted',
  body: {},
  createdAt: 1_000 * second,
  updatedAt: 1_000 * second,
  ...more,
})

test('the oldest payment of a wallet that no node knows is told of, and transactions of keys are not', async () => {
  const rows = [row(10, {}), row(20, { wallet: 'wal_0', state: 'signed' }), row(30, { wallet: 'wal_1' })]
  const asked: TransactionFilter[] = []
  const transactions = async (filter: TransactionFilter) => (asked.push(filter), rows)
  const meter = createWalletMeter()
  await countPayments({ transactions }, meter.paying, deadlineIn(30_000, systemClock))
  expect(asked).toEqual([{ states: ['accepted', 'assigned', 'signed'] }])
  expect(meter.text(50_000)).toContain('\nchancery_payments_waiting 2\n')
  expect(meter.text(50_000)).toContain('\nchancery_payments_waiting_oldest_seconds 30\n')
})
