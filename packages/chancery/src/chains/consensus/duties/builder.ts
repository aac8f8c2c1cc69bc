/** Registrations, and what builders and their committees sign. https://github.com/ethereum/builder-specs */
import { toHex } from '../../../base/bytes.ts'
import { validatorRegistration as registration } from '../containers/execution.ts'
import {
  builderRequestAuth as requestAuth,
  executionPayloadBid as bid,
  payloadAttestationData,
  proposerPreferences as preferences,
} from '../containers/gloas.ts'
import { rootOf } from '../ssz/form.ts'
import { requireOwnKey } from './account.ts'
import { dutyEffect, readAs, readVersioned, shownFields, type Duty } from './duty.ts'

export const validatorRegistration: Duty = {
  operation: 'sign:registration',
  fields: ['validator_registration'],
  schema: registration.schema,
  domain: '0x00000001',
  domainRule: 'genesis',
  urgency: 0,
  epochsAhead: 1,
  read(payload, where, reading) {
    const { value, root } = readAs(registration, payload, where)
    requireOwnKey(value.pubkey, `${where}.pubkey`, reading)
    const to = toHex(value.fee_recipient)
    const effects = [dutyEffect('VALIDATOR_REGISTRATION'), { kind: 'earnings', to }] as const
    return { root, effects, summary: shownFields(value) }
  },
}

/** For slots of the next epoch, so of up to two epochs less one slot ahead. */
export const proposerPreferences: Duty = {
  operation: 'sign:registration',
  fields: ['proposer_preferences'],
  schema: { type: 'object', description: '`{version, data}`, or the data alone: ProposerPreferences' },
  domain: '0x0D000000',
  domainRule: 'request',
  urgency: 0,
  epochsAhead: 2,
  read(payload, where) {
    const { value, root, shownVersion } = readVersioned(preferences, payload, where)
    const to = toHex(value.fee_recipient)
    const effects = [dutyEffect('PROPOSER_PREFERENCES'), { kind: 'earnings', to }] as const
    return { root, slot: value.proposal_slot, effects, summary: { ...shownVersion, ...shownFields(value) } }
  },
}

const builderDomain = '0x0B000000'

export const executionPayloadBid: Duty = {
  operation: 'sign:builder',
  fields: ['execution_payload_bid'],
  schema: { type: 'object', description: '`{version, data}`, or the data alone: an ExecutionPayloadBid' },
  domain: builderDomain,
  domainRule: 'request',
  urgency: 0,
  epochsAhead: 1,
  read(payload, where) {
    const { value, root, shownVersion } = readVersioned(bid, payload, where)
    const { blob_kzg_commitments, ...rest } = value
    const commitments = bid.fields.blob_kzg_commitments
    return {
      root,
      slot: value.slot,
      effects: [dutyEffect('EXECUTION_PAYLOAD_BID')],
      summary: {
        ...shownVersion,
        ...shownFields(rest),
        blob_kzg_commitments_count: blob_kzg_commitments.length,
        blob_kzg_commitments_root: toHex(rootOf(commitments, blob_kzg_commitments)),
      },
    }
  },
}

export const executionPayloadEnvelope: Duty = {
  operation: 'sign:builder',
  fields: ['execution_payload_envelope'],
  schema: { type: 'object', description: '`{version, data}`, or the data alone: an ExecutionPayloadEnvelope' },
  domain: builderDomain,
  domainRule: 'request',
  urgency: 0,
  epochsAhead: 1,
  read(payload, where, { network }) {
    const { value, root, shownVersion } = readVersioned(network.containers.executionPayloadEnvelope, payload, where)
    const { payload: execution, builder_index, beacon_block_root, parent_beacon_block_root } = value
    return {
      root,
      slot: execution.slot_number,
      effects: [dutyEffect('EXECUTION_PAYLOAD_ENVELOPE')],
      summary: {
        ...shownVersion,
        ...shownFields({ builder_index, beacon_block_root, parent_beacon_block_root }),
        slot_number: String(execution.slot_number),
        block_hash: toHex(execution.block_hash),
        block_number: String(execution.block_number),
        fee_recipient: toHex(execution.fee_recipient),
        execution_payload_envelope_root: toHex(root),
      },
    }
  },
}

/** The data is what the builder's API gave to sign, such as a request's own hash. */
export const builderRequestAuth: Duty = {
  operation: 'sign:builder',
  fields: ['builder_request_auth'],
  schema: { type: 'object', description: '`{version, data}`, or the data alone: a BuilderRequestAuth' },
  domain: '0x0B000001',
  domainRule: 'genesis',
  urgency: 0,
  epochsAhead: 1,
  read(payload, where) {
    const { value, root, shownVersion } = readVersioned(requestAuth, payload, where)
    const long = value.data.length > 256
    return {
      root,
      slot: value.slot,
      effects: [dutyEffect('BUILDER_REQUEST_AUTH')],
      summary: {
        ...shownVersion,
        slot: String(value.slot),
        ...(long ? { data_root: toHex(rootOf(requestAuth.fields.data, value.data)) } : { data: toHex(value.data) }),
      },
    }
  },
}

export const payloadAttestationMessage: Duty = {
  operation: 'sign:payload-attestation',
  fields: ['payload_attestation_message'],
  ofAnyKey: true,
  schema: { type: 'object', description: '`{version, data}`, or the data alone: PayloadAttestationData' },
  domain: '0x0C000000',
  domainRule: 'request',
  urgency: 1,
  epochsAhead: 1,
  read(payload, where) {
    const { value, root, shownVersion } = readVersioned(payloadAttestationData, payload, where)
    const summary = { ...shownVersion, ...shownFields(value) }
    return { root, slot: value.slot, effects: [dutyEffect('PAYLOAD_ATTESTATION_MESSAGE')], summary }
  },
}
