/** Keys that are here, on a network that did not know them before: their rows may be absent, or lie below what was signed. */
import { chunksOf } from '../base/chunks.ts'
import type { Deadline } from '../base/deadline.ts'
import type { KeyRecord } from '../core/key.ts'
import type { ProtectionRaise } from '../core/protection.ts'
import type { BeaconTiming } from '../core/validators.ts'
import { scopeOf } from './find.ts'
import { floorAt, raisesTo } from './floor.ts'
import { protectNewKeys, unknownIn, type UnknownPast } from './new-keys.ts'
import { recordRaises } from './recording.ts'
import type { ProtectingRooms } from './rooms.ts'

export type StandingKey = Pick<KeyRecord, 'publicKey' | 'backSince'>

/** Keys read at a time, some 10 ms. */
const mostRows = 500

/**
 * What another configuration left open, here once or at another process still. Keys that have no row on a network, or half of
 * one, are protected like new ones: nobody knew it when they came in. Rows that lie below the last accepted gap are raised
 * above it, and those of keys that came back into use above the time they did: nobody knew of them then either.
 * @throws Failed `clock-in-doubt` where there are keys without a row, store and recorder faults
 */
export async function protectStanding(
  rooms: Pick<ProtectingRooms, 'store' | 'recorder' | 'clock' | 'agreedTime'>,
  timing: BeaconTiming,
  keys: readonly StandingKey[],
  deadline: Deadline,
): Promise<void> {
  const unknown = await raiseAboveGaps(rooms, timing, keys, 'service', deadline)
  await protectNewKeys(rooms, timing, unknown, 'service', deadline)
}

/**
 * What was signed and lost lies below the epoch after the one in which the last gap was accepted: that is where the rows of
 * these keys begin, as far as they have one; and so it is with what was signed elsewhere before a key came back. Answers what
 * no row tells. @throws Failed store and recorder faults
 */
export async function raiseAboveGaps(
  rooms: Pick<ProtectingRooms, 'store' | 'recorder' | 'clock'>,
  timing: BeaconTiming,
  keys: readonly StandingKey[],
  actor: string,
  deadline: Deadline,
): Promise<readonly UnknownPast[]> {
  const { unknown, gaps, returns } = await readStanding(rooms, timing, keys, deadline)
  await recordRaises(rooms, gaps, { actor, reason: 'gap' }, deadline)
  await recordRaises(rooms, returns, { actor, reason: 'new-key' }, deadline)
  return unknown
}

interface Standing {
  readonly unknown: UnknownPast[]
  /** Above the last accepted gap. */
  readonly gaps: ProtectionRaise[]
  /** Above the time at which a key came back into use. */
  readonly returns: ProtectionRaise[]
}

async function readStanding(
  { store }: Pick<ProtectingRooms, 'store'>,
  timing: BeaconTiming,
  keys: readonly StandingKey[],
  deadline: Deadline,
): Promise<Standing> {
  const gap = (await store.acceptedGaps(deadline)).at(-1)
  const aboveGap = gap && floorAt(timing, gap.at)
  const standing: Standing = { unknown: [], gaps: [], returns: [] }
  for (const some of chunksOf(keys, mostRows)) {
    const scopes = some.map(({ publicKey }) => scopeOf(publicKey, timing))
    const held = new Map((await store.protection(scopes, deadline)).map((row) => [row.scope, row]))
    for (const { publicKey, backSince } of some) {
      const row = held.get(scopeOf(publicKey, timing))
      standing.unknown.push(...unknownIn(publicKey, row))
      if (row === undefined) continue
      standing.gaps.push(...raisesTo(row, aboveGap))
      standing.returns.push(
        ...raisesTo(row, backSince === undefined ? undefined : floorAt(timing, Date.parse(backSince))),
      )
    }
  }
  return standing
}
