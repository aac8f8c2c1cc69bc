/**
 * Which keys are protected on which networks, as far as this process knows. A key may have come in, or come back, at a process
 * that serves fewer networks: then nobody has protected it on the others, and this is where it is noticed.
 */
import type { Deadline } from '../base/deadline.ts'
import type { Hex } from '../base/bytes.ts'
import type { KeyRecord } from '../core/key.ts'
import type { Network } from '../core/names.ts'
import { protectedKeys } from './find.ts'
import { protectStanding, type StandingKey } from './standing-keys.ts'
import type { ProtectingRooms } from './rooms.ts'

export interface FirstUses {
  /** For whoever has protected these keys himself. */
  noteProtected(network: Network, keys: readonly StandingKey[]): void
  /** All that are here. @throws Failed */
  protectAll(deadline: Deadline): Promise<void>
  /**
   * To be asked before a duty of these keys is recorded. Undefined where nothing is left to do; else what they must not sign is
   * on record when it resolves. @throws Failed `clock-in-doubt`, store and recorder faults
   */
  protect(network: Network, keys: readonly KeyRecord[], deadline: Deadline): Promise<void> | undefined
}

export function createFirstUses(rooms: ProtectingRooms): FirstUses {
  // By network and public key: since when the key was in use that was protected.
  const known = new Map<Network, Map<Hex, string>>([...rooms.timings.keys()].map((network) => [network, new Map()]))
  const noteProtected: FirstUses['noteProtected'] = (network, keys) => {
    const here = known.get(network)
    for (const key of keys) here?.set(key.publicKey, since(key))
  }
  const protectOn = async (network: Network, keys: readonly StandingKey[], deadline: Deadline): Promise<void> => {
    const timing = rooms.timings.get(network)
    if (timing === undefined) return
    await protectStanding(rooms, timing, keys, deadline)
    noteProtected(network, keys)
  }
  return {
    noteProtected,
    protectAll: async (deadline) => {
      for (const network of rooms.timings.keys()) await protectOn(network, protectedKeys(rooms, network), deadline)
    },
    protect: (network, keys, deadline) => {
      const here = known.get(network)
      const fresh = keys.filter((key) => here?.get(key.publicKey) !== since(key))
      return fresh.length === 0 ? undefined : protectOn(network, fresh, deadline)
    },
  }
}

function since({ backSince = '' }: StandingKey): string {
  return backSince
}
