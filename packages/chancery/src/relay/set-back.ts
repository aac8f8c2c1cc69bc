/** What becomes of open transactions when the store was set back to an older copy. */
import { deadlineIn } from '../base/deadline.ts'
import { Failed } from '../core/errors.ts'
import type { TransactionRow } from '../core/store.ts'
import type { RelayRooms } from './rooms.ts'
import { errorMember, failedItem, nextRow } from './row.ts'

const stepLimit = 10_000
const pageSize = 200
/** Looks before it is given up: a row that changes in between is met again. */
const looks = 1_000

/**
 * Fails every transaction that is accepted and has no nonce. It may have been sent after the copy was made, under a nonce
 * this store knows nothing of: sent now it would get another one, and pay twice. One that has its nonce is safe, the chain
 * takes a nonce once.
 *
 * Another process may accept the same gap meanwhile, and take on new ones at once: so that is asked after each look. What
 * was seen before the acceptance is older than it, and whoever accepted has failed it as well.
 * @throws Failed when they cannot be recorded as failed: then the gap must not be accepted
 */
export async function failUnassigned(rooms: RelayRooms, acceptedElsewhere: () => Promise<boolean>): Promise<void> {
  for (let look = 0; look < looks; look++) {
    const deadline = deadlineIn(stepLimit, rooms.clock)
    const rows = await rooms.store.transactions({ states: ['accepted'] }, { limit: pageSize }, deadline)
    if (rows.length === 0 || (await acceptedElsewhere())) return
    await Promise.all(rows.map((row) => failOne(rooms, row)))
  }
  throw new Failed('internal', 'Open transactions keep changing while they are being given up')
}

async function failOne(rooms: RelayRooms, row: TransactionRow): Promise<void> {
  const why = 'The store was set back: this may have been sent before. Look on the chain before sending it anew'
  const error = errorMember(new Failed('behind-witness', why))
  const failed = nextRow(row, rooms.clock.now(), { state: 'failed', body: { error } })
  const recorded = await rooms.recorder.record(failedItem(rooms, failed), deadlineIn(stepLimit, rooms.clock))
  const moved = recorded.status === 'refused' && recorded.fault.reason === 'version'
  if (recorded.status !== 'recorded' && !moved) {
    throw new Failed('internal', `${row.id} could not be recorded as failed`)
  }
}
