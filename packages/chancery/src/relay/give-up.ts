/** Payments of wallets that an old signer pays from again: what holds no claim yet is given up, halted or not. */
import { deadlineIn } from '../base/deadline.ts'
import type { Refused } from '../core/errors.ts'
import type { TransactionRow } from '../core/store.ts'
import { endOf } from './payment.ts'
import type { RelayRooms } from './rooms.ts'
import { fail, stepLimit } from './write.ts'

/** @returns those that go on, and the others as failed */
export async function giveUpEnded(
  rooms: RelayRooms,
  rows: readonly TransactionRow[],
): Promise<readonly TransactionRow[]> {
  const snapshot = rooms.state.current()
  const ended = rows.some((row) => row.state === 'accepted' && endOf(rooms, row, snapshot) !== undefined)
  return ended ? Promise.all(await afterRefresh(rooms, rows)) : rows
}

/** A process that was away may know an older state, in which a payment of today would seem to have ended. */
async function afterRefresh(
  rooms: RelayRooms,
  rows: readonly TransactionRow[],
): Promise<readonly Promise<TransactionRow>[]> {
  const snapshot = await rooms.state.refresh(deadlineIn(stepLimit, rooms.clock))
  return rows.map(async (row) => {
    const end: Refused | undefined = row.state === 'accepted' ? endOf(rooms, row, snapshot) : undefined
    return end === undefined ? row : fail(rooms, row, end)
  })
}
