/** Fulu changed none of it. https://github.com/ethereum/consensus-specs/blob/master/specs/electra/beacon-chain.md#containers */
import { bitList, bitVector } from '../ssz/bits.ts'
import { container } from '../ssz/container.ts'
import { uint64 } from '../ssz/form.ts'
import { list, uint64List } from '../ssz/lists.ts'
import { altairBody } from './altair.ts'
import { blsToExecutionChanges, kzgCommitment, maxBlobCommitments, payloads } from './execution.ts'
import {
  aggregateAndProofOf,
  attestationData,
  attesterSlashingOf,
  bytes32,
  executionAddress,
  publicKey,
  signature,
} from './phase0.ts'
import type { Preset } from './preset.ts'

/** Validators of all committees of a slot. */
export function attestersOf({ maxCommitteesPerSlot }: Preset): number {
  return 2048 * maxCommitteesPerSlot
}

function attestationOf(preset: Preset) {
  return container({
    aggregation_bits: bitList(attestersOf(preset)),
    data: attestationData,
    signature,
    committee_bits: bitVector(preset.maxCommitteesPerSlot),
  })
}

export function electraAggregateAndProof(preset: Preset) {
  return aggregateAndProofOf(attestationOf(preset))
}

export const maxDepositRequests = 8192

export const depositRequest = container({
  pubkey: publicKey,
  withdrawal_credentials: bytes32,
  amount: uint64,
  signature,
  index: uint64,
})

export const withdrawalRequest = container({
  source_address: executionAddress,
  validator_pubkey: publicKey,
  amount: uint64,
})

export const consolidationRequest = container({
  source_address: executionAddress,
  source_pubkey: publicKey,
  target_pubkey: publicKey,
})

export function electraBody(preset: Preset) {
  const requests = container({
    deposits: list(depositRequest, maxDepositRequests),
    withdrawals: list(withdrawalRequest, 16),
    consolidations: list(consolidationRequest, 2),
  })
  return container({
    ...altairBody(preset),
    attester_slashings: list(attesterSlashingOf(uint64List(uint64, attestersOf(preset))), 1),
    attestations: list(attestationOf(preset), 8),
    execution_payload: payloads(preset).deneb,
    bls_to_execution_changes: blsToExecutionChanges,
    blob_kzg_commitments: list(kzgCommitment, maxBlobCommitments),
    execution_requests: requests,
  })
}
