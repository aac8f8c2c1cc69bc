/** https://github.com/ethereum/consensus-specs/blob/master/specs/phase0/beacon-chain.md#containers */
import { bitList } from '../ssz/bits.ts'
import { container } from '../ssz/container.ts'
import { bytes, hexText, uint64, type Form } from '../ssz/form.ts'
import { list, uint64List, vector } from '../ssz/lists.ts'

export const version = bytes(4)
export const executionAddress = bytes(20)
export const bytes32 = bytes(32)
export const publicKey = bytes(48)
export const signature = bytes(96)

const checkpoint = container({ epoch: uint64, root: bytes32 })

export const attestationData = container({
  slot: uint64,
  index: uint64,
  beacon_block_root: bytes32,
  source: checkpoint,
  target: checkpoint,
})

export const beaconBlockHeader = container({
  slot: uint64,
  proposer_index: uint64,
  parent_root: bytes32,
  state_root: bytes32,
  body_root: bytes32,
})

export const voluntaryExit = container({ epoch: uint64, validator_index: uint64 })

export const depositMessage = container({ pubkey: publicKey, withdrawal_credentials: bytes32, amount: uint64 })

const versionText = hexText(4)
const rootText = hexText(32)

export const forkData = container({ current_version: versionText, genesis_validators_root: rootText })

/** What a request says of forks: not hashed, only looked up. */
export const forkInfo = container({
  fork: container({ previous_version: versionText, current_version: versionText, epoch: uint64 }),
  genesis_validators_root: rootText,
})

/** `message` and the signature over it. */
export function signed<T>(message: Form<T>) {
  return container({ message, signature })
}

const attestation = container({ aggregation_bits: bitList(2048), data: attestationData, signature })

export function aggregateAndProofOf<T>(aggregate: Form<T>) {
  return container({ aggregator_index: uint64, aggregate, selection_proof: signature })
}

export const aggregateAndProof = aggregateAndProofOf(attestation)

const eth1Data = container({ deposit_root: bytes32, deposit_count: uint64, block_hash: bytes32 })

const signedHeader = signed(beaconBlockHeader)
export const proposerSlashing = container({ signed_header_1: signedHeader, signed_header_2: signedHeader })

export function attesterSlashingOf(indices: Form<readonly bigint[]>) {
  const indexedAttestation = container({ attesting_indices: indices, data: attestationData, signature })
  return container({ attestation_1: indexedAttestation, attestation_2: indexedAttestation })
}

const depositData = container({ pubkey: publicKey, withdrawal_credentials: bytes32, amount: uint64, signature })
export const deposit = container({ proof: vector(bytes32, 33), data: depositData })

export const signedVoluntaryExit = signed(voluntaryExit)

/** What every body begins with. */
export const bodyHead = { randao_reveal: signature, eth1_data: eth1Data, graffiti: bytes32 } as const

export const phase0Body = {
  ...bodyHead,
  proposer_slashings: list(proposerSlashing, 16),
  attester_slashings: list(attesterSlashingOf(uint64List(uint64, 2048)), 2),
  attestations: list(attestation, 128),
  deposits: list(deposit, 16),
  voluntary_exits: list(signedVoluntaryExit, 16),
} as const
