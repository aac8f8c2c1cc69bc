/** Writing down how a row stands: each version in a round of its own, with the entry that says so. */
import { deadlineIn } from '../base/deadline.ts'
import { canonical, type JsonObject } from '../base/json.ts'
import { Failed, type Refused } from '../core/errors.ts'
import type { TransactionRow } from '../core/store.ts'
import type { RelayRooms } from './rooms.ts'
import { errorMember, failedItem, nextRow, rowItem, versionsOf } from './row.ts'

/** The longest one step of one transaction may take, in milliseconds. */
export const stepLimit = 10_000

export async function update(
  rooms: RelayRooms,
  row: TransactionRow,
  change: Parameters<typeof nextRow>[2],
): Promise<TransactionRow> {
  const next = nextRow(row, rooms.clock.now(), change)
  await write(rooms, next)
  return next
}

/** Writes down why a row waits, once: the same reason every second would only fill the register. */
export async function note(rooms: RelayRooms, row: TransactionRow, body: JsonObject): Promise<TransactionRow> {
  const next = nextRow(row, rooms.clock.now(), { body })
  if (canonical(next.body) === canonical(row.body)) return row
  await write(rooms, next)
  return next
}

/** Instead of signing it. */
export function noteWaiting(rooms: RelayRooms, row: TransactionRow, why: Refused): Promise<TransactionRow> {
  return noteUnsigned(rooms, row, why)
}

/** Of a payment that is under way already, it is its replacement that is not signed. */
export function noteUnsigned(rooms: RelayRooms, row: TransactionRow, why: unknown): Promise<TransactionRow> {
  const error = errorMember(why)
  return note(rooms, row, versionsOf(row).length > 0 ? { replacementError: error } : { error })
}

/** Only while nothing is claimed for it: from then on nothing can be. */
export async function fail(rooms: RelayRooms, row: TransactionRow, error: unknown): Promise<TransactionRow> {
  const next = nextRow(row, rooms.clock.now(), { state: 'failed', body: { error: errorMember(error) } })
  await write(rooms, next, failedItem)
  return next
}

async function write(rooms: RelayRooms, row: TransactionRow, itemOf = rowItem): Promise<void> {
  const recorded = await rooms.recorder.record(itemOf(rooms, row), deadlineIn(stepLimit, rooms.clock))
  if (recorded.status !== 'recorded')
    throw new Failed('internal', `${row.id} was changed by another process in the meantime`)
}

export async function current(rooms: RelayRooms, row: TransactionRow): Promise<TransactionRow> {
  const found = await rooms.store.transaction(row.id, deadlineIn(stepLimit, rooms.clock))
  if (found === undefined) throw new Failed('store-corrupt', `The row of ${row.id} is missing`)
  return found
}
