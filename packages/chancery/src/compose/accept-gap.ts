/** An administrator accepts that what the witness saw is lost. */
import type { SigningRooms } from '../signing/rooms.ts'
import { closeTrees, holdKeys } from '../keyring/held.ts'
import type { Writer } from '../register/writer.ts'
import type { RunningRelay } from '../relay/relay.ts'
import type { Protecting } from '../validators/protecting.ts'

export interface GapRooms extends Pick<SigningRooms, 'state' | 'clock' | 'agreedTime'> {
  readonly writer: Writer
  readonly acceptedElsewhere: Parameters<RunningRelay['failUnassigned']>[0]
  readonly relay: RunningRelay
  readonly protecting: Protecting | undefined
}

/**
 * Relay, validators and trees go on as if all had been done that may have been, before anything signs again. When that was, by
 * the store's clock, is what networks are raised above that are configured later: so it must be right here too.
 */
export function acceptGapOf(rooms: GapRooms): Writer['acceptGap'] {
  const { writer, relay, protecting } = rooms
  return async (by, deadline) => {
    if (writer.status().behind !== undefined) {
      await rooms.agreedTime(deadline)
      await relay.failUnassigned(rooms.acceptedElsewhere)
      await holdKeys(rooms, by.actor, deadline)
      await closeTrees(rooms, by.actor, deadline)
      await protecting?.afterGap(by.actor, deadline)
    }
    await writer.acceptGap(by, deadline)
  }
}
