/** What an intent does, in the terms that policy judges, and what slashing protection takes for it. */
import { toHex } from '../../base/bytes.ts'
import type { Claim } from '../../core/claim.ts'
import type { Facts } from '../../core/facts.ts'
import type { PublicKey } from '../../core/key.ts'
import { protectionScope } from '../../core/protection.ts'
import type { ConsensusIntent, DutyIntent } from './intent.ts'
import type { ConsensusNetwork } from './networks.ts'

export function facts(intent: ConsensusIntent, publicKey: PublicKey): Facts {
  if (intent.kind === 'root') return { effects: [{ kind: 'opaque' }], claims: [] }
  const notBefore = earliest(intent)
  return {
    network: intent.network,
    effects: intent.message.effects,
    claims: claimsOf(intent, publicKey),
    ...(notBefore !== undefined && { notBefore }),
  }
}

/** EIP-3076 knows two things that must not be said twice. Their root is the signing root, as in interchange files. */
function claimsOf({ operation, message, beacon, signingRoot }: DutyIntent, publicKey: PublicKey): readonly Claim[] {
  const { slot, vote } = message
  if (operation !== 'sign:block' && vote === undefined) return []
  const scope = protectionScope(toHex(publicKey.bytes), beacon.genesisValidatorsRoot)
  const root = toHex(signingRoot)
  if (vote !== undefined) return [{ kind: 'attestation', scope, ...vote, root }]
  return slot === undefined ? [] : [{ kind: 'block', scope, slot, root }]
}

/**
 * Milliseconds since 1970. What is remembered is taken one epoch before its own time; what binds nothing from the first slot
 * of an epoch that lies so many before its own, because clients prepare epoch by epoch.
 */
function earliest({ message, duty, beacon, operation }: DutyIntent): number | undefined {
  const times = [
    ...(message.slot === undefined
      ? []
      : [timeOfSlot(message.slot, operation === 'sign:block' || message.vote !== undefined, beacon)]),
    ...(message.epoch === undefined ? [] : [timeOfEpoch(Number(message.epoch), beacon)]),
  ]
  return times.length === 0 ? undefined : Math.max(...times) - duty.epochsAhead * epochLength(beacon)
}

function timeOfSlot(slot: bigint, exactly: boolean, beacon: ConsensusNetwork): number {
  const { slotsPerEpoch } = beacon.preset
  if (!exactly) return timeOfEpoch(Math.floor(Number(slot) / slotsPerEpoch), beacon)
  return beacon.genesisTime * 1000 + Number(slot) * beacon.slotDuration
}

/** A number beyond 2^53 is imprecise, and far beyond any clock. */
function timeOfEpoch(epoch: number, beacon: ConsensusNetwork): number {
  return beacon.genesisTime * 1000 + epoch * epochLength(beacon)
}

function epochLength({ preset, slotDuration }: ConsensusNetwork): number {
  return preset.slotsPerEpoch * slotDuration
}
