/**
 * Keys whose past nobody here knows: they begin with the next epoch, when whoever had them before has stopped (safety rules,
 * "A store behind its witness").
 */
import type { Deadline } from '../base/deadline.ts'
import type { Hex } from '../base/bytes.ts'
import type { ProtectionEntry } from '../core/entries.ts'
import type { ProtectionRaise } from '../core/protection.ts'
import type { BeaconTiming } from '../core/validators.ts'
import { protectedKeys, scopeOf } from './find.ts'
import { floorAt, type Floor } from './floor.ts'
import { recordRaises } from './recording.ts'
import type { ProtectingRooms } from './rooms.ts'

/** A validator of whom it is not known what it signed: neither, or blocks alone, or attestations alone. */
export interface UnknownPast {
  readonly publicKey: Hex
  readonly of: readonly (keyof Floor)[]
}

export function unknownAltogether(publicKey: Hex): UnknownPast {
  return { publicKey, of: ['block', 'attestation'] }
}

/** What a row, or what comes in for one, does not say. */
export function unknownIn(publicKey: Hex, told: Partial<Floor> | undefined): readonly UnknownPast[] {
  const of = (['block', 'attestation'] as const).filter((kind) => told?.[kind] === undefined)
  return of.length === 0 ? [] : [{ publicKey, of }]
}

/** @throws Failed `clock-in-doubt`: a clock that is behind would raise too little */
async function nextEpochRaises(
  rooms: Pick<ProtectingRooms, 'agreedTime'>,
  timing: BeaconTiming,
  unknown: readonly UnknownPast[],
  deadline: Deadline,
): Promise<readonly ProtectionRaise[]> {
  if (unknown.length === 0) return []
  const floor = floorAt(timing, await rooms.agreedTime(deadline))
  if (floor === undefined) return []
  const { block, attestation } = floor
  return unknown.map(({ publicKey, of }) => ({
    scope: scopeOf(publicKey, timing),
    ...(of.includes('block') && { block }),
    ...(of.includes('attestation') && { attestation }),
  }))
}

/**
 * To be recorded before any of the keys can sign. What is known of them stays as it is.
 * @throws Failed `clock-in-doubt`, store and recorder faults
 */
export async function protectNewKeys(
  rooms: Pick<ProtectingRooms, 'agreedTime' | 'recorder' | 'clock'>,
  timing: BeaconTiming,
  unknown: readonly UnknownPast[],
  actor: string,
  deadline: Deadline,
): Promise<void> {
  const raises = await nextEpochRaises(rooms, timing, unknown, deadline)
  await recordRaises(rooms, raises, { actor, reason: 'new-key' }, deadline)
}

/**
 * History may be lost: every protected key of every network begins anew. Answers how many rows it raised.
 * @throws Failed `clock-in-doubt`, store and recorder faults
 */
export async function raiseAfterGap(
  rooms: ProtectingRooms,
  actor: string,
  reason: Extract<ProtectionEntry['reason'], 'gap' | 'repair' | 'thaw'>,
  deadline: Deadline,
): Promise<number> {
  let raised = 0
  for (const timing of rooms.timings.values()) {
    const unknown = protectedKeys(rooms, timing.network).map((key) => unknownAltogether(key.publicKey))
    const raises = await nextEpochRaises(rooms, timing, unknown, deadline)
    await recordRaises(rooms, raises, { actor, reason }, deadline)
    raised += raises.length
  }
  return raised
}
