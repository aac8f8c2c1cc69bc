/** Validator keys and their slashing protection, as the edge asks for them. */
import type { Hex } from '../base/bytes.ts'
import type { JsonObject } from '../base/json.ts'
import type { Call } from './call.ts'
import type { KeyRecord } from './key.ts'
import type { Network, SignOperation } from './names.ts'
import type { Ceiling, ProtectionRow } from './protection.ts'

/** When things happen on a validator's network: what watermarks and the bound on the future are made of. */
export interface BeaconTiming {
  readonly network: Network
  readonly genesisValidatorsRoot: Hex
  /** Milliseconds since 1970. */
  readonly genesisTime: number
  /** Whole milliseconds. */
  readonly slotDuration: number
  readonly slotsPerEpoch: number
}

export interface BeaconFork {
  /** `phase0`, `altair`, … in lower case. */
  readonly name: string
  readonly version: Hex
  /** 2^64-1: not decided yet. */
  readonly epoch: bigint
}

/** The forks of a network in their order: what the `fork_info` of a request is made of. */
export interface BeaconNetwork extends BeaconTiming {
  readonly forks: readonly BeaconFork[]
}

/** EIP-3076, version 5. https://eips.ethereum.org/EIPS/eip-3076 */
export interface Interchange extends JsonObject {
  readonly metadata: { readonly interchange_format_version: '5'; readonly genesis_validators_root: Hex }
  readonly data: readonly InterchangeValidator[]
}

export interface InterchangeValidator extends JsonObject {
  readonly pubkey: Hex
  readonly signed_blocks: readonly { readonly slot: string; readonly signing_root?: Hex }[]
  readonly signed_attestations: readonly {
    readonly source_epoch: string
    readonly target_epoch: string
    readonly signing_root?: Hex
  }[]
}

/** What became of one validator of an interchange file. */
export interface InterchangeResult {
  readonly publicKey: string
  readonly status: 'imported' | 'error'
  readonly message?: string
  readonly blocks: number
  readonly attestations: number
}

export interface KeystoreImport {
  /** The text of each keystore, with its password at the same place. */
  readonly keystores: readonly string[]
  readonly passwords: readonly string[]
  /** The text of an interchange file; only what it says of keys that come in is taken. */
  readonly slashingProtection?: string
  /** Absent: the only validator network there is. */
  readonly network?: Network
  /** Lets keys without history sign anything from now on, in place of what begins in the next epoch. */
  readonly unprotectedPast?: boolean
}

export interface KeystoreStatus {
  readonly status: 'imported' | 'duplicate' | 'error'
  readonly message?: string
}

export interface DeletedStatus {
  readonly status: 'deleted' | 'not_active' | 'not_found' | 'error'
  readonly message?: string
}

export interface WatermarkRaise {
  readonly network?: Network
  /** Absent: every validator key of the network. */
  readonly publicKeys?: readonly string[]
  readonly slot?: bigint
  readonly epoch?: bigint
  /** Beyond the clock too (safety rule 9). */
  readonly forced?: boolean
}

export interface ValidatorKey {
  readonly key: KeyRecord
  /** Opaque keys sign roots that nobody can read: nothing protects them. */
  readonly protected: boolean
}

export interface Slashable {
  readonly slashable: boolean
  readonly reason?: string
}

export interface Validators {
  /** Keys that can sign now, and on which the caller holds a grant, in the order they came. */
  keys(call: Call): readonly ValidatorKey[]
  /** One status a keystore, in the order of the request. @throws Refused for a request that makes no sense as a whole */
  import(request: KeystoreImport, call: Call): Promise<readonly KeystoreStatus[]>
  /** From when it answers no process signs with these keys; then their history. Their secrets are kept for seven days. */
  delete(
    publicKeys: readonly string[],
    call: Call,
  ): Promise<{ readonly statuses: readonly DeletedStatus[]; readonly slashingProtection: Interchange }>
  /**
   * Judged and recorded like any exit. `epoch` absent: the present one; `validatorIndex` absent: as a beacon node says.
   * @throws Refused `not-configured` without fork data, and without an index and a beacon node to ask for it
   */
  voluntaryExit(
    publicKey: string,
    exit: { readonly epoch?: bigint; readonly validatorIndex?: bigint },
    call: Call,
  ): Promise<{
    readonly message: { readonly epoch: string; readonly validator_index: string }
    readonly signature: Hex
  }>
  /**
   * Needs `admin`. Nothing is lowered; a validator that cannot be imported stops nobody else's. `file` is the text of one,
   * what was read from it, or one part of a larger one, which `sha256` then names.
   * @throws Refused `invalid-payload` for what is no interchange of version 5, `wrong-network` for another chain's
   */
  importInterchange(
    file: string | JsonObject,
    how: { readonly publicKeys?: readonly string[]; readonly forced?: boolean; readonly sha256?: Hex },
    call: Call,
  ): Promise<readonly InterchangeResult[]>
  /** Complete, as far as it was not pruned. Needs `admin` or `register:read`. */
  exportInterchange(
    which: { readonly network?: Network; readonly publicKeys?: readonly string[] },
    call: Call,
  ): Promise<Interchange>
  /** The same in parts: `next` of one is `after` of the following. A validator with a long history is in several. */
  exportPart(
    which: { readonly network?: Network; readonly publicKeys?: readonly string[]; readonly after?: string },
    call: Call,
  ): Promise<{ readonly part: Interchange; readonly next?: string }>
  /** Needs `admin`. Answers the rows as they are then. */
  raiseWatermark(raise: WatermarkRaise, call: Call): Promise<readonly ProtectionRow[]>
  /** For when history may be lost: every protected key begins with the next epoch. Needs `admin`. Answers how many. */
  repair(call: Call): Promise<number>
  ceiling(network: Network | undefined, call: Call): Ceiling
  /** Needs `admin`. An empty ceiling takes it away. */
  putCeiling(network: Network | undefined, ceiling: Ceiling, call: Call): Promise<void>
  /** Forgets history older than so many epochs; what decides stays. Needs `admin`. */
  prune(which: { readonly network?: Network; readonly epochs: number }, call: Call): Promise<number>
  /** Whether signing would be refused for what was signed before; records nothing. */
  isSlashable(
    duty:
      | { readonly kind: 'block'; readonly slot: bigint; readonly root?: Hex }
      | { readonly kind: 'attestation'; readonly source: bigint; readonly target: bigint; readonly root?: Hex },
    publicKey: string,
    network: Network | undefined,
    call: Call,
  ): Promise<Slashable>
  /**
   * The same of a duty in the words it would be signed in, on the network it is of and with the root that is computed here.
   * False for what nobody is slashed for. @throws Refused as its signature would be, but for what rules say
   */
  isDutySlashable(duty: AskedDuty, call: Call): Promise<Slashable>
}

/** A duty as somebody asks for its signature: what the chain reads, for the key of that name. */
export interface AskedDuty {
  readonly key: string
  readonly operation: SignOperation
  /** Absent: as the duty says itself. */
  readonly network?: Network
  readonly value: unknown
}

/** How keys that stand in files come in, and how far that is. */
export type LoadingState = 'idle' | 'running' | 'completed' | 'completed_with_errors' | 'failed'

export interface LoadingStatus {
  readonly state: LoadingState
  readonly loaded: number
  readonly total: number
  /** Every failure by name; never what was in the file. */
  readonly failures: readonly { readonly source: string; readonly message: string }[]
  /** Keys that were deleted or disabled here: a file that was left behind brings none of them back. No failures. */
  readonly leftAside?: readonly { readonly source: string; readonly message: string }[]
  readonly finishedAt?: string
}

export interface KeyLoading {
  /** False when it runs already. */
  reload(): boolean
  status(): LoadingStatus
}
