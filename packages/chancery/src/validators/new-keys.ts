/**
 * Keys whose past nobody here knows: they begin with the next epoch, when whoever had them before has stopped (safety rules,
 * "A store behind its witness").
 */
import type { Deadline } from '../base/deadline.ts'
import type { Hex } from '../base/bytes.ts'
import type { LastAttestation, LastBlock, ProtectionRaise, ProtectionRow } from '../core/protection.ts'
import type { BeaconTiming } from '../core/validators.ts'
import { protectedKeys, scopeOf } from './find.ts'
import { recordRaises } from './recording.ts'
import type { ValidatorRooms } from './rooms.ts'
import { epochAt, firstSlot } from './timing.ts'

/**
 * Raises to the epoch after the clock's, and its first slot. Before genesis nobody has signed anything, and nothing is raised.
 * @throws Failed `clock-in-doubt`: a clock that is behind would raise too little
 */
async function nextEpochRaises(
  rooms: Pick<ValidatorRooms, 'agreedTime'>,
  timing: BeaconTiming,
  publicKeys: readonly Hex[],
  deadline: Deadline,
): Promise<readonly ProtectionRaise[]> {
  if (publicKeys.length === 0) return []
  const raise = floorAt(timing, await rooms.agreedTime(deadline))
  if (raise === undefined) return []
  return publicKeys.map((publicKey) => ({ scope: scopeOf(publicKey, timing), ...raise }))
}

/** To be recorded before any of the keys can sign. */
export async function protectNewKeys(
  rooms: ValidatorRooms,
  timing: BeaconTiming,
  publicKeys: readonly Hex[],
  actor: string,
  deadline: Deadline,
): Promise<void> {
  const raises = await nextEpochRaises(rooms, timing, publicKeys, deadline)
  await recordRaises(rooms, raises, { actor, reason: 'new-key' }, deadline)
}

/** Keys read at a time, some 10 ms. */
const mostRows = 500

/**
 * At the start: what another configuration left open. Keys that have no row on a network they serve are protected like new
 * ones: it was not configured when they came in. Rows that lie below the last accepted gap are raised above it: it was not
 * configured when the gap was accepted.
 * @throws Failed `clock-in-doubt` where there are keys without a row, store and recorder faults
 */
export async function protectStanding(rooms: ValidatorRooms, deadline: Deadline): Promise<void> {
  for (const timing of rooms.timings.values()) {
    const publicKeys = protectedKeys(rooms, timing.network).map((key) => key.publicKey)
    const rowless = await raiseAboveGaps(rooms, timing, publicKeys, 'service', deadline)
    await protectNewKeys(rooms, timing, rowless, 'service', deadline)
  }
}

/**
 * What was signed and lost lies below the epoch after the one in which the last gap was accepted: that is where the rows of
 * these keys begin, as far as they have one. Answers the keys without.
 */
export async function raiseAboveGaps(
  rooms: Pick<ValidatorRooms, 'store' | 'recorder' | 'clock'>,
  timing: BeaconTiming,
  publicKeys: readonly Hex[],
  actor: string,
  deadline: Deadline,
): Promise<readonly Hex[]> {
  const gap = (await rooms.store.acceptedGaps(deadline)).at(-1)
  const floor = gap && floorAt(timing, gap.at)
  const rowless: Hex[] = []
  const raises: ProtectionRaise[] = []
  for (let at = 0; at < publicKeys.length; at += mostRows) {
    const some = publicKeys.slice(at, at + mostRows)
    const scopes = some.map((publicKey) => scopeOf(publicKey, timing))
    const held = new Map((await rooms.store.protection(scopes, deadline)).map((row) => [row.scope, row]))
    rowless.push(...some.filter((_, index) => !held.has(scopes[index] ?? '')))
    if (floor) for (const row of held.values()) if (isBelow(row, floor)) raises.push({ scope: row.scope, ...floor })
  }
  await recordRaises(rooms, raises, { actor, reason: 'gap' }, deadline)
  return rowless
}

interface Floor {
  readonly block: LastBlock
  readonly attestation: LastAttestation
}

/** Undefined before genesis. */
function floorAt(timing: BeaconTiming, time: number): Floor | undefined {
  const epoch = epochAt(timing, time) + 1n
  if (epoch <= 0n) return undefined
  return { block: { slot: firstSlot(timing, epoch) }, attestation: { source: epoch, target: epoch } }
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
  rooms: ValidatorRooms,
  actor: string,
  reason: 'gap' | 'repair',
  deadline: Deadline,
): Promise<number> {
  let raised = 0
  for (const timing of rooms.timings.values()) {
    const publicKeys = protectedKeys(rooms, timing.network).map((key) => key.publicKey)
    const raises = await nextEpochRaises(rooms, timing, publicKeys, deadline)
    await recordRaises(rooms, raises, { actor, reason }, deadline)
    raised += raises.length
  }
  return raised
}
