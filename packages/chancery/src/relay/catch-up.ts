/** What other processes changed, before rows that they took on are judged. */
import { deadlineIn } from '../base/deadline.ts'
import type { Snapshot } from '../core/state.ts'
import type { RelayRooms } from './rooms.ts'
import { stepLimit } from './write.ts'

/**
 * A state no older than any row that was read before the call. Under an older one a payment could fail for good: its client
 * would not be there yet, or its rules would not allow it yet.
 * @throws Failed as `State.refreshIfMoved` does
 */
export async function catchUp({
  state,
  store,
  clock,
}: Pick<RelayRooms, 'state' | 'store' | 'clock'>): Promise<Snapshot> {
  return store.shared ? state.refreshIfMoved(deadlineIn(stepLimit, clock)) : state.current()
}
