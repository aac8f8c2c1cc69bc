/**
 * Keys whose past nobody here knows: they begin with the next epoch, when whoever had them before has stopped (safety rules,
 * "A store behind its witness").
 */
import type { Deadline } from '../base/deadline.ts'
import type { Hex } from '../base/bytes.ts'
import type { KeyRecord } from '../core/key.ts'
import type { LastAttestation, LastBlock, ProtectionRaise, ProtectionRow } from '../core/protection.ts'
import type { BeaconTiming } from '../core/validators.ts'
import { protectedKeys, scopeOf } from './find.ts'
import { recordRaises } from './recording.ts'
import type { ProtectingRooms } from './rooms.ts'
import { epochAt, slotAt } from './timing.ts'

/** A validator of whom it is not known what it signed: neither, or blocks alone, or attestations alone. */
export interface Unknown {
  readonly publicKey: Hex
  readonly of: readonly (keyof Floor)[]
}

export function unknownAltogether(publicKey: Hex): Unknown {
  return { publicKey, of: ['block', 'attestation'] }
}

/** What a row, or what comes in for one, does not say. */
export function unknownIn(publicKey: Hex, told: Partial<Floor> | undefined): readonly Unknown[] {
  const of = (['block', 'attestation'] as const).filter((kind) => told?.[kind] === undefined)
  return of.length === 0 ? [] : [{ publicKey, of }]
}

/**
 * Raises to the epoch after the clock's, and to the slot an epoch after its own. Before genesis nobody has signed anything, and
 * nothing is raised.
 * @throws Failed `clock-in-doubt`: a clock that is behind would raise too little
 */
async function nextEpochRaises(
  rooms: Pick<ProtectingRooms, 'agreedTime'>,
  timing: BeaconTiming,
  unknown: readonly Unknown[],
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

/** To be recorded before any of the keys can sign. What is known of them stays as it is. */
export async function protectNewKeys(
  rooms: Pick<ProtectingRooms, 'agreedTime' | 'recorder' | 'clock'>,
  timing: BeaconTiming,
  unknown: readonly Unknown[],
  actor: string,
  deadline: Deadline,
): Promise<void> {
  const raises = await nextEpochRaises(rooms, timing, unknown, deadline)
  await recordRaises(rooms, raises, { actor, reason: 'new-key' }, deadline)
}

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

export type StandingKey = Pick<KeyRecord, 'publicKey' | 'backSince'>

/**
 * What was signed and lost lies below the epoch after the one in which the last gap was accepted: that is where the rows of
 * these keys begin, as far as they have one; and so it is with what was signed elsewhere before a key came back. Answers what
 * no row tells.
 */
export async function raiseAboveGaps(
  rooms: Pick<ProtectingRooms, 'store' | 'recorder' | 'clock'>,
  timing: BeaconTiming,
  keys: readonly StandingKey[],
  actor: string,
  deadline: Deadline,
): Promise<readonly Unknown[]> {
  const gap = (await rooms.store.acceptedGaps(deadline)).at(-1)
  const [unknown, gaps, returns]: [Unknown[], ProtectionRaise[], ProtectionRaise[]] = [[], [], []]
  for (let at = 0; at < keys.length; at += mostRows) {
    const some = keys.slice(at, at + mostRows)
    const scopes = some.map(({ publicKey }) => scopeOf(publicKey, timing))
    const held = new Map((await rooms.store.protection(scopes, deadline)).map((row) => [row.scope, row]))
    for (const [index, { publicKey, backSince }] of some.entries()) {
      const row = held.get(scopes[index] ?? '')
      unknown.push(...unknownIn(publicKey, row))
      if (row === undefined) continue
      gaps.push(...raisesAbove(row, gap && floorAt(timing, gap.at)))
      returns.push(...raisesAbove(row, backSince === undefined ? undefined : floorAt(timing, Date.parse(backSince))))
    }
  }
  await recordRaises(rooms, gaps, { actor, reason: 'gap' }, deadline)
  await recordRaises(rooms, returns, { actor, reason: 'new-key' }, deadline)
  return unknown
}

function raisesAbove(row: ProtectionRow, floor: Floor | undefined): readonly ProtectionRaise[] {
  return floor !== undefined && isBelow(row, floor) ? [{ scope: row.scope, ...floor }] : []
}

interface Floor {
  readonly block: LastBlock
  readonly attestation: LastAttestation
}

/**
 * The furthest that anybody could have signed by then who keeps to safety rule 9: an attestation for the next epoch, a block
 * for the slot an epoch after the clock's, which lies in the midst of the next. Undefined before genesis.
 */
function floorAt(timing: BeaconTiming, time: number): Floor | undefined {
  const slot = slotAt(timing, time)
  if (slot < 0n) return undefined
  const epoch = epochAt(timing, time) + 1n
  return { block: { slot: slot + BigInt(timing.slotsPerEpoch) }, attestation: { source: epoch, target: epoch } }
}

function isBelow({ block, attestation }: ProtectionRow, floor: Floor): boolean {
  return (
    block === undefined ||
    attestation === undefined ||
    block.slot < floor.block.slot ||
    attestation.source < floor.attestation.source ||
    attestation.target < floor.attestation.target
  )
}

/** History may be lost: every protected key of every network begins anew. */
export async function raiseAfterGap(
  rooms: ProtectingRooms,
  actor: string,
  reason: 'gap' | 'repair' | 'thaw',
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
