/** Before a duty is recorded: whether its keys are protected at all, on the network that this is about. */
import { atMost } from '../base/deadline.ts'
import type { Call } from '../core/call.ts'
import { commitLimit } from '../core/recorder.ts'
import type { Judged } from './judge.ts'
import type { SigningRooms } from './rooms.ts'

/** Of uses on one network. @throws Failed */
export function protectUsed(
  rooms: Pick<SigningRooms, 'protectUsed'>,
  uses: readonly Pick<Judged, 'key' | 'intent'>[],
  { deadline }: Call,
): Promise<void> | undefined {
  const network = uses[0]?.intent.network
  if (network === undefined) return undefined
  const keys = uses.map(({ key }) => key)
  return rooms.protectUsed?.(network, keys, atMost(deadline, commitLimit))
}
