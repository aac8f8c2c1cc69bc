/** https://github.com/ethereum/consensus-specs/blob/master/specs/altair/validator.md */
import { toHex } from '../../../base/bytes.ts'
import { syncAggregatorSelectionData, syncCommitteeMessage as message } from '../containers/altair.ts'
import { dutyEffect, readAs, selectionProofEpochs, shownFields, type Duty } from './duty.ts'

const common = { operation: 'sign:sync-committee', domainRule: 'request' } as const

/** The block root itself is what is signed; the slot says only in which fork. */
export const syncCommitteeMessage: Duty = {
  ...common,
  fields: ['sync_committee_message'],
  ofAnyKey: true,
  schema: message.schema,
  domain: '0x07000000',
  urgency: 1,
  epochsAhead: 1,
  read(payload, where) {
    const value = message.read(payload, where)
    return {
      root: value.beacon_block_root,
      slot: value.slot,
      effects: [dutyEffect('SYNC_COMMITTEE_MESSAGE')],
      summary: shownFields(value),
    }
  },
}

export const syncCommitteeSelectionProof: Duty = {
  ...common,
  fields: ['sync_aggregator_selection_data'],
  ofAnyKey: true,
  schema: syncAggregatorSelectionData.schema,
  domain: '0x08000000',
  urgency: 0,
  epochsAhead: selectionProofEpochs,
  read(payload, where) {
    const { value, root } = readAs(syncAggregatorSelectionData, payload, where)
    return {
      root,
      slot: value.slot,
      effects: [dutyEffect('SYNC_COMMITTEE_SELECTION_PROOF')],
      summary: shownFields(value),
    }
  },
}

export const syncCommitteeContributionAndProof: Duty = {
  ...common,
  fields: ['contribution_and_proof'],
  schema: { type: 'object', description: 'a ContributionAndProof' },
  domain: '0x09000000',
  urgency: 0,
  epochsAhead: 1,
  read(payload, where, { network }) {
    const { value, root } = readAs(network.containers.contributionAndProof, payload, where)
    const { aggregator_index, contribution } = value
    return {
      root,
      slot: contribution.slot,
      effects: [dutyEffect('SYNC_COMMITTEE_CONTRIBUTION_AND_PROOF')],
      summary: {
        aggregator_index: String(aggregator_index),
        slot: String(contribution.slot),
        beacon_block_root: toHex(contribution.beacon_block_root),
        subcommittee_index: String(contribution.subcommittee_index),
        aggregation_bits: toHex(contribution.aggregation_bits.bytes),
        contribution_and_proof_root: toHex(root),
      },
    }
  },
}
