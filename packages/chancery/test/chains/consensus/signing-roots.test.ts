import * as params from '@lodestar/params'
import { ssz } from '@lodestar/types'
import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { fromHex, toHex } from '../../../src/base/bytes.ts'
import type { Json, JsonObject } from '../../../src/base/json.ts'
import { hexOf, jsonOf, lodestarRoot, uintText, withBigints } from './lodestar-types.ts'
import { mainnetRoot, publicKey, signingRoot, type Body } from './signing.ts'

const gvr = fromHex(mainnetRoot)
const mainnetGenesis = new Uint8Array(4)
const capella = Uint8Array.of(3, 0, 0, 0)
const own = toHex(publicKey.bytes)

/** As the specification says it, with Lodestar's hashing. */
function expected(root: Uint8Array, domainType: Uint8Array, version: Uint8Array, genesisValidatorsRoot: Uint8Array) {
  const forkData = ssz.phase0.ForkData.hashTreeRoot({ currentVersion: version, genesisValidatorsRoot })
  const domain = Buffer.concat([domainType, forkData.subarray(0, 28)])
  return toHex(ssz.phase0.SigningData.hashTreeRoot({ objectRoot: root, domain }))
}

interface Case {
  readonly name: string
  readonly type: string
  readonly field: string
  readonly lodestar: object & Parameters<typeof lodestarRoot>[0]
  readonly domain: Uint8Array
  readonly epoch: (value: JsonObject) => bigint
  /** The value as the client sends it. */
  readonly wrap?: (value: JsonObject) => Json
  /** Fields that must be the key's own. */
  readonly fix?: (value: JsonObject) => JsonObject
}

const number = (value: Json | undefined): bigint => BigInt(typeof value === 'string' ? value : '')
const slotEpoch = (slot: Json | undefined): bigint => number(slot) / 32n
const at = (value: Json | undefined, ...names: readonly string[]): Json | undefined =>
  names.reduce<Json | undefined>((inner, name) => (inner as JsonObject)[name], value)
const versioned = (version: string) => (data: JsonObject) => ({ version, data })

const aggregates = [
  ['PHASE0', ssz.phase0],
  ['ALTAIR', ssz.phase0],
  ['DENEB', ssz.phase0],
  ['ELECTRA', ssz.electra],
  ['FULU', ssz.electra],
  ['GLOAS', ssz.gloas],
] as const

const blocks = [
  ['PHASE0', ssz.phase0],
  ['ALTAIR', ssz.altair],
  ['BELLATRIX', ssz.bellatrix],
  ['CAPELLA', ssz.capella],
  ['DENEB', ssz.deneb],
  ['ELECTRA', ssz.electra],
  ['FULU', ssz.fulu],
  ['GLOAS', ssz.gloas],
] as const

const header = withBigints(ssz.phase0.BeaconBlockHeader)

const withForkInfo: readonly Case[] = [
  {
    name: 'ATTESTATION',
    type: 'ATTESTATION',
    field: 'attestation',
    lodestar: withBigints(ssz.phase0.AttestationData),
    domain: params.DOMAIN_BEACON_ATTESTER,
    epoch: (value) => number(at(value, 'target', 'epoch')),
  },
  ...aggregates.map(([version, { AggregateAndProof }]) => ({
    name: `AGGREGATE_AND_PROOF_V2 ${version}`,
    type: 'AGGREGATE_AND_PROOF_V2',
    field: 'aggregate_and_proof',
    lodestar: withBigints<typeof AggregateAndProof>(AggregateAndProof),
    domain: params.DOMAIN_AGGREGATE_AND_PROOF,
    epoch: (value: JsonObject) => slotEpoch(at(value, 'aggregate', 'data', 'slot')),
    wrap: versioned(version),
  })),
  ...(
    [
      ['phase0', ssz.phase0.AggregateAndProof],
      ['electra', ssz.electra.AggregateAndProof],
    ] as const
  ).map(([fork, type]) => ({
    name: `AGGREGATE_AND_PROOF bare, ${fork}`,
    type: 'aggregate_and_proof',
    field: 'aggregate_and_proof',
    lodestar: withBigints<typeof type>(type),
    domain: params.DOMAIN_AGGREGATE_AND_PROOF,
    epoch: (value: JsonObject) => slotEpoch(at(value, 'aggregate', 'data', 'slot')),
  })),
  ...['BELLATRIX', 'FULU', 'GLOAS', 'PHASE0', 'A_FORK_TO_COME'].map((version) => ({
    name: `BLOCK_V2 header ${version}`,
    type: 'BLOCK_V2',
    field: 'beacon_block',
    lodestar: header,
    domain: params.DOMAIN_BEACON_PROPOSER,
    epoch: ({ slot }: JsonObject) => slotEpoch(slot),
    wrap: (block_header: JsonObject) => ({ version, block_header }),
  })),
  ...blocks.map(([version, { BeaconBlock }]) => ({
    name: `BLOCK_V2 block ${version}`,
    type: 'BLOCK_V2',
    field: 'beacon_block',
    lodestar: withBigints<typeof BeaconBlock>(BeaconBlock),
    domain: params.DOMAIN_BEACON_PROPOSER,
    epoch: ({ slot }: JsonObject) => slotEpoch(slot),
    wrap: (block: JsonObject) => ({ version, block }),
  })),
  {
    name: 'BLOCK',
    type: 'BLOCK',
    field: 'block',
    lodestar: withBigints(ssz.phase0.BeaconBlock),
    domain: params.DOMAIN_BEACON_PROPOSER,
    epoch: ({ slot }) => slotEpoch(slot),
  },
  {
    name: 'SYNC_COMMITTEE_SELECTION_PROOF',
    type: 'SYNC_COMMITTEE_SELECTION_PROOF',
    field: 'sync_aggregator_selection_data',
    lodestar: withBigints(ssz.altair.SyncAggregatorSelectionData),
    domain: params.DOMAIN_SYNC_COMMITTEE_SELECTION_PROOF,
    epoch: ({ slot }) => slotEpoch(slot),
  },
  {
    name: 'SYNC_COMMITTEE_CONTRIBUTION_AND_PROOF',
    type: 'SYNC_COMMITTEE_CONTRIBUTION_AND_PROOF',
    field: 'contribution_and_proof',
    lodestar: withBigints(ssz.altair.ContributionAndProof),
    domain: params.DOMAIN_CONTRIBUTION_AND_PROOF,
    epoch: (value) => slotEpoch(at(value, 'contribution', 'slot')),
  },
  ...[versioned('GLOAS'), (value: JsonObject) => value].flatMap((wrap, bare) => [
    {
      name: `EXECUTION_PAYLOAD_BID ${bare}`,
      type: 'EXECUTION_PAYLOAD_BID',
      field: 'execution_payload_bid',
      lodestar: withBigints(ssz.gloas.ExecutionPayloadBid),
      domain: params.DOMAIN_BEACON_BUILDER,
      epoch: ({ slot }: JsonObject) => slotEpoch(slot),
      wrap,
    },
    {
      name: `EXECUTION_PAYLOAD_ENVELOPE ${bare}`,
      type: 'EXECUTION_PAYLOAD_ENVELOPE',
      field: 'execution_payload_envelope',
      lodestar: withBigints(ssz.gloas.ExecutionPayloadEnvelope),
      domain: params.DOMAIN_BEACON_BUILDER,
      epoch: (value: JsonObject) => slotEpoch(at(value, 'payload', 'slot_number')),
      wrap,
    },
    {
      name: `PAYLOAD_ATTESTATION_MESSAGE ${bare}`,
      type: 'PAYLOAD_ATTESTATION_MESSAGE',
      field: 'payload_attestation_message',
      lodestar: withBigints(ssz.gloas.PayloadAttestationData),
      domain: params.DOMAIN_PTC_ATTESTER,
      epoch: ({ slot }: JsonObject) => slotEpoch(slot),
      wrap,
    },
    {
      name: `PROPOSER_PREFERENCES ${bare}`,
      type: 'PROPOSER_PREFERENCES',
      field: 'proposer_preferences',
      lodestar: withBigints(ssz.gloas.ProposerPreferences),
      domain: params.DOMAIN_PROPOSER_PREFERENCES,
      epoch: ({ proposal_slot }: JsonObject) => slotEpoch(proposal_slot),
      wrap,
    },
  ]),
]

const forkInfo = fc.record({
  fork: fc.record({ previous_version: hexOf(4, 4), current_version: hexOf(4, 4), epoch: uintText() }),
  genesis_validators_root: fc.constant(mainnetRoot),
})

function versionAt(
  epoch: bigint,
  { fork }: { fork: { previous_version: string; current_version: string; epoch: string } },
) {
  return fromHex(epoch < BigInt(fork.epoch) ? fork.previous_version : fork.current_version)
}

/** A bare aggregate of Electra takes the shape of Gloas where the client says that Gloas is in force. */
const gloasVersion = '0x07000000'

describe.each(withForkInfo)('$name', ({ type, field, lodestar, domain, epoch, wrap = (value) => value }) => {
  test('has the root and the domain of the specification', () => {
    const each = fc.property(jsonOf(lodestar), forkInfo, (json, fork_info) => {
      fc.pre(fork_info.fork.current_version !== gloasVersion)
      const value = json as JsonObject
      const body: Body = { type, fork_info, [field]: wrap(value) }
      const version = versionAt(epoch(value), fork_info)
      const root = expected(lodestarRoot(lodestar, value), domain, version, gvr)
      expect(signingRoot(body)).toBe(root)
      expect(signingRoot({ ...body, signingRoot: root, signing_root: root.toUpperCase().replace('0X', '0x') })).toBe(
        root,
      )
    })
    fc.assert(each, { numRuns: 25 })
  }, 60_000)
})

describe.each([
  ['AGGREGATION_SLOT', 'aggregation_slot', 'slot', params.DOMAIN_SELECTION_PROOF],
  ['RANDAO_REVEAL', 'randao_reveal', 'epoch', params.DOMAIN_RANDAO],
] as const)('%s', (type, field, member, domain) => {
  test('signs the number itself', () => {
    const each = fc.property(uintText(), forkInfo, (number, fork_info) => {
      const body: Body = { type, fork_info, [field]: { [member]: number } }
      const epoch = member === 'slot' ? slotEpoch(number) : BigInt(number)
      const root = ssz.UintBn64.hashTreeRoot(BigInt(number))
      expect(signingRoot(body)).toBe(expected(root, domain, versionAt(epoch, fork_info), gvr))
    })
    fc.assert(each)
  })
})

test('SYNC_COMMITTEE_MESSAGE signs the block root itself', () => {
  const each = fc.property(hexOf(32, 32), uintText(), forkInfo, (beacon_block_root, slot, fork_info) => {
    const body: Body = {
      type: 'SYNC_COMMITTEE_MESSAGE',
      fork_info,
      sync_committee_message: { beacon_block_root, slot },
    }
    const version = versionAt(slotEpoch(slot), fork_info)
    expect(signingRoot(body)).toBe(expected(fromHex(beacon_block_root), params.DOMAIN_SYNC_COMMITTEE, version, gvr))
  })
  fc.assert(each)
})

describe('what takes its fork version from the network', () => {
  const exit = withBigints(ssz.phase0.VoluntaryExit)

  test('an exit has that of Capella once Deneb is in force, by its own epoch or by fork_info (EIP-7044)', () => {
    const each = fc.property(jsonOf(exit), forkInfo, (json, fork_info) => {
      const value = json as JsonObject
      const epoch = number(value['epoch'])
      const isAfter = epoch >= 269_568n || BigInt(fork_info.fork.epoch) >= 269_568n
      const version = isAfter ? capella : versionAt(epoch, fork_info)
      const root = expected(lodestarRoot(exit, value), params.DOMAIN_VOLUNTARY_EXIT, version, gvr)
      expect(signingRoot({ type: 'VOLUNTARY_EXIT', fork_info, voluntary_exit: value })).toBe(root)
    })
    fc.assert(each, {
      examples: [
        [{ epoch: '269567', validator_index: '1' }, exampleFork],
        [{ epoch: '269568', validator_index: '1' }, exampleFork],
        // An exit of the past, signed today: the chain checks it with Capella's version.
        [{ epoch: '300', validator_index: '1' }, exampleFork],
      ],
    })
  })

  const zero = new Uint8Array(32)
  const mine = (name: string) => (value: JsonObject) => ({ ...value, [name]: own })
  const fixed = [
    [
      'VALIDATOR_REGISTRATION',
      'validator_registration',
      withBigints(ssz.bellatrix.ValidatorRegistrationV1),
      params.DOMAIN_APPLICATION_BUILDER,
      zero,
      mine('pubkey'),
      {},
    ],
    [
      'DEPOSIT',
      'deposit',
      withBigints(ssz.phase0.DepositMessage),
      params.DOMAIN_DEPOSIT,
      zero,
      mine('pubkey'),
      { genesis_fork_version: '0x00000000' },
    ],
    [
      'BLS_TO_EXECUTION_CHANGE',
      'BLS_TO_EXECUTION_CHANGE',
      withBigints(ssz.capella.BLSToExecutionChange),
      params.DOMAIN_BLS_TO_EXECUTION_CHANGE,
      gvr,
      mine('from_bls_pubkey'),
      {},
    ],
    [
      'bls_to_execution_change',
      'bls_to_execution_change',
      withBigints(ssz.capella.BLSToExecutionChange),
      params.DOMAIN_BLS_TO_EXECUTION_CHANGE,
      gvr,
      mine('from_bls_pubkey'),
      {},
    ],
    [
      'BUILDER_REQUEST_AUTH',
      'builder_request_auth',
      withBigints(ssz.gloas.BuilderRequestAuth),
      params.DOMAIN_BUILDER_REQUEST_AUTH,
      zero,
      (value: JsonObject) => value,
      {},
    ],
  ] as const

  test.each(fixed)(
    '%s: the first version, with fork_info or without',
    (type, field, lodestar, domain, root, fix, more) => {
      const each = fc.property(jsonOf(lodestar), forkInfo, (json, fork_info) => {
        const value = fix(json as JsonObject)
        const wanted = expected(lodestarRoot(lodestar, value), domain, mainnetGenesis, root)
        const body = { type, [field]: { ...value, ...more } }
        expect(signingRoot(body, 'beacon:mainnet')).toBe(wanted)
        expect(signingRoot({ ...body, fork_info })).toBe(wanted)
      })
      fc.assert(each)
    },
  )

  test('a builder request with its version is the same as without', () => {
    const data = { data: '0x6162', slot: '7' }
    const bare = signingRoot({ type: 'BUILDER_REQUEST_AUTH', builder_request_auth: data }, 'beacon:mainnet')
    const wrapped = { version: 'gloas', data }
    expect(signingRoot({ type: 'BUILDER_REQUEST_AUTH', builder_request_auth: wrapped }, 'beacon:mainnet')).toBe(bare)
  })
})

const exampleFork = {
  fork: { previous_version: '0x04000000', current_version: '0x05000000', epoch: '364032' },
  genesis_validators_root: mainnetRoot,
} as const

test('a bare aggregate with committee_bits is of Gloas where Gloas is in force', () => {
  const lodestar = withBigints(ssz.gloas.AggregateAndProof)
  const fork = { previous_version: '0x06000000', current_version: gloasVersion, epoch: '0' } as const
  const fork_info = { fork, genesis_validators_root: mainnetRoot }
  const each = fc.property(jsonOf(lodestar), (value) => {
    const root = expected(lodestarRoot(lodestar, value), params.DOMAIN_AGGREGATE_AND_PROOF, fromHex(gloasVersion), gvr)
    expect(signingRoot({ type: 'AGGREGATE_AND_PROOF', fork_info, aggregate_and_proof: value as JsonObject })).toBe(root)
  })
  fc.assert(each, { numRuns: 25 })
})
