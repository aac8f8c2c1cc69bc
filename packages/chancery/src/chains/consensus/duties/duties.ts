/** Every type of the Remote Signing API. https://github.com/ethereum/remote-signing-api (v1.4.0) */
import { blsToExecutionChange, deposit, voluntaryExit } from './account.ts'
import { aggregateAndProof, aggregationSlot, attestation, randaoReveal } from './attesting.ts'
import { block, blockV2 } from './blocks.ts'
import {
  builderRequestAuth,
  executionPayloadBid,
  executionPayloadEnvelope,
  payloadAttestationMessage,
  proposerPreferences,
  validatorRegistration,
} from './builder.ts'
import type { Duty } from './duty.ts'
import {
  syncCommitteeContributionAndProof,
  syncCommitteeMessage,
  syncCommitteeSelectionProof,
} from './sync-committee.ts'

/** `BLS_TO_EXECUTION_CHANGE` is not in the API: Lodestar sends it. */
export const duties: ReadonlyMap<string, Duty> = new Map([
  ['BLOCK', block],
  ['BLOCK_V2', blockV2],
  ['ATTESTATION', attestation],
  ['AGGREGATION_SLOT', aggregationSlot],
  ['AGGREGATE_AND_PROOF', aggregateAndProof('AGGREGATE_AND_PROOF')],
  ['AGGREGATE_AND_PROOF_V2', aggregateAndProof('AGGREGATE_AND_PROOF_V2')],
  ['RANDAO_REVEAL', randaoReveal],
  ['SYNC_COMMITTEE_MESSAGE', syncCommitteeMessage],
  ['SYNC_COMMITTEE_SELECTION_PROOF', syncCommitteeSelectionProof],
  ['SYNC_COMMITTEE_CONTRIBUTION_AND_PROOF', syncCommitteeContributionAndProof],
  ['VALIDATOR_REGISTRATION', validatorRegistration],
  ['PROPOSER_PREFERENCES', proposerPreferences],
  ['EXECUTION_PAYLOAD_BID', executionPayloadBid],
  ['EXECUTION_PAYLOAD_ENVELOPE', executionPayloadEnvelope],
  ['BUILDER_REQUEST_AUTH', builderRequestAuth],
  ['PAYLOAD_ATTESTATION_MESSAGE', payloadAttestationMessage],
  ['VOLUNTARY_EXIT', voluntaryExit],
  ['DEPOSIT', deposit],
  ['BLS_TO_EXECUTION_CHANGE', blsToExecutionChange],
])

/** Members of a body that carry a payload, of whatever type. */
export const payloadFields: ReadonlySet<string> = new Set([...duties.values()].flatMap(({ fields }) => fields))
