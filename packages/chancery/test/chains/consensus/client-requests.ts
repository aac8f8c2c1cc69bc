/**
 * Requests in the shape in which each validator client sends them: names of fields, spelling of the root, what stands beside
 * the payload, which Accept header. Values are of Sepolia where a shape needs Gloas, else of mainnet.
 */
import { toHex, type Hex } from '../../../src/base/bytes.ts'
import type { JsonObject } from '../../../src/base/json.ts'
import { mainnetForkInfo, mainnetRoot, publicKey } from './signing.ts'

export interface ClientRequest {
  readonly client: 'Lodestar' | 'Teku' | 'Prysm' | 'Lighthouse' | 'Nimbus' | 'Vero' | 'SSV'
  /** Absent where the client sends none. */
  readonly accept?: string
  /** Where the client puts the root it came to; absent where it sends none. */
  readonly root?: 'signingRoot' | 'signing_root'
  readonly body: JsonObject & { readonly type: string }
  /** For what has no fork_info. */
  readonly network?: 'beacon:mainnet' | 'beacon:sepolia'
}

const root = (digit: string): Hex => `0x${digit.repeat(64)}`
const signature: Hex = `0x${'b3'.repeat(96)}`
const pubkey = toHex(publicKey.bytes)

export const epoch = 412_500
export const slot = epoch * 32 + 1

const attestationData = {
  slot: String(slot),
  index: '0',
  beacon_block_root: root('1'),
  source: { epoch: String(epoch - 1), root: root('2') },
  target: { epoch: String(epoch), root: root('3') },
}

const blockHeader = {
  slot: String(slot),
  proposer_index: '4666673844721362956',
  parent_root: root('4'),
  state_root: root('5'),
  body_root: root('6'),
}

const electraAggregate = {
  aggregator_index: '123456',
  aggregate: {
    aggregation_bits: '0xffffffffffffff1f',
    data: attestationData,
    signature,
    committee_bits: '0x0100000000000000',
  },
  selection_proof: signature,
}

const { committee_bits: _, ...phase0Attestation } = electraAggregate.aggregate
const phase0Aggregate = { ...electraAggregate, aggregate: phase0Attestation }

const contribution = {
  aggregator_index: '11',
  contribution: {
    slot: String(slot),
    beacon_block_root: root('1'),
    subcommittee_index: '3',
    aggregation_bits: '0xffffffffffffffffffffffffffffff7f',
    signature,
  },
  selection_proof: signature,
}

const registration = {
  fee_recipient: '0x388c818ca8b9251b393131c08a736a67ccb19297',
  gas_limit: '45000000',
  timestamp: '1763700000',
  pubkey,
}

/** Lodestar's fork.epoch is that of what is signed, so that the previous version is never taken. */
const lodestarForkInfo = {
  fork: { previous_version: '0x06000000', current_version: '0x06000000', epoch: String(epoch) },
  genesis_validators_root: mainnetRoot,
}

const sepoliaForkInfo = {
  fork: { previous_version: '0x90000075', current_version: '0x90000076', epoch: '353024' },
  genesis_validators_root: '0xd8ea171f3c94aea21ebc42a1ed61052acf3f9209c00e4efbaaddac09ed9b8078',
}
const gloasSlot = String(353_024 * 32 + 5)

const gloasBid = {
  parent_block_hash: root('1'),
  parent_block_root: root('2'),
  block_hash: root('3'),
  prev_randao: root('4'),
  fee_recipient: registration.fee_recipient,
  gas_limit: '60000000',
  builder_index: '18446744073709551615',
  slot: gloasSlot,
  value: '0',
  execution_payment: '0',
  blob_kzg_commitments: [`0x${'c0'.repeat(48)}`],
  execution_requests_root: root('7'),
}

const preferences = {
  dependent_root: root('8'),
  proposal_slot: gloasSlot,
  validator_index: '77',
  fee_recipient: registration.fee_recipient,
  target_gas_limit: '60000000',
}

const payloadAttestation = {
  beacon_block_root: root('9'),
  slot: gloasSlot,
  payload_present: true,
  blob_data_available: false,
}

const requests = { deposits: [], withdrawals: [], consolidations: [], builder_deposits: [], builder_exits: [] }

const envelope = {
  payload: {
    parent_hash: root('1'),
    fee_recipient: registration.fee_recipient,
    state_root: root('2'),
    receipts_root: root('3'),
    logs_bloom: `0x${'00'.repeat(256)}`,
    prev_randao: root('4'),
    block_number: '25000000',
    gas_limit: '60000000',
    gas_used: '21000',
    timestamp: '1791295000',
    extra_data: '0x',
    base_fee_per_gas: '7',
    block_hash: root('5'),
    transactions: ['0x02f870'],
    withdrawals: [{ index: '1', validator_index: '2', address: registration.fee_recipient, amount: '3' }],
    blob_gas_used: '0',
    excess_blob_gas: '0',
    block_access_list: '0xc0',
    slot_number: gloasSlot,
  },
  execution_requests: requests,
  builder_index: '18446744073709551615',
  beacon_block_root: root('6'),
  parent_beacon_block_root: root('7'),
}

const fork_info = mainnetForkInfo
const lodestar = { client: 'Lodestar', accept: 'application/json', root: 'signingRoot' } as const
const teku = { client: 'Teku', root: 'signingRoot' } as const
const prysm = { client: 'Prysm', root: 'signingRoot' } as const
const lighthouse = { client: 'Lighthouse', accept: 'application/json', root: 'signingRoot' } as const
const nimbus = { client: 'Nimbus', accept: 'application/json', root: 'signingRoot' } as const
const vero = { client: 'Vero', accept: 'text/plain' } as const
const ssv = { client: 'SSV', root: 'signing_root' } as const

export const clientRequests: readonly ClientRequest[] = [
  { ...lodestar, body: { type: 'ATTESTATION', fork_info: lodestarForkInfo, attestation: attestationData } },
  {
    ...lodestar,
    body: {
      type: 'BLOCK_V2',
      fork_info: lodestarForkInfo,
      beacon_block: { version: 'FULU', block_header: blockHeader },
    },
  },
  {
    ...lodestar,
    network: 'beacon:mainnet',
    body: {
      type: 'BLS_TO_EXECUTION_CHANGE',
      BLS_TO_EXECUTION_CHANGE: {
        validator_index: '1',
        from_bls_pubkey: pubkey,
        to_execution_address: registration.fee_recipient,
      },
    },
  },
  {
    ...lodestar,
    body: {
      type: 'PAYLOAD_ATTESTATION_MESSAGE',
      fork_info: sepoliaForkInfo,
      payload_attestation_message: { version: 'GLOAS', data: payloadAttestation },
    },
  },
  { ...teku, body: { type: 'AGGREGATE_AND_PROOF', fork_info, aggregate_and_proof: electraAggregate } },
  { ...teku, body: { type: 'AGGREGATE_AND_PROOF', fork_info, aggregate_and_proof: phase0Aggregate } },
  { ...teku, body: { type: 'RANDAO_REVEAL', fork_info, randao_reveal: { epoch: String(epoch) } } },
  {
    ...teku,
    network: 'beacon:mainnet',
    body: { type: 'VALIDATOR_REGISTRATION', validator_registration: registration },
  },
  {
    ...prysm,
    body: {
      type: 'AGGREGATE_AND_PROOF_V2',
      fork_info,
      aggregate_and_proof: { version: 'ELECTRA', data: electraAggregate },
    },
  },
  {
    ...prysm,
    body: { type: 'SYNC_COMMITTEE_CONTRIBUTION_AND_PROOF', fork_info, contribution_and_proof: contribution },
  },
  {
    ...prysm,
    body: { type: 'VOLUNTARY_EXIT', fork_info, voluntary_exit: { epoch: String(epoch), validator_index: '5' } },
  },
  {
    ...lighthouse,
    body: { type: 'AGGREGATION_SLOT', fork_info, aggregation_slot: { slot: String(slot + 64) } },
  },
  {
    ...lighthouse,
    body: {
      type: 'SYNC_COMMITTEE_SELECTION_PROOF',
      fork_info,
      sync_aggregator_selection_data: { slot: String(slot + 64), subcommittee_index: '2' },
    },
  },
  {
    ...lighthouse,
    body: {
      type: 'PROPOSER_PREFERENCES',
      fork_info: sepoliaForkInfo,
      proposer_preferences: { version: 'GLOAS', data: preferences },
    },
  },
  {
    ...nimbus,
    body: {
      type: 'BLOCK_V2',
      fork_info,
      beacon_block: { version: 'FULU', block_header: blockHeader },
      proofs: [{ index: '25', proof: [root('a'), root('b'), root('c'), root('d')] }],
    },
  },
  // Nimbus sends fork_info here too; its versions mean nothing for a registration.
  { ...nimbus, body: { type: 'VALIDATOR_REGISTRATION', fork_info, validator_registration: registration } },
  {
    ...vero,
    body: {
      type: 'SYNC_COMMITTEE_MESSAGE',
      fork_info,
      sync_committee_message: { beacon_block_root: root('1'), slot: String(slot) },
    },
  },
  { ...vero, body: { type: 'PROPOSER_PREFERENCES', fork_info: sepoliaForkInfo, proposer_preferences: preferences } },
  {
    ...vero,
    body: { type: 'EXECUTION_PAYLOAD_ENVELOPE', fork_info: sepoliaForkInfo, execution_payload_envelope: envelope },
  },
  {
    ...vero,
    body: {
      type: 'EXECUTION_PAYLOAD_BID',
      fork_info: sepoliaForkInfo,
      execution_payload_bid: { version: 'GLOAS', data: gloasBid },
    },
  },
  {
    ...vero,
    network: 'beacon:sepolia',
    body: {
      type: 'BUILDER_REQUEST_AUTH',
      builder_request_auth: { version: 'GLOAS', data: { data: '0x00ff', slot: gloasSlot } },
    },
  },
  { ...ssv, body: { type: 'ATTESTATION', fork_info, attestation: attestationData } },
  { ...ssv, body: { type: 'AGGREGATE_AND_PROOF', fork_info, aggregate_and_proof: electraAggregate } },
  {
    ...ssv,
    network: 'beacon:mainnet',
    body: {
      type: 'DEPOSIT',
      deposit: {
        pubkey,
        withdrawal_credentials: root('0'),
        amount: '32000000000',
        genesis_fork_version: '0x00000000',
      },
    },
  },
]
