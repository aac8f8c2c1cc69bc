/** The numbers in which the presets of the consensus specs differ, as far as signed messages have them in their shape. */
export interface Preset {
  readonly slotsPerEpoch: number
  readonly maxCommitteesPerSlot: number
  readonly syncCommitteeSize: number
  readonly maxWithdrawalsPerPayload: number
  readonly payloadTimelinessCommitteeSize: number
}

const mainnet: Preset = {
  slotsPerEpoch: 32,
  maxCommitteesPerSlot: 64,
  syncCommitteeSize: 512,
  maxWithdrawalsPerPayload: 16,
  payloadTimelinessCommitteeSize: 512,
}

/**
 * https://github.com/ethereum/consensus-specs/tree/master/presets and
 * https://github.com/gnosischain/specs/tree/master/consensus/preset/gnosis
 */
export const presets = {
  mainnet,
  gnosis: { ...mainnet, slotsPerEpoch: 16, maxWithdrawalsPerPayload: 8 },
  minimal: {
    slotsPerEpoch: 8,
    maxCommitteesPerSlot: 4,
    syncCommitteeSize: 32,
    maxWithdrawalsPerPayload: 4,
    payloadTimelinessCommitteeSize: 16,
  },
} as const satisfies Readonly<Record<string, Preset>>
