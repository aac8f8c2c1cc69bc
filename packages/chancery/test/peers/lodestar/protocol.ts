/** What the program and those who ask it say: a line of JSON each way, answered in order. Numbers are decimal text. */
import type { Hex } from '../../../src/base/bytes.ts'
import type { JsonObject } from '../../../src/base/json.ts'
import type { Interchange } from '../../../src/core/validators.ts'

export type LodestarDuty = { readonly publicKey: Hex; readonly root: Hex } & (
  | { readonly kind: 'block'; readonly slot: string }
  | { readonly kind: 'attestation'; readonly source: string; readonly target: string }
)

/** Values of a chain's specification file by their names there, over mainnet's. */
export interface LodestarNetwork {
  readonly specification: Readonly<Record<string, string>>
  readonly genesisValidatorsRoot: Hex
}

/** What a validator client is about to do; `data` as the Beacon API's JSON has it. */
export interface LodestarMessage {
  readonly type: LodestarType
  readonly slot: string
  readonly data: JsonObject
}

export const lodestarTypes = [
  'AGGREGATION_SLOT',
  'AGGREGATE_AND_PROOF',
  'ATTESTATION',
  'BLOCK_V2',
  'DEPOSIT',
  'RANDAO_REVEAL',
  'VOLUNTARY_EXIT',
  'SYNC_COMMITTEE_MESSAGE',
  'SYNC_COMMITTEE_SELECTION_PROOF',
  'SYNC_COMMITTEE_CONTRIBUTION_AND_PROOF',
  'VALIDATOR_REGISTRATION',
  'BLS_TO_EXECUTION_CHANGE',
] as const

export type LodestarType = (typeof lodestarTypes)[number]

export interface Questions {
  /** Checks and records, one after the other: the code of each refusal, or null. */
  judge: {
    ask: { readonly duties: readonly LodestarDuty[] }
    answer: { readonly verdicts: readonly (string | null)[] }
  }
  /** The message of what stopped it, half-way or before, or null. */
  import: {
    ask: { readonly interchange: Interchange; readonly genesisValidatorsRoot: Hex }
    answer: { readonly stopped: string | null }
  }
  export: {
    ask: { readonly publicKeys: readonly Hex[]; readonly genesisValidatorsRoot: Hex }
    answer: { readonly interchange: Interchange }
  }
  /** From here on with an empty database. */
  forget: { ask: Record<never, never>; answer: Record<never, never> }
  upCheck: { ask: { readonly url: string }; answer: { readonly up: boolean } }
  publicKeys: { ask: { readonly url: string }; answer: { readonly publicKeys: readonly string[] } }
  /** As a client that has signed nothing before: the root is the one it computed. */
  sign: {
    ask: {
      readonly url: string
      readonly publicKey: Hex
      readonly network: LodestarNetwork
      readonly message: LodestarMessage
    }
    answer: { readonly signingRoot: Hex; readonly signature?: Hex; readonly refusal?: string }
  }
}

export type QuestionName = keyof Questions

export type Question = { [N in QuestionName]: { readonly question: N } & Questions[N]['ask'] }[QuestionName]
