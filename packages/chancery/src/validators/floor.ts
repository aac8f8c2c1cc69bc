/** How far a validator may have signed whose past nobody here knows: there its row begins. */
import type { LastAttestation, LastBlock, ProtectionRaise, ProtectionRow } from '../core/protection.ts'
import type { BeaconTiming } from '../core/validators.ts'
import { epochAt, slotAt } from './timing.ts'

export interface Floor {
  readonly block: LastBlock
  readonly attestation: LastAttestation
}

/**
 * The furthest that anybody could have signed by then who keeps to safety rule 9: an attestation for the next epoch, a block
 * for the slot an epoch after the clock's, which lies in the midst of the next. Undefined before genesis, when nobody has signed
 * anything. `time` is milliseconds since 1970.
 */
export function floorAt(timing: BeaconTiming, time: number): Floor | undefined {
  const slot = slotAt(timing, time)
  if (slot < 0n) return undefined
  const epoch = epochAt(timing, time) + 1n
  return { block: { slot: slot + BigInt(timing.slotsPerEpoch) }, attestation: { source: epoch, target: epoch } }
}

/** Nothing for a row that stands there already. */
export function raisesTo(row: ProtectionRow, floor: Floor | undefined): readonly ProtectionRaise[] {
  return floor !== undefined && isBelow(row, floor) ? [{ scope: row.scope, ...floor }] : []
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
