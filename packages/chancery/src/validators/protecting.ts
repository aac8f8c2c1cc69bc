/** Slashing protection of keys that come into use: asked by the flow, the keyring and the freezing, and so made before them. */
import type { Deadline } from '../base/deadline.ts'
import type { KeyRecord } from '../core/key.ts'
import type { Network } from '../core/names.ts'
import { keepCeilings } from './ceilings.ts'
import { createFirstUses, type FirstUses } from './first-uses.ts'
import { protectNewKeys, raiseAfterGap, unknownAltogether } from './new-keys.ts'
import type { ProtectingRooms } from './rooms.ts'

type Arriving = Pick<KeyRecord, 'publicKey' | 'family' | 'kind' | 'network'>

/** Of every method: @throws Failed `clock-in-doubt`, store and recorder faults */
export interface Protecting {
  /**
   * At the start, before anything is signed: what another configuration left open. Keys without a row on a network are
   * protected like new ones, those whose row a gap left behind are raised above it, and a network under a new name keeps its
   * ceiling.
   */
  settle(deadline: Deadline): Promise<void>
  /**
   * Raises every protected key of every network to the epoch after the clock's: to be recorded before an accepted gap lets
   * anything sign. Answers how many rows it raised.
   */
  afterGap(actor: string, deadline: Deadline): Promise<number>
  /** The same before everything that was frozen may sign again: meanwhile it may have signed elsewhere. */
  afterThaw(actor: string, deadline: Deadline): Promise<number>
  /** The same for keys about to come into use with no history; those of other chains are left alone. */
  protectNew(keys: readonly Arriving[], deadline: Deadline): Promise<void>
  /**
   * Asked before a duty of these keys is recorded: they may have come in at a process that does not serve the network. Undefined
   * where they are protected; else they are when it resolves.
   */
  protectUsed(network: Network, keys: readonly KeyRecord[], deadline: Deadline): Promise<void> | undefined
  /** Whether a network of the key's is served here. */
  serves(key: Pick<KeyRecord, 'network'>): boolean
  /** For whoever has protected these keys on the network himself. */
  readonly noteProtected: FirstUses['noteProtected']
}

export function createProtecting(rooms: ProtectingRooms): Protecting {
  const firstUses = createFirstUses(rooms)
  return {
    async settle(deadline) {
      await keepCeilings(rooms, 'service', deadline)
      await firstUses.protectAll(deadline)
    },
    afterGap: (actor, deadline) => raiseAfterGap(rooms, actor, 'gap', deadline),
    afterThaw: (actor, deadline) => raiseAfterGap(rooms, actor, 'thaw', deadline),
    protectNew: (keys, deadline) => protectArriving(rooms, firstUses, keys, deadline),
    protectUsed: firstUses.protect,
    serves: (key) => [...rooms.timings.keys()].some((network) => serves(key, network)),
    noteProtected: firstUses.noteProtected,
  }
}

async function protectArriving(
  rooms: ProtectingRooms,
  firstUses: FirstUses,
  arriving: readonly Arriving[],
  deadline: Deadline,
): Promise<void> {
  const own = arriving.filter(({ family, kind }) => family === rooms.family && kind === 'decoded')
  for (const timing of rooms.timings.values()) {
    const keys = own.filter((key) => serves(key, timing.network))
    const unknown = keys.map(({ publicKey }) => unknownAltogether(publicKey))
    await protectNewKeys(rooms, timing, unknown, 'service', deadline)
    firstUses.noteProtected(timing.network, keys)
  }
}

function serves({ network }: Pick<KeyRecord, 'network'>, wanted: Network): boolean {
  return network === undefined || network === wanted
}
