/** Bellatrix, Capella and Deneb: https://github.com/ethereum/consensus-specs/tree/master/specs, beacon-chain.md of each */
import { container } from '../ssz/container.ts'
import { bytes, uint256, uint64 } from '../ssz/form.ts'
import { byteList, list } from '../ssz/lists.ts'
import { altairBody } from './altair.ts'
import { bytes32, executionAddress, publicKey, signed } from './phase0.ts'
import type { Preset } from './preset.ts'

export const maxBytesPerTransaction = 2 ** 30
export const maxTransactionsPerPayload = 2 ** 20
export const maxBlobCommitments = 4096

export const withdrawal = container({
  index: uint64,
  validator_index: uint64,
  address: executionAddress,
  amount: uint64,
})

export const blsToExecutionChange = container({
  validator_index: uint64,
  from_bls_pubkey: publicKey,
  to_execution_address: executionAddress,
})

/** https://github.com/ethereum/builder-specs/blob/main/specs/bellatrix/builder.md#validatorregistrationv1 */
export const validatorRegistration = container({
  fee_recipient: executionAddress,
  gas_limit: uint64,
  timestamp: uint64,
  pubkey: publicKey,
})

export const kzgCommitment = bytes(48)

/** What every payload begins with; the fee recipient is the second field. */
export const payloadHead = {
  parent_hash: bytes32,
  fee_recipient: executionAddress,
  state_root: bytes32,
  receipts_root: bytes32,
  logs_bloom: bytes(256),
  prev_randao: bytes32,
  block_number: uint64,
  gas_limit: uint64,
  gas_used: uint64,
  timestamp: uint64,
  extra_data: byteList(32),
  base_fee_per_gas: uint256,
  block_hash: bytes32,
} as const

export const blobGas = { blob_gas_used: uint64, excess_blob_gas: uint64 } as const

const transactions = list(byteList(maxBytesPerTransaction), maxTransactionsPerPayload)
export const blsToExecutionChanges = list(signed(blsToExecutionChange), 16)

export function payloads({ maxWithdrawalsPerPayload }: Preset) {
  const bellatrix = { ...payloadHead, transactions }
  const capella = { ...bellatrix, withdrawals: list(withdrawal, maxWithdrawalsPerPayload) }
  const deneb = { ...capella, ...blobGas }
  return { bellatrix: container(bellatrix), capella: container(capella), deneb: container(deneb) }
}

export function executionBodies(preset: Preset) {
  const { bellatrix, capella, deneb } = payloads(preset)
  const altair = altairBody(preset)
  const changes = { bls_to_execution_changes: blsToExecutionChanges }
  return {
    bellatrix: container({ ...altair, execution_payload: bellatrix }),
    capella: container({ ...altair, execution_payload: capella, ...changes }),
    deneb: container({
      ...altair,
      execution_payload: deneb,
      ...changes,
      blob_kzg_commitments: list(kzgCommitment, maxBlobCommitments),
    }),
  }
}
