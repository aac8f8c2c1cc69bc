/** Before a duty is recorded: whether its keys are protected at all, on the network that this is about. */
import { atMost } from '../base/deadline.ts'
import type { Call } from '../core/call.ts'
import { commitLimit } from '../core/recorder.ts'
import type { Attempt } from './attempt.ts'
import type { SigningRooms } from './rooms.ts'

/** Of uses on one network. Undefined, as nearly always, where there is nothing to wait for. @throws Failed */
export function protectUsed(
  rooms: Pick<SigningRooms, 'protectUsed'>,
  uses: readonly Pick<Attempt, 'judged' | 'duties'>[],
  { deadline }: Call,
): Promise<void> | undefined {
  const claiming = uses.filter(({ duties }) => duties.length > 0)
  const network = claiming[0]?.judged.intent.network
  if (network === undefined) return undefined
  const keys = claiming.map(({ judged }) => judged.key)
  return rooms.protectUsed?.(network, keys, atMost(deadline, commitLimit))
}
