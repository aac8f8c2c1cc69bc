/** https://github.com/ethereum/consensus-specs/blob/master/specs/altair/beacon-chain.md#containers, and validator.md there */
import { bitVector } from '../ssz/bits.ts'
import { container } from '../ssz/container.ts'
import { uint64 } from '../ssz/form.ts'
import { bytes32, phase0Body, signature } from './phase0.ts'
import type { Preset } from './preset.ts'

const subnets = 4

export const syncAggregatorSelectionData = container({ slot: uint64, subcommittee_index: uint64 })

/** What is sent of a sync committee message: the root alone is signed. */
export const syncCommitteeMessage = container({ beacon_block_root: bytes32, slot: uint64 })

export function contributionAndProof({ syncCommitteeSize }: Preset) {
  const contribution = container({
    slot: uint64,
    beacon_block_root: bytes32,
    subcommittee_index: uint64,
    aggregation_bits: bitVector(syncCommitteeSize / subnets),
    signature,
  })
  return container({ aggregator_index: uint64, contribution, selection_proof: signature })
}

export function syncAggregate({ syncCommitteeSize }: Preset) {
  return container({ sync_committee_bits: bitVector(syncCommitteeSize), sync_committee_signature: signature })
}

export function altairBody(preset: Preset) {
  return { ...phase0Body, sync_aggregate: syncAggregate(preset) }
}
