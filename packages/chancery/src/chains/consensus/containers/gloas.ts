/**
 * https://github.com/ethereum/consensus-specs/blob/master/specs/gloas/beacon-chain.md#containers and
 * https://github.com/ethereum/builder-specs/tree/main/specs/gloas. Where its lists have no limit, the limits here are those
 * of what a block may hold.
 */
import { bitVector, progressiveBitList } from '../ssz/bits.ts'
import { container, progressiveContainer } from '../ssz/container.ts'
import { boolean, uint64 } from '../ssz/form.ts'
import { byteList, progressiveByteList, progressiveList, progressiveUint64List } from '../ssz/lists.ts'
import { syncAggregate } from './altair.ts'
import { attestersOf, consolidationRequest, depositRequest, maxDepositRequests, withdrawalRequest } from './electra.ts'
import {
  blobGas,
  blsToExecutionChange,
  kzgCommitment,
  maxBlobCommitments,
  maxBytesPerTransaction,
  maxTransactionsPerPayload,
  payloadHead,
  withdrawal,
} from './execution.ts'
import {
  aggregateAndProofOf,
  attestationData,
  bodyHead,
  bytes32,
  deposit,
  executionAddress,
  proposerSlashing,
  publicKey,
  signature,
  signed,
  signedVoluntaryExit,
} from './phase0.ts'
import type { Preset } from './preset.ts'

export const payloadAttestationData = container({
  beacon_block_root: bytes32,
  slot: uint64,
  payload_present: boolean,
  blob_data_available: boolean,
})

export const proposerPreferences = container({
  dependent_root: bytes32,
  proposal_slot: uint64,
  validator_index: uint64,
  fee_recipient: executionAddress,
  target_gas_limit: uint64,
})

export const builderRequestAuth = container({ data: byteList(4096), slot: uint64 })

export const executionPayloadBid = progressiveContainer({
  parent_block_hash: bytes32,
  parent_block_root: bytes32,
  block_hash: bytes32,
  prev_randao: bytes32,
  fee_recipient: executionAddress,
  gas_limit: uint64,
  builder_index: uint64,
  slot: uint64,
  value: uint64,
  execution_payment: uint64,
  blob_kzg_commitments: progressiveList(kzgCommitment, maxBlobCommitments),
  execution_requests_root: bytes32,
})

const builderDeposit = container({
  pubkey: publicKey,
  withdrawal_credentials: bytes32,
  amount: uint64,
  signature,
})

const executionRequests = progressiveContainer({
  deposits: progressiveList(depositRequest, maxDepositRequests),
  withdrawals: progressiveList(withdrawalRequest, 16),
  consolidations: progressiveList(consolidationRequest, 2),
  builder_deposits: progressiveList(builderDeposit, 64),
  builder_exits: progressiveList(container({ source_address: executionAddress, pubkey: publicKey }), 16),
})

export function executionPayloadEnvelope({ maxWithdrawalsPerPayload }: Preset) {
  const payload = progressiveContainer({
    ...payloadHead,
    transactions: progressiveList(progressiveByteList(maxBytesPerTransaction), maxTransactionsPerPayload),
    withdrawals: progressiveList(withdrawal, maxWithdrawalsPerPayload),
    ...blobGas,
    block_access_list: progressiveByteList(maxBytesPerTransaction),
    slot_number: uint64,
  })
  return progressiveContainer({
    payload,
    execution_requests: executionRequests,
    builder_index: uint64,
    beacon_block_root: bytes32,
    parent_beacon_block_root: bytes32,
  })
}

function attestationOf(preset: Preset) {
  return progressiveContainer({
    aggregation_bits: progressiveBitList(attestersOf(preset)),
    data: attestationData,
    signature,
    committee_bits: bitVector(preset.maxCommitteesPerSlot),
  })
}

export function gloasAggregateAndProof(preset: Preset) {
  return aggregateAndProofOf(attestationOf(preset))
}

function attesterSlashingOf(preset: Preset) {
  const indices = progressiveUint64List(uint64, attestersOf(preset))
  const indexedAttestation = progressiveContainer({ attesting_indices: indices, data: attestationData, signature })
  return container({ attestation_1: indexedAttestation, attestation_2: indexedAttestation })
}

function payloadAttestationOf({ payloadTimelinessCommitteeSize }: Preset) {
  return progressiveContainer({
    aggregation_bits: bitVector(payloadTimelinessCommitteeSize),
    data: payloadAttestationData,
    signature,
  })
}

export function gloasBody(preset: Preset) {
  return progressiveContainer({
    ...bodyHead,
    proposer_slashings: progressiveList(proposerSlashing, 16),
    attester_slashings: progressiveList(attesterSlashingOf(preset), 1),
    attestations: progressiveList(attestationOf(preset), 8),
    deposits: progressiveList(deposit, 0),
    voluntary_exits: progressiveList(signedVoluntaryExit, 16),
    sync_aggregate: syncAggregate(preset),
    bls_to_execution_changes: progressiveList(signed(blsToExecutionChange), 16),
    signed_execution_payload_bid: signed(executionPayloadBid),
    payload_attestations: progressiveList(payloadAttestationOf(preset), 4),
    parent_execution_requests: executionRequests,
  })
}
