/** Payments of wallets that an old signer pays from again: what holds no claim yet is given up, halted or not. */
import type { Snapshot } from '../core/state.ts'
import type { TransactionRow } from '../core/store.ts'
import { endOf } from './payment.ts'
import type { RelayRooms } from './rooms.ts'
import { fail } from './write.ts'

/** @returns those that go on, and the others as failed */
export async function giveUpEnded(
  rooms: RelayRooms,
  rows: readonly TransactionRow[],
  snapshot: Snapshot,
): Promise<readonly TransactionRow[]> {
  const goOn = async (row: TransactionRow) => {
    const end = row.state === 'accepted' ? endOf(rooms, row, snapshot) : undefined
    return end === undefined ? row : fail(rooms, row, end)
  }
  return Promise.all(rows.map(goOn))
}
