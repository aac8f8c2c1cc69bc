/** What the API takes and gives. Written by `npm run openapi` from openapi.json: do not edit. */

export interface AcceptGap {
  /** why, for the register */
  readonly reason: string
}

export interface Account {
  /** its address */
  readonly account: string
  /** a CAIP-2 id such as eip155:1 */
  readonly network: string
  readonly key: Key
  /** what its ledger says; amounts in base units */
  readonly ledger?: {
    /** a decimal string of base units, such as "1000000000000000000" */
    readonly balance: string
    /** a decimal string of base units, such as "1000000000000000000" */
    readonly minimum: string
    /** whose key signs, where that is another */
    readonly authority?: string
    /** a decimal string of base units, such as "1000000000000000000" */
    readonly assets: string
    /** a decimal string of base units, such as "1000000000000000000" */
    readonly contracts: string
    /** a decimal string of base units, such as "1000000000000000000" */
    readonly round: string
  }
  /** why the ledger is missing, or what does not fit */
  readonly finding?: string
  /** where the back-end keeps the key; for administrators */
  readonly kept?: Readonly<Record<string, string>>
}

export interface AccountPage {
  readonly accounts: readonly Account[]
  readonly next?: string
}

export interface AccountTested {
  readonly account: string
  /** a CAIP-2 id such as eip155:1 */
  readonly network: string
  /** by which the ledger tells of the transaction */
  readonly id: string
  readonly signed: Readonly<Record<string, unknown>>
  /** a decimal string of base units, such as "1000000000000000000" */
  readonly round?: string
}

export interface AddressReading {
  readonly valid: boolean
  /** a CAIP-2 id such as eip155:1 */
  readonly chain: string
  readonly addressType?: string
  readonly reason?: string
}

export interface BackedUpKey {
  readonly key: Key
  /** 0x and lower-case hex of whole bytes */
  readonly backup: `0x${string}`
}

export interface Backup {
  /** an absolute path */
  readonly folder: string
}

export interface BackupMade {
  readonly folder: string
  readonly files: readonly string[]
}

export interface Check {
  readonly name: string
  readonly ok: boolean
  readonly got: string
  readonly allowed: string
}

export interface CheckSlashingProtection {
  /** left out where there is one validator network */
  readonly network?: string
  /** the public key of a validator, with or without 0x */
  readonly publicKey: string
  readonly duty:
    | {
        readonly kind: 'block'
        /** a uint64 as a decimal string */
        readonly slot: string
        /** 32 bytes */
        readonly root?: `0x${string}`
      }
    | {
        readonly kind: 'attestation'
        /** a uint64 as a decimal string */
        readonly source: string
        /** a uint64 as a decimal string */
        readonly target: string
        /** 32 bytes */
        readonly root?: `0x${string}`
      }
}

export interface CheckWalletPolicy {
  /** a wallet id: wal_ and 26 characters */
  readonly wallet?: string
  /** the caller's own name for the user: 1 to 256 characters, none of them a control character */
  readonly user?: string
  readonly tier?: 'native' | 'datakey' | 'hd' | 'sealed'
  /** a symbol such as BTC, or a CAIP-19 id */
  readonly asset?: string
  /** mainnet, testnet, …, or a CAIP-2 id; left out: as configured */
  readonly network?: string
  /** an address in any spelling of its chain */
  readonly to: string
  /** a whole number of base units as a string: "100000000" is 1 BTC, "1000000000000000000" is 1 ETH */
  readonly amount: string
  /** a whole number of base units as a string: "100000000" is 1 BTC, "1000000000000000000" is 1 ETH */
  readonly maxFee?: string
}

export interface Checkpoint {
  readonly size: number
  readonly root: string
  /** a C2SP signed note */
  readonly note: string
}

export interface Client {
  /** a client id: cli_ and 26 characters */
  readonly id: string
  readonly name: string
  /** at most two, to change one without a gap; never the secrets themselves */
  readonly secrets: readonly {
    readonly id: string
    /** ISO 8601 in UTC */
    readonly createdAt: string
    /** ISO 8601 in UTC */
    readonly expiresAt?: string
  }[]
  readonly sources?: readonly string[]
  readonly identity?: ClientIdentity
  readonly grants: readonly Grant[]
  readonly frozen: boolean
  /** ISO 8601 in UTC */
  readonly createdAt: string
  /** the first administrator: ends when it has created a client */
  readonly once?: boolean
}

export interface ClientIdentity {
  readonly certificates?: readonly string[]
  readonly certificateNames?: readonly string[]
  /** whoever asks for duties from there without a credential is this client */
  readonly assumedFrom?: readonly string[]
}

export interface ClientPage {
  readonly clients: readonly Client[]
  readonly next?: string
}

export interface ClientWithSecret {
  readonly client: Client
  /** the API key: shown now and never again */
  readonly secret: string
}

export interface CompatibleProblem {
  /** the message; in the Remote Signing API */
  readonly error?: string
  /** one sentence for people */
  readonly message: string
  readonly status: number
  /** stable; for programs */
  readonly code: string
  /** the id of the request, as in the log */
  readonly request: string
  /** path into the request */
  readonly where?: string
  readonly got?: string
  readonly wanted?: string
  /** what to do about it */
  readonly hint?: string
  /** every check policy made, passed ones too */
  readonly checks?: readonly Check[]
  /** seconds after which the same request may succeed */
  readonly retryAfter?: number
}

export interface Consolidate {
  /** a whole number of base units for 1,000 virtual bytes as a string: "5000" is 5 sat/vB */
  readonly feeRate?: string
  /** the most the fee may come to, in base units; left out: what the policy allows */
  readonly maxFee?: string
}

export interface CreateBackedUpKey {
  /** a key back-end such as sealed or aws-kms */
  readonly backend: string
  /** a chain family such as evm */
  readonly family: string
  /** decoded keys sign what the chain can read; opaque keys sign bare digests and nothing else. Fixed for ever */
  readonly kind: 'decoded' | 'opaque'
  readonly algorithm?: 'secp256k1-ecdsa' | 'secp256k1-schnorr' | 'ed25519' | 'bls12-381'
  /** a letter, then up to 62 letters, digits, - _ . or / */
  readonly alias?: string
  /** the one network it signs for, for good; left out: any of its family */
  readonly network?: string
  /** the root of a tree of keys (BIP-32) that wallets are branches of: its secret is a seed of 24 words, and it signs by its children alone; for the back-end sealed */
  readonly tree?: 'bip32'
  /** for back-ends whose keys others find by name (aws-ssm) */
  readonly place?: {
    /** what its path begins with */
    readonly project: string
    /** its name outside, such as confio-testnet-sponsor */
    readonly name: string
  }
  /** an X25519 public key: 0x and 64 lower-case hex digits */
  readonly recipient: `0x${string}`
}

export interface CreateKey {
  /** a key back-end such as sealed or aws-kms */
  readonly backend: string
  /** a chain family such as evm */
  readonly family: string
  /** decoded keys sign what the chain can read; opaque keys sign bare digests and nothing else. Fixed for ever */
  readonly kind: 'decoded' | 'opaque'
  readonly algorithm?: 'secp256k1-ecdsa' | 'secp256k1-schnorr' | 'ed25519' | 'bls12-381'
  /** a letter, then up to 62 letters, digits, - _ . or / */
  readonly alias?: string
  /** the one network it signs for, for good; left out: any of its family */
  readonly network?: string
  /** the root of a tree of keys (BIP-32) that wallets are branches of: its secret is a seed of 24 words, and it signs by its children alone; for the back-end sealed */
  readonly tree?: 'bip32'
  /** for back-ends whose keys others find by name (aws-ssm) */
  readonly place?: {
    /** what its path begins with */
    readonly project: string
    /** its name outside, such as confio-testnet-sponsor */
    readonly name: string
  }
}

export interface CreateKmsKey {
  /** the caller's own name for the user: 1 to 256 characters, none of them a control character */
  readonly userId: string
  /** a symbol such as BTC, or a CAIP-19 id */
  readonly asset: string
  /** mainnet, testnet, …, or a CAIP-2 id; left out: as configured */
  readonly network?: string
  /** where the key lives: native (a KMS key of its own), datakey (a data key pair under one KMS key), hd (a branch of a sealed seed), sealed (a sealed key of its own); left out: as configured */
  readonly tier?: 'native' | 'datakey' | 'hd' | 'sealed'
  readonly address?: string
  /** the kind of key that is counted on, such as ECC_SECG_P256K1: refused where it would be another */
  readonly keySpec?: string
}

export interface CreateWallet {
  /** the caller's own name for the user: 1 to 256 characters, none of them a control character */
  readonly userId: string
  /** a symbol such as BTC, or a CAIP-19 id */
  readonly asset: string
  /** mainnet, testnet, …, or a CAIP-2 id; left out: as configured */
  readonly network?: string
  /** where the key lives: native (a KMS key of its own), datakey (a data key pair under one KMS key), hd (a branch of a sealed seed), sealed (a sealed key of its own); left out: as configured */
  readonly tier?: 'native' | 'datakey' | 'hd' | 'sealed'
  /** the kind of address, such as p2wpkh; left out: the network's usual one */
  readonly addressType?: string
  /** the caller's own id for it; left out: a new UUID */
  readonly providerId?: string
}

export interface CreateWallets {
  readonly wallets: readonly CreateWallet[]
}

export interface DeleteKeystores {
  readonly pubkeys: readonly string[]
}

export interface DepositAddress {
  readonly address: string
  readonly derivationPath: string
  /** where the rest of payments goes, not for deposits */
  readonly change: boolean
  /** ISO 8601 in UTC */
  readonly createdAt: string
}

export interface DepositAddressPage {
  readonly addresses: readonly DepositAddress[]
  readonly next?: string
}

export interface Diagnosis {
  readonly findings: readonly Finding[]
}

export interface Duty {
  /** in either case: BLOCK, BLOCK_V2, ATTESTATION, AGGREGATION_SLOT, AGGREGATE_AND_PROOF, AGGREGATE_AND_PROOF_V2, RANDAO_REVEAL, SYNC_COMMITTEE_MESSAGE, SYNC_COMMITTEE_SELECTION_PROOF, SYNC_COMMITTEE_CONTRIBUTION_AND_PROOF, VALIDATOR_REGISTRATION, PROPOSER_PREFERENCES, EXECUTION_PAYLOAD_BID, EXECUTION_PAYLOAD_ENVELOPE, BUILDER_REQUEST_AUTH, PAYLOAD_ATTESTATION_MESSAGE, VOLUNTARY_EXIT, DEPOSIT, BLS_TO_EXECUTION_CHANGE */
  readonly type: string
  readonly fork_info?: {
    readonly fork: {
      /** 0x and 8 hex digits */
      readonly previous_version: `0x${string}`
      /** 0x and 8 hex digits */
      readonly current_version: `0x${string}`
      /** a uint64 in decimal digits */
      readonly epoch: string
    }
    /** 0x and 64 hex digits */
    readonly genesis_validators_root: `0x${string}`
  }
  /** the signing root, 0x and 64 hex digits: compared with the one computed here */
  readonly signing_root?: `0x${string}`
  /** the signing root, 0x and 64 hex digits: compared with the one computed here */
  readonly signingRoot?: `0x${string}`
  /** Merkle proofs of fields of the body, with BLOCK_V2 */
  readonly proofs?: readonly Readonly<Record<string, unknown>>[]
  /** a BeaconBlock of phase 0 */
  readonly block?: Readonly<Record<string, unknown>>
  /** with BLOCK_V2 */
  readonly beacon_block?: {
    /** the fork, such as FULU */
    readonly version: string
    readonly block_header?: {
      /** a uint64 in decimal digits */
      readonly slot: string
      /** a uint64 in decimal digits */
      readonly proposer_index: string
      /** 0x and 64 hex digits */
      readonly parent_root: `0x${string}`
      /** 0x and 64 hex digits */
      readonly state_root: `0x${string}`
      /** 0x and 64 hex digits */
      readonly body_root: `0x${string}`
    }
    /** a BeaconBlock of that fork, in place of its header */
    readonly block?: Readonly<Record<string, unknown>>
  }
  /** with ATTESTATION */
  readonly attestation?: {
    /** a uint64 in decimal digits */
    readonly slot: string
    /** a uint64 in decimal digits */
    readonly index: string
    /** 0x and 64 hex digits */
    readonly beacon_block_root: `0x${string}`
    readonly source: {
      /** a uint64 in decimal digits */
      readonly epoch: string
      /** 0x and 64 hex digits */
      readonly root: `0x${string}`
    }
    readonly target: {
      /** a uint64 in decimal digits */
      readonly epoch: string
      /** 0x and 64 hex digits */
      readonly root: `0x${string}`
    }
  }
  /** with AGGREGATION_SLOT */
  readonly aggregation_slot?: {
    /** a uint64 in decimal digits */
    readonly slot: string
  }
  /** `{version, data}`, or the data alone: an AggregateAndProof, from Electra on with committee_bits */
  readonly aggregate_and_proof?: Readonly<Record<string, unknown>>
  /** with RANDAO_REVEAL */
  readonly randao_reveal?: {
    /** a uint64 in decimal digits */
    readonly epoch: string
  }
  /** with SYNC_COMMITTEE_MESSAGE */
  readonly sync_committee_message?: {
    /** 0x and 64 hex digits */
    readonly beacon_block_root: `0x${string}`
    /** a uint64 in decimal digits */
    readonly slot: string
  }
  /** with SYNC_COMMITTEE_SELECTION_PROOF */
  readonly sync_aggregator_selection_data?: {
    /** a uint64 in decimal digits */
    readonly slot: string
    /** a uint64 in decimal digits */
    readonly subcommittee_index: string
  }
  /** a ContributionAndProof */
  readonly contribution_and_proof?: Readonly<Record<string, unknown>>
  /** with VALIDATOR_REGISTRATION */
  readonly validator_registration?: {
    /** 0x and 40 hex digits */
    readonly fee_recipient: `0x${string}`
    /** a uint64 in decimal digits */
    readonly gas_limit: string
    /** a uint64 in decimal digits */
    readonly timestamp: string
    /** 0x and 96 hex digits */
    readonly pubkey: `0x${string}`
  }
  /** `{version, data}`, or the data alone: ProposerPreferences */
  readonly proposer_preferences?: Readonly<Record<string, unknown>>
  /** `{version, data}`, or the data alone: an ExecutionPayloadBid */
  readonly execution_payload_bid?: Readonly<Record<string, unknown>>
  /** `{version, data}`, or the data alone: an ExecutionPayloadEnvelope */
  readonly execution_payload_envelope?: Readonly<Record<string, unknown>>
  /** `{version, data}`, or the data alone: a BuilderRequestAuth */
  readonly builder_request_auth?: Readonly<Record<string, unknown>>
  /** `{version, data}`, or the data alone: PayloadAttestationData */
  readonly payload_attestation_message?: Readonly<Record<string, unknown>>
  /** with VOLUNTARY_EXIT */
  readonly voluntary_exit?: {
    /** a uint64 in decimal digits */
    readonly epoch: string
    /** a uint64 in decimal digits */
    readonly validator_index: string
  }
  /** with DEPOSIT */
  readonly deposit?: {
    /** 0x and 96 hex digits */
    readonly pubkey: `0x${string}`
    /** 0x and 64 hex digits */
    readonly withdrawal_credentials: `0x${string}`
    /** a uint64 in decimal digits */
    readonly amount: string
    /** 0x and 8 hex digits */
    readonly genesis_fork_version: `0x${string}`
  }
  /** with BLS_TO_EXECUTION_CHANGE */
  readonly bls_to_execution_change?: {
    /** a uint64 in decimal digits */
    readonly validator_index: string
    /** 0x and 96 hex digits */
    readonly from_bls_pubkey: `0x${string}`
    /** 0x and 40 hex digits */
    readonly to_execution_address: `0x${string}`
  }
  /** with BLS_TO_EXECUTION_CHANGE */
  readonly BLS_TO_EXECUTION_CHANGE?: {
    /** a uint64 in decimal digits */
    readonly validator_index: string
    /** 0x and 96 hex digits */
    readonly from_bls_pubkey: `0x${string}`
    /** 0x and 40 hex digits */
    readonly to_execution_address: `0x${string}`
  }
}

export interface DutyBatch {
  /** public keys, at most 10000, each once */
  readonly identifiers: readonly string[]
  readonly signing_request: Duty
}

export type DutyBatchReply = readonly (
  | {
      /** the public key of a validator, with 0x or without, in any case */
      readonly identifier: string
      readonly signature: string
    }
  | {
      /** the public key of a validator, with 0x or without, in any case */
      readonly identifier: string
      readonly error: DutyError
    }
)[]

export interface DutyError {
  /** the status this would have alone */
  readonly code: number
  readonly message: string
  /** the stable code */
  readonly reason: string
}

export interface DutySignature {
  /** 0x and 192 hex digits */
  readonly signature: string
}

export interface EnrolKey {
  /** a key back-end such as sealed or aws-kms */
  readonly backend: string
  /** a chain family such as evm */
  readonly family: string
  /** decoded keys sign what the chain can read; opaque keys sign bare digests and nothing else. Fixed for ever */
  readonly kind: 'decoded' | 'opaque'
  readonly algorithm?: 'secp256k1-ecdsa' | 'secp256k1-schnorr' | 'ed25519' | 'bls12-381'
  /** a letter, then up to 62 letters, digits, - _ . or / */
  readonly alias?: string
  /** the one network it signs for, for good; left out: any of its family */
  readonly network?: string
  /** the root of a tree of keys (BIP-32) that wallets are branches of: its secret is a seed of 24 words, and it signs by its children alone; for the back-end sealed */
  readonly tree?: 'bip32'
  /** for back-ends whose keys others find by name (aws-ssm) */
  readonly place?: {
    /** what its path begins with */
    readonly project: string
    /** its name outside, such as confio-testnet-sponsor */
    readonly name: string
  }
  /** the back-end's name for it */
  readonly name: string
}

export interface ExportRegister {
  /** an absolute path */
  readonly path: string
}

export interface Finding {
  readonly subject: string
  readonly level: 'ok' | 'warning' | 'problem'
  readonly got: string
  /** what to do about it */
  readonly advice?: string
}

export type FreezeTarget =
  | {
      readonly everything: true
    }
  | {
      /** a key id, alias, public key or address */
      readonly key: string
    }
  | {
      /** a client id: cli_ and 26 characters */
      readonly client: string
    }
  | {
      /** a wallet id: wal_ and 26 characters */
      readonly wallet: string
    }
  | {
      /** the caller's own name for the user: 1 to 256 characters, none of them a control character */
      readonly user: string
    }
  | {
      /** a symbol such as BTC, or a CAIP-19 id */
      readonly asset: string
    }

export interface Grant {
  readonly operations: readonly (
    | 'sign:transaction'
    | 'sign:message'
    | 'sign:typed-data'
    | 'sign:authorization'
    | 'sign:logic-signature'
    | 'sign:program-data'
    | 'sign:digest'
    | 'sign:block'
    | 'sign:attestation'
    | 'sign:aggregation'
    | 'sign:randao'
    | 'sign:sync-committee'
    | 'sign:registration'
    | 'sign:builder'
    | 'sign:payload-attestation'
    | 'sign:voluntary-exit'
    | 'sign:deposit'
    | 'sign:bls-change'
    | 'sign:opaque-root'
    | 'keys:read'
    | 'keys:create'
    | 'keys:delete'
    | 'relay'
    | 'sponsor'
    | 'wallets:read'
    | 'wallets:create'
    | 'wallets:delete'
    | 'withdraw'
    | 'sweep'
    | 'register:read'
    | 'admin'
  )[]
  /** * or an array of key ids */
  readonly keys: '*' | readonly string[]
  /** * or an array of CAIP-2 ids */
  readonly networks: '*' | readonly string[]
  /** where it holds; anywhere unless given */
  readonly sources?: readonly string[]
}

export interface Grants {
  readonly grants: readonly Grant[]
}

export interface HandOverAccount {
  /** a key id, alias, public key or address */
  readonly to: string
  /** a CAIP-2 id such as eip155:1 */
  readonly network?: string
}

export interface HandedOver {
  readonly account: string
  /** a CAIP-2 id such as eip155:1 */
  readonly network: string
  readonly key: Key
  readonly former: Key
  readonly id?: string
  /** a decimal string of base units, such as "1000000000000000000" */
  readonly round?: string
}

export interface HashSignature {
  readonly attempt: string
  /** a key id: key_ and 26 characters */
  readonly key: string
  /** 0x and lower-case hex of whole bytes */
  readonly r: `0x${string}`
  /** 0x and lower-case hex of whole bytes */
  readonly s: `0x${string}`
  readonly yParity: number
  /** 0x and lower-case hex of whole bytes */
  readonly compact: `0x${string}`
  /** 0x and lower-case hex of whole bytes */
  readonly der: `0x${string}`
}

export interface Health {
  readonly ok: boolean
  readonly parts: readonly {
    readonly name: string
    readonly ok: boolean
    readonly detail?: string
  }[]
  readonly status: 'UP' | 'DOWN'
  readonly outcome: 'UP' | 'DOWN'
  /** the same once more, as Web3Signer says it; `keys-check` counts the enabled validator keys, however they came */
  readonly checks: readonly {
    readonly id: string
    readonly status: 'UP' | 'DOWN'
    readonly data?: {
      readonly 'keys-loaded': number
      readonly 'error-count': number
    }
    /** those that came from files, and the files that failed */
    readonly checks?: readonly {
      readonly id: string
      readonly status: 'UP' | 'DOWN'
      readonly data: {
        readonly 'keys-loaded': number
        readonly 'error-count': number
      }
    }[]
  }[]
}

export interface HeldKeys {
  readonly enabled: number
  readonly held: number
}

export interface ImportKey {
  /** a key back-end such as sealed or aws-kms */
  readonly backend: string
  /** a chain family such as evm */
  readonly family: string
  /** decoded keys sign what the chain can read; opaque keys sign bare digests and nothing else. Fixed for ever */
  readonly kind: 'decoded' | 'opaque'
  readonly algorithm?: 'secp256k1-ecdsa' | 'secp256k1-schnorr' | 'ed25519' | 'bls12-381'
  /** a letter, then up to 62 letters, digits, - _ . or / */
  readonly alias?: string
  /** the one network it signs for, for good; left out: any of its family */
  readonly network?: string
  /** the root of a tree of keys (BIP-32) that wallets are branches of: its secret is a seed of 24 words, and it signs by its children alone; for the back-end sealed */
  readonly tree?: 'bip32'
  /** for back-ends whose keys others find by name (aws-ssm) */
  readonly place?: {
    /** what its path begins with */
    readonly project: string
    /** its name outside, such as confio-testnet-sponsor */
    readonly name: string
  }
  /** a raw private key as hex, its words, a Web3 keystore v3 with its password, or the words of a tree (BIP-39) */
  readonly secret:
    | {
        readonly format: 'hex'
        /** the private key as hex */
        readonly hex: string
      }
    | {
        readonly format: 'words'
        /** the words of the private key */
        readonly words: string
      }
    | {
        readonly format: 'keystore-v3'
        /** the keystore file as text */
        readonly keystore: string
        /** its password */
        readonly password: string
      }
    | {
        readonly format: 'mnemonic'
        /** 12 to 24 words (BIP-39) */
        readonly mnemonic: string
        /** m for a tree */
        readonly path: string
        /** its passphrase, where it has one */
        readonly passphrase?: string
      }
  /** refuse it unless it has this address */
  readonly expectAddress?: string
}

export interface ImportKeystores {
  /** EIP-2335 keystores, each as text */
  readonly keystores: readonly string[]
  /** of the keystore at the same place */
  readonly passwords: readonly string[]
  /** an EIP-3076 interchange file, as text */
  readonly slashing_protection?: string
}

export interface ImportSlashingProtection {
  /** an EIP-3076 interchange of version 5, or some of the validators of one */
  readonly interchange: Readonly<Record<string, unknown>>
  /** the others are passed over */
  readonly publicKeys?: readonly string[]
  /** beyond the clock and its next epoch too: nothing of it can be taken back */
  readonly forced?: boolean
  /** of the whole file, for the register */
  readonly sha256?: `0x${string}`
}

export interface ImportedWallet {
  /** the caller's own name for the user: 1 to 256 characters, none of them a control character */
  readonly userId: string
  readonly address: string
  /** a symbol such as BTC, or a CAIP-19 id */
  readonly asset: string
  /** mainnet, testnet, …, or a CAIP-2 id; left out: as configured */
  readonly network: string
  readonly kmsKeyId: string
  readonly providerId: string
  readonly status: string
  /** ISO 8601 in UTC */
  readonly createdAt: string
}

export interface Interchange {
  readonly metadata: {
    readonly interchange_format_version: '5'
    /** 32 bytes */
    readonly genesis_validators_root: `0x${string}`
  }
  readonly data: readonly {
    readonly pubkey: string
    readonly signed_blocks: readonly {
      /** a uint64 as a decimal string */
      readonly slot: string
      /** 32 bytes */
      readonly signing_root?: `0x${string}`
    }[]
    readonly signed_attestations: readonly {
      /** a uint64 as a decimal string */
      readonly source_epoch: string
      /** a uint64 as a decimal string */
      readonly target_epoch: string
      /** 32 bytes */
      readonly signing_root?: `0x${string}`
    }[]
  }[]
}

export interface InterchangeResult {
  /** or where it stands in the file, when it has none */
  readonly publicKey: string
  readonly status: 'imported' | 'error'
  readonly message?: string
  readonly blocks: number
  readonly attestations: number
}

export interface Key {
  /** a key id: key_ and 26 characters */
  readonly id: string
  /** a letter, then up to 62 letters, digits, - _ . or / */
  readonly alias?: string
  readonly algorithm: 'secp256k1-ecdsa' | 'secp256k1-schnorr' | 'ed25519' | 'bls12-381'
  /** 0x and lower-case hex of whole bytes */
  readonly publicKey: `0x${string}`
  readonly address?: string
  /** a key back-end such as sealed or aws-kms */
  readonly backend: string
  /** a chain family such as evm */
  readonly family: string
  /** the one network it signs for */
  readonly network?: string
  /** accounts besides its address that were handed to this key */
  readonly accounts?: readonly string[]
  /** its own address is signed for by another key */
  readonly handedOver?: boolean
  /** it is the root of a tree, and signs by its children */
  readonly tree?: 'bip32'
  /** of a tree: since an accepted gap, no new wallet is a branch of it */
  readonly closed?: string
  /** decoded keys sign what the chain can read; opaque keys sign bare digests and nothing else. Fixed for ever */
  readonly kind: 'decoded' | 'opaque'
  readonly state: 'enabled' | 'disabled' | 'pending-deletion' | 'purged'
  readonly frozen: boolean
  /** since when an accepted gap keeps it out of use */
  readonly held?: string
  /** ISO 8601 in UTC */
  readonly createdAt: string
  /** ISO 8601 in UTC */
  readonly deletionDate?: string
}

export interface KeyDeletion {
  /** a key id: key_ and 26 characters */
  readonly key: string
  /** ISO 8601 in UTC */
  readonly deletionDate: string
}

export interface KeyPage {
  readonly keys: readonly Key[]
  readonly next?: string
}

export interface KeyProbe {
  readonly keys: readonly {
    /** a key id: key_ and 26 characters */
    readonly key: string
    readonly ok: boolean
    readonly finding?: string
  }[]
}

export interface KeySpec {
  /** a chain family such as evm */
  readonly family: string
  /** where the key lives: native (a KMS key of its own), datakey (a data key pair under one KMS key), hd (a branch of a sealed seed), sealed (a sealed key of its own); left out: as configured */
  readonly tier: 'native' | 'datakey' | 'hd' | 'sealed'
  /** a key back-end such as sealed or aws-kms */
  readonly backend: string
  readonly algorithm: 'secp256k1-ecdsa' | 'secp256k1-schnorr' | 'ed25519' | 'bls12-381'
  /** the back-end's own name, such as ECC_SECG_P256K1 */
  readonly keySpec?: string
  /** of an asset by another name than its symbol: what that is */
  readonly hint?: string
}

export interface KeyWithRulesVersion {
  readonly key: Key
  readonly rulesVersion: number
}

export interface Keystores {
  readonly data: readonly {
    readonly validating_pubkey: string
    readonly derivation_path?: string
    readonly readonly: boolean
    /** it signs bare roots: nothing protects it from slashing */
    readonly unprotected?: boolean
  }[]
}

export interface KeystoresDeleted {
  /** in the order of the request */
  readonly data: readonly {
    readonly status: 'deleted' | 'not_active' | 'not_found' | 'error'
    readonly message?: string
  }[]
  /** an EIP-3076 interchange file, as text */
  readonly slashing_protection: string
}

export interface KeystoresImported {
  /** in the order of the request */
  readonly data: readonly {
    readonly status: 'imported' | 'duplicate' | 'error'
    readonly message?: string
  }[]
}

export interface Loading {
  readonly status: 'idle' | 'running' | 'completed' | 'completed_with_errors' | 'failed'
  /** ISO 8601 in UTC */
  readonly lastOperationTime?: string
  readonly lastError?: string
  readonly loaded: number
  readonly total: number
  readonly failures: readonly {
    readonly source: string
    readonly message: string
  }[]
}

export interface NewClient {
  /** 1 to 64 letters, digits, spaces and . _ @ -, a letter or digit at either end */
  readonly name: string
  readonly grants: readonly Grant[]
  readonly sources?: readonly string[]
  readonly identity?: ClientIdentity
  /** where identity.assumedFrom is given, and goes on record */
  readonly acknowledge?: 'the address is all that proves it'
  /** whole days, 1 to 365 */
  readonly days?: number
}

export interface NewSecret {
  /** whole days, 1 to 365 */
  readonly days: number
}

export interface OrphanKeys {
  /** the look goes on, and more may be found */
  readonly looking: boolean
  /** keys looked at so far */
  readonly looked: number
  /** keys to look at, as far as is known */
  readonly of: number
  /** keys that no record names, as far as is known */
  readonly found: number
  /** once the look has ended: each of them, and what could not be looked at */
  readonly findings: readonly Finding[]
  /** findings beyond those */
  readonly more: number
}

export interface PreviewImport {
  /** a key back-end such as sealed or aws-kms */
  readonly backend: string
  /** a chain family such as evm */
  readonly family: string
  /** decoded keys sign what the chain can read; opaque keys sign bare digests and nothing else. Fixed for ever */
  readonly kind: 'decoded' | 'opaque'
  readonly algorithm?: 'secp256k1-ecdsa' | 'secp256k1-schnorr' | 'ed25519' | 'bls12-381'
  /** a letter, then up to 62 letters, digits, - _ . or / */
  readonly alias?: string
  /** the one network it signs for, for good; left out: any of its family */
  readonly network?: string
  /** the root of a tree of keys (BIP-32) that wallets are branches of: its secret is a seed of 24 words, and it signs by its children alone; for the back-end sealed */
  readonly tree?: 'bip32'
  /** for back-ends whose keys others find by name (aws-ssm) */
  readonly place?: {
    /** what its path begins with */
    readonly project: string
    /** its name outside, such as confio-testnet-sponsor */
    readonly name: string
  }
  /** a raw private key as hex, its words, a Web3 keystore v3 with its password, or the words of a tree (BIP-39) */
  readonly secret:
    | {
        readonly format: 'hex'
        /** the private key as hex */
        readonly hex: string
      }
    | {
        readonly format: 'words'
        /** the words of the private key */
        readonly words: string
      }
    | {
        readonly format: 'keystore-v3'
        /** the keystore file as text */
        readonly keystore: string
        /** its password */
        readonly password: string
      }
    | {
        readonly format: 'mnemonic'
        /** 12 to 24 words (BIP-39) */
        readonly mnemonic: string
        /** m for a tree */
        readonly path: string
        /** its passphrase, where it has one */
        readonly passphrase?: string
      }
}

export interface PreviewedKey {
  readonly address: string
}

export interface Problem {
  /** urn:chancery:problem: and the code */
  readonly type: string
  readonly title: string
  readonly status: number
  /** one sentence for people */
  readonly detail: string
  /** stable; for programs */
  readonly code: string
  /** urn:chancery:request: and the id of the request */
  readonly instance: string
  /** path into the request */
  readonly where?: string
  readonly got?: string
  readonly wanted?: string
  /** what to do about it */
  readonly hint?: string
  /** every check policy made, passed ones too */
  readonly checks?: readonly Check[]
  /** seconds after which the same request may succeed */
  readonly retryAfter?: number
  /** the node's own error, on the compatible relay route only */
  readonly error?: unknown
}

export interface ProtectionRow {
  readonly publicKey: string
  /** a uint64 as a decimal string */
  readonly slot?: string
  /** a uint64 as a decimal string */
  readonly sourceEpoch?: string
  /** a uint64 as a decimal string */
  readonly targetEpoch?: string
}

export interface PruneSlashingProtection {
  /** left out where there is one validator network */
  readonly network?: string
  readonly epochs: number
}

export interface PublicKey {
  readonly algorithm: 'secp256k1-ecdsa' | 'secp256k1-schnorr' | 'ed25519' | 'bls12-381'
  /** 0x and lower-case hex of whole bytes */
  readonly publicKey: `0x${string}`
}

export interface PutCeiling {
  /** left out where there is one validator network */
  readonly network?: string
  /** a uint64 as a decimal string */
  readonly slot?: string
  /** a uint64 as a decimal string */
  readonly epoch?: string
}

export interface RaiseFee {
  /** a whole number of base units for 1,000 virtual bytes as a string: "5000" is 5 sat/vB */
  readonly feeRate: string
  /** the most the fee may come to, in base units; left out: what the policy allows */
  readonly maxFee?: string
}

export interface RaiseWatermark {
  /** left out where there is one validator network */
  readonly network?: string
  /** left out: all of the network */
  readonly publicKeys?: readonly string[]
  /** a uint64 as a decimal string */
  readonly slot?: string
  /** a uint64 as a decimal string */
  readonly epoch?: string
  /** beyond the clock and its next epoch too: nothing of it can be taken back */
  readonly forced?: boolean
}

export interface Readiness {
  readonly ready: boolean
  readonly reasons?: readonly string[]
}

export interface RegisterEntry {
  readonly stream: string
  readonly seq: number
  readonly index: number
  /** ISO 8601 in UTC */
  readonly time: string
  /** SHA-256 of 0x00 and the bytes of body (RFC 6962) */
  readonly leaf: `0x${string}`
  /** canonical JSON, to the byte */
  readonly body: string
}

export interface RegisterExported {
  readonly path: string
  readonly lines: number
}

export interface RegisterPage {
  readonly entries: readonly RegisterEntry[]
  readonly next?: string
}

export interface ReloadAccepted {
  readonly status: 'accepted'
  readonly message: string
}

export interface Rules {
  readonly operations?: readonly (
    | 'sign:transaction'
    | 'sign:message'
    | 'sign:typed-data'
    | 'sign:authorization'
    | 'sign:logic-signature'
    | 'sign:program-data'
    | 'sign:digest'
    | 'sign:block'
    | 'sign:attestation'
    | 'sign:aggregation'
    | 'sign:randao'
    | 'sign:sync-committee'
    | 'sign:registration'
    | 'sign:builder'
    | 'sign:payload-attestation'
    | 'sign:voluntary-exit'
    | 'sign:deposit'
    | 'sign:bls-change'
    | 'sign:opaque-root'
  )[]
  readonly networks?: readonly string[]
  /** * or an array of addresses that transfers may go to */
  readonly recipients?: '*' | readonly string[]
  /** per CAIP-19 asset */
  readonly maximums?: Readonly<Record<string, string>>
  /** per CAIP-2 network */
  readonly fees?: Readonly<Record<string, string>>
  /** who may be given an allowance, or a delegation */
  readonly delegates?: readonly string[]
  readonly calls?: readonly {
    /** an address, or the number of an application; * where nothing has one */
    readonly contract: string
    /** 0x and 8 hex digits; 0x for empty calldata; create; Algorand: bare, raw, logic-signature or program-data */
    readonly selector: string
  }[]
  readonly typedData?: readonly {
    /** an address, or the number of an application; * where nothing has one */
    readonly contract: string
    /** 0x and 64 hex digits: the hash of encodeType */
    readonly type: `0x${string}`
  }[]
  /** authority operations allowed by name, such as setApprovalForAll */
  readonly authorities?: readonly string[]
}

export interface ScheduleDeletion {
  /** whole days, 7 to 30 */
  readonly days: number
  /** although an account that the key signs for still holds something */
  readonly forced?: boolean
}

export interface SendTransaction {
  /** a key id, alias, public key or address */
  readonly key: string
  /** a CAIP-2 id such as eip155:1 */
  readonly network: string
  /** the chain's transaction fields. The nonce must be left out; gas and fees may be */
  readonly transaction: Readonly<Record<string, unknown>>
}

export interface ShadowComparison {
  /** a wallet id: wal_ and 26 characters */
  readonly wallet: string
  /** the same bytes, signed by the same key */
  readonly agrees: boolean
  /** where they part */
  readonly difference?: string
  /** the transaction as read here */
  readonly summary?: Readonly<Record<string, unknown>>
  /** what the policy of wallets says of it; nothing is counted in windows */
  readonly policy?: {
    readonly verdict: 'allow' | 'deny'
    readonly checks: readonly Check[]
  }
  /** the id of the test signature here, which is handed to nobody */
  readonly attempt?: string
}

export interface ShadowSigned {
  /** the signed transaction, as it was broadcast */
  readonly raw: `0x${string}`
  /** Bitcoin, Litecoin, Dogecoin: the whole transactions that it spends from. Absent: the node of the network is asked. Each is held against its id */
  readonly previous?: readonly `0x${string}`[]
}

export interface SignHash {
  /** 32 bytes: 0x and 64 hex digits; signed as it is */
  readonly hash: string
}

export interface SignRequest {
  /** a CAIP-2 id such as eip155:1 */
  readonly network?: string
  readonly transaction?:
    | {
        /** 0 (legacy, EIP-155), 1 (EIP-2930) or 2 (EIP-1559); else the fee fields decide */
        readonly type?: string | number
        /** Must be the network's; may be left out */
        readonly chainId?: string | number
        /** Decimal text, 0x quantity without leading zeros, or safe integer */
        readonly nonce: string | number
        /** Left out or null: the transaction creates a contract */
        readonly to?: `0x${string}` | null
        /** In wei; 0 when left out */
        readonly value?: string | number
        /** 0x and hex of whole bytes; at most 131,072 */
        readonly data?: `0x${string}`
        /** 0x and hex of whole bytes; another name of data: where both are given they must agree */
        readonly input?: `0x${string}`
        /** The gas limit; needed under this name or the next */
        readonly gas?: string | number
        /** Another name of gas; where both are given they must agree */
        readonly gasLimit?: string | number
        /** In wei; types 0 and 1 */
        readonly gasPrice?: string | number
        /** In wei; type 2 */
        readonly maxFeePerGas?: string | number
        /** In wei; type 2; at most maxFeePerGas */
        readonly maxPriorityFeePerGas?: string | number
        readonly accessList?: readonly {
          /** 0x and 40 hex digits; in one case, or with the checksum of EIP-55, which is then verified */
          readonly address: `0x${string}`
          readonly storageKeys: readonly `0x${string}`[]
        }[]
        /** 0x and 40 hex digits; must be the key's address; may be left out */
        readonly from?: `0x${string}`
      }
    | {
        /** 0x and hex of at least one byte */
        readonly unsigned: `0x${string}`
      }
    | {
        /** A PSBT of version 0 (BIP-174) or 2 (BIP-370): base64 with padding, or 0x and hex */
        readonly psbt: string
        /** The whole transaction that this one replaces for a higher fee (BIP-125), 0x and hex */
        readonly replaces?: `0x${string}`
        /** Where the coins are of a script that this key shares (P2WSH): the script. Nothing paid back to it counts as change, so rules must name its address among the recipients */
        readonly multisig?: {
          /** So many of the keys sign */
          readonly threshold: number
          /** In order (BIP-67) */
          readonly publicKeys: readonly `0x${string}`[]
        }
      }
  readonly message?:
    | {
        readonly text: string
      }
    | {
        /** 0x and hex of whole bytes */
        readonly bytes: `0x${string}`
      }
  /** EIP-712, in the form of eth_signTypedData_v4 */
  readonly typedData?: {
    readonly domain: {
      readonly name?: string
      readonly version?: string
      /** Must be the network's */
      readonly chainId: string | number
      /** 0x and 40 hex digits; in one case, or with the checksum of EIP-55, which is then verified */
      readonly verifyingContract: `0x${string}`
      /** 0x and 64 hex digits */
      readonly salt?: `0x${string}`
    }
    /** The structs the primary type uses, and no others; EIP712Domain may be left out */
    readonly types: Readonly<
      Record<
        string,
        readonly {
          readonly name: string
          readonly type: string
        }[]
      >
    >
    readonly primaryType: string
    /** Exactly the fields of the primary type */
    readonly message: Readonly<Record<string, unknown>>
  }
  /** 0x and 64 hex digits; signed as they are, by opaque keys only, and without a network */
  readonly digest?: `0x${string}`
  /** Algorand: 1 to 16 wallet transactions (ARC-1). Of a group, all of it in its order */
  readonly transactions?: readonly {
    /** base64 of the unsigned transaction in canonical MessagePack */
    readonly txn: string
    /** [] leaves it unsigned: it is there for its group. Otherwise the address of the key, or left out */
    readonly signers?: readonly string[]
    /** The address of the key (of the multisig, with msig), where the sender was rekeyed to it */
    readonly authAddr?: string
    /** The multisig account that signs; the key must be a member */
    readonly msig?: {
      readonly version: 1
      readonly threshold: number
      readonly addrs: readonly string[]
    }
    /** base64 of the same transaction with signatures of other members, with msig only */
    readonly stxn?: string
  }[]
  /** Algorand: delegates the account to a program. Allowed program by program, by its address */
  readonly logicSignature?: {
    /** base64 of the compiled program */
    readonly program: string
  }
  /** Algorand: data that a program verifies with ed25519verify */
  readonly programData?: {
    /** the address of the program */
    readonly program: string
    /** base64 with padding */
    readonly data: string
  }
  /** A body of the Remote Signing API: the type, its one payload, and fork_info where the type has one */
  readonly duty?: {
    /** in either case: BLOCK, BLOCK_V2, ATTESTATION, AGGREGATION_SLOT, AGGREGATE_AND_PROOF, AGGREGATE_AND_PROOF_V2, RANDAO_REVEAL, SYNC_COMMITTEE_MESSAGE, SYNC_COMMITTEE_SELECTION_PROOF, SYNC_COMMITTEE_CONTRIBUTION_AND_PROOF, VALIDATOR_REGISTRATION, PROPOSER_PREFERENCES, EXECUTION_PAYLOAD_BID, EXECUTION_PAYLOAD_ENVELOPE, BUILDER_REQUEST_AUTH, PAYLOAD_ATTESTATION_MESSAGE, VOLUNTARY_EXIT, DEPOSIT, BLS_TO_EXECUTION_CHANGE */
    readonly type: string
    readonly fork_info?: {
      readonly fork: {
        /** 0x and 8 hex digits */
        readonly previous_version: `0x${string}`
        /** 0x and 8 hex digits */
        readonly current_version: `0x${string}`
        /** a uint64 in decimal digits */
        readonly epoch: string
      }
      /** 0x and 64 hex digits */
      readonly genesis_validators_root: `0x${string}`
    }
    /** the signing root, 0x and 64 hex digits: compared with the one computed here */
    readonly signing_root?: `0x${string}`
    /** the signing root, 0x and 64 hex digits: compared with the one computed here */
    readonly signingRoot?: `0x${string}`
    /** Merkle proofs of fields of the body, with BLOCK_V2 */
    readonly proofs?: readonly Readonly<Record<string, unknown>>[]
    /** a BeaconBlock of phase 0 */
    readonly block?: Readonly<Record<string, unknown>>
    /** with BLOCK_V2 */
    readonly beacon_block?: {
      /** the fork, such as FULU */
      readonly version: string
      readonly block_header?: {
        /** a uint64 in decimal digits */
        readonly slot: string
        /** a uint64 in decimal digits */
        readonly proposer_index: string
        /** 0x and 64 hex digits */
        readonly parent_root: `0x${string}`
        /** 0x and 64 hex digits */
        readonly state_root: `0x${string}`
        /** 0x and 64 hex digits */
        readonly body_root: `0x${string}`
      }
      /** a BeaconBlock of that fork, in place of its header */
      readonly block?: Readonly<Record<string, unknown>>
    }
    /** with ATTESTATION */
    readonly attestation?: {
      /** a uint64 in decimal digits */
      readonly slot: string
      /** a uint64 in decimal digits */
      readonly index: string
      /** 0x and 64 hex digits */
      readonly beacon_block_root: `0x${string}`
      readonly source: {
        /** a uint64 in decimal digits */
        readonly epoch: string
        /** 0x and 64 hex digits */
        readonly root: `0x${string}`
      }
      readonly target: {
        /** a uint64 in decimal digits */
        readonly epoch: string
        /** 0x and 64 hex digits */
        readonly root: `0x${string}`
      }
    }
    /** with AGGREGATION_SLOT */
    readonly aggregation_slot?: {
      /** a uint64 in decimal digits */
      readonly slot: string
    }
    /** `{version, data}`, or the data alone: an AggregateAndProof, from Electra on with committee_bits */
    readonly aggregate_and_proof?: Readonly<Record<string, unknown>>
    /** with RANDAO_REVEAL */
    readonly randao_reveal?: {
      /** a uint64 in decimal digits */
      readonly epoch: string
    }
    /** with SYNC_COMMITTEE_MESSAGE */
    readonly sync_committee_message?: {
      /** 0x and 64 hex digits */
      readonly beacon_block_root: `0x${string}`
      /** a uint64 in decimal digits */
      readonly slot: string
    }
    /** with SYNC_COMMITTEE_SELECTION_PROOF */
    readonly sync_aggregator_selection_data?: {
      /** a uint64 in decimal digits */
      readonly slot: string
      /** a uint64 in decimal digits */
      readonly subcommittee_index: string
    }
    /** a ContributionAndProof */
    readonly contribution_and_proof?: Readonly<Record<string, unknown>>
    /** with VALIDATOR_REGISTRATION */
    readonly validator_registration?: {
      /** 0x and 40 hex digits */
      readonly fee_recipient: `0x${string}`
      /** a uint64 in decimal digits */
      readonly gas_limit: string
      /** a uint64 in decimal digits */
      readonly timestamp: string
      /** 0x and 96 hex digits */
      readonly pubkey: `0x${string}`
    }
    /** `{version, data}`, or the data alone: ProposerPreferences */
    readonly proposer_preferences?: Readonly<Record<string, unknown>>
    /** `{version, data}`, or the data alone: an ExecutionPayloadBid */
    readonly execution_payload_bid?: Readonly<Record<string, unknown>>
    /** `{version, data}`, or the data alone: an ExecutionPayloadEnvelope */
    readonly execution_payload_envelope?: Readonly<Record<string, unknown>>
    /** `{version, data}`, or the data alone: a BuilderRequestAuth */
    readonly builder_request_auth?: Readonly<Record<string, unknown>>
    /** `{version, data}`, or the data alone: PayloadAttestationData */
    readonly payload_attestation_message?: Readonly<Record<string, unknown>>
    /** with VOLUNTARY_EXIT */
    readonly voluntary_exit?: {
      /** a uint64 in decimal digits */
      readonly epoch: string
      /** a uint64 in decimal digits */
      readonly validator_index: string
    }
    /** with DEPOSIT */
    readonly deposit?: {
      /** 0x and 96 hex digits */
      readonly pubkey: `0x${string}`
      /** 0x and 64 hex digits */
      readonly withdrawal_credentials: `0x${string}`
      /** a uint64 in decimal digits */
      readonly amount: string
      /** 0x and 8 hex digits */
      readonly genesis_fork_version: `0x${string}`
    }
    /** with BLS_TO_EXECUTION_CHANGE */
    readonly bls_to_execution_change?: {
      /** a uint64 in decimal digits */
      readonly validator_index: string
      /** 0x and 96 hex digits */
      readonly from_bls_pubkey: `0x${string}`
      /** 0x and 40 hex digits */
      readonly to_execution_address: `0x${string}`
    }
    /** with BLS_TO_EXECUTION_CHANGE */
    readonly BLS_TO_EXECUTION_CHANGE?: {
      /** a uint64 in decimal digits */
      readonly validator_index: string
      /** 0x and 96 hex digits */
      readonly from_bls_pubkey: `0x${string}`
      /** 0x and 40 hex digits */
      readonly to_execution_address: `0x${string}`
    }
  }
  /** 0x and 64 hex digits; signed as they are, by opaque keys only, and without a network */
  readonly root?: `0x${string}`
}

export interface Signed {
  /** the id of the attempt in the register */
  readonly attempt: string
  /** a key id: key_ and 26 characters */
  readonly key: string
  /** the signature, or the signed transaction, as its chain writes it */
  readonly result: Readonly<Record<string, unknown>>
}

export interface SignedVoluntaryExit {
  readonly data: {
    readonly message: {
      /** a uint64 as a decimal string */
      readonly epoch: string
      /** a uint64 as a decimal string */
      readonly validator_index: string
    }
    readonly signature: string
  }
}

export type SlashableReply = readonly (
  | {
      /** the public key of a validator, with 0x or without, in any case */
      readonly identifier: string
      readonly slashable: boolean
      readonly reason?: string
    }
  | {
      /** the public key of a validator, with 0x or without, in any case */
      readonly identifier: string
      readonly error: DutyError
    }
)[]

export interface SlashingProtectionImported {
  readonly validators: readonly InterchangeResult[]
}

export interface SlashingProtectionPart {
  readonly interchange: Interchange
  readonly next?: string
}

export interface SlashingProtectionPruned {
  readonly forgotten: number
}

export interface SlashingProtectionRepaired {
  readonly raised: number
}

export interface SlashingVerdict {
  readonly slashable: boolean
  readonly reason?: string
}

export interface SponsorGroup {
  /** a CAIP-2 id such as eip155:1 */
  readonly network: string
  /** the sponsor's key; left out where one sponsor serves the network */
  readonly key?: string
  /** a user's transactions: unsigned and without a group, and the sponsor's is added in front; or a whole group that holds the sponsor's own, unsigned or as it signed it */
  readonly transactions: readonly string[]
  /** how many more the called applications will send */
  readonly innerTransactions?: number
  /** the sponsor's fee, at most twice what the group needs; left out: what it needs */
  readonly fee?: string
  /** given to a user of the group beside */
  readonly topUp?: {
    /** an address */
    readonly to: string
    /** a decimal string of base units, such as "1000000000000000000" */
    readonly amount: string
  }
  /** send the group and wait for it; every signature must be there */
  readonly broadcast?: boolean
}

export interface SponsoredGroup {
  /** a key id: key_ and 26 characters */
  readonly key: string
  /** an address */
  readonly sponsor: string
  /** the group's id */
  readonly group: string
  readonly ids: readonly string[]
  /** the place of the sponsor's transaction */
  readonly index: number
  /** in the group's order; the sponsor's signed, the others as they are */
  readonly transactions: readonly string[]
  /** a decimal string of base units, such as "1000000000000000000" */
  readonly fee: string
  /** a decimal string of base units, such as "1000000000000000000" */
  readonly topUp: string
  /** a decimal string of base units, such as "1000000000000000000" */
  readonly round?: string
}

export interface Sweep {
  /** a wallet id: wal_ and 26 characters */
  readonly wallet: string
  /** one of the treasury's addresses; left out: the only one there is */
  readonly to?: string
  /** a symbol or CAIP-19 id; left out: the wallet's own asset */
  readonly asset?: string
  /** a whole number of base units for 1,000 virtual bytes as a string: "5000" is 5 sat/vB; left out: what the node says. On chains of coins: elsewhere it is refused */
  readonly feeRate?: string
  /** the most the fee may come to, in base units of the network's coin; left out: what the policy allows */
  readonly maxFee?: string
}

export interface TestAccount {
  /** a CAIP-2 id such as eip155:1 */
  readonly network?: string
  readonly submit?: boolean
}

export interface Transaction {
  /** a transaction id: txn_ and 26 characters */
  readonly id: string
  readonly state: 'accepted' | 'assigned' | 'signed' | 'broadcast' | 'mined' | 'final' | 'failed'
  /** a key id: key_ and 26 characters */
  readonly key: string
  /** a client id: cli_ and 26 characters */
  readonly client: string
  /** a CAIP-2 id such as eip155:1 */
  readonly network: string
  readonly sender: string
  /** a decimal string of base units, such as "1000000000000000000" */
  readonly nonce?: string
  readonly details: TransactionDetails
  /** ISO 8601 in UTC */
  readonly createdAt: string
  /** ISO 8601 in UTC */
  readonly updatedAt: string
  /** every form that may have been sent, oldest first */
  readonly signed: readonly {
    /** 0x and lower-case hex of whole bytes */
    readonly hash: `0x${string}`
    /** 0x and lower-case hex of whole bytes */
    readonly raw: `0x${string}`
    /** ISO 8601 in UTC */
    readonly createdAt: string
  }[]
}

export interface TransactionDetails {
  /** as it was sent here; of no wallet */
  readonly value?: Readonly<Record<string, unknown>>
  /** the same, complete */
  readonly prepared?: Readonly<Record<string, unknown>>
  /** of the form in a block, or else of the newest */
  readonly hash?: `0x${string}`
  readonly block?: {
    /** 0x and lower-case hex of whole bytes */
    readonly hash: `0x${string}`
    /** a uint64 as a decimal string */
    readonly number: string
    /** false where the chain undid what it called, and kept the fee */
    readonly success: boolean
  }
  /** the node's, without logs */
  readonly receipt?: Readonly<Record<string, string>>
  readonly error?: TransactionReason
  /** a higher fee, asked for */
  readonly replacement?: {
    /** a decimal string of base units, such as "1000000000000000000" */
    readonly feeRate: string
    /** a decimal string of base units, such as "1000000000000000000" */
    readonly maxFee: string
  }
  readonly replacementError?: TransactionReason
}

export interface TransactionPage {
  readonly transactions: readonly TransactionSummary[]
  readonly next?: string
}

export interface TransactionReason {
  /** stable; for programs */
  readonly code: string
  /** one sentence for people */
  readonly detail: string
  readonly where?: string
  readonly got?: string
  readonly wanted?: string
  /** what to do about it */
  readonly hint?: string
  /** the checks that failed */
  readonly checks?: readonly Check[]
}

export interface TransactionSummary {
  /** a transaction id: txn_ and 26 characters */
  readonly id: string
  readonly state: 'accepted' | 'assigned' | 'signed' | 'broadcast' | 'mined' | 'final' | 'failed'
  /** a key id: key_ and 26 characters */
  readonly key: string
  /** a client id: cli_ and 26 characters */
  readonly client: string
  /** a CAIP-2 id such as eip155:1 */
  readonly network: string
  readonly sender: string
  /** a decimal string of base units, such as "1000000000000000000" */
  readonly nonce?: string
  readonly details: TransactionDetails
  /** ISO 8601 in UTC */
  readonly createdAt: string
  /** ISO 8601 in UTC */
  readonly updatedAt: string
}

export interface Verdict {
  readonly verdict: 'allow' | 'deny' | 'needs-approval'
  readonly checks: readonly Check[]
  readonly hint?: string
  /** what the request says, in words of its chain */
  readonly summary: Readonly<Record<string, unknown>>
}

export interface Verification {
  readonly segments: number
  readonly entries: number
  /** everything that does not fit, by name; empty when all is well */
  readonly findings: readonly string[]
}

export interface Wallet {
  /** a wallet id: wal_ and 26 characters */
  readonly id: string
  /** the caller's own name for the user: 1 to 256 characters, none of them a control character */
  readonly userId: string
  readonly asset: string
  /** what people call the network */
  readonly network: string
  /** a CAIP-2 id such as eip155:1 */
  readonly chain: string
  /** where the key lives: native (a KMS key of its own), datakey (a data key pair under one KMS key), hd (a branch of a sealed seed), sealed (a sealed key of its own); left out: as configured */
  readonly tier: 'native' | 'datakey' | 'hd' | 'sealed'
  /** absent while it is being created */
  readonly address?: string
  readonly addressType: string
  /** 0x and lower-case hex of whole bytes */
  readonly publicKey?: `0x${string}`
  /** of a branch of a seed, such as m/84'/0'/7' */
  readonly derivationPath?: string
  /** for administrators: Chancery's own id for the key; of the tier hd, that of the seed */
  readonly keyId?: string
  /** for administrators: the KMS's own name for the key */
  readonly kmsKeyId?: string
  readonly providerId: string
  readonly status: 'CREATING' | 'CREATED' | 'FROZEN' | 'PENDING_DELETION' | 'DELETED'
  /** elsewhere: the signer it came from pays, and nothing here does */
  readonly paysFrom: 'here' | 'elsewhere'
  /** ISO 8601 in UTC */
  readonly createdAt: string
  /** ISO 8601 in UTC */
  readonly updatedAt: string
  /** ISO 8601 in UTC */
  readonly deletionDate?: string
}

export interface WalletAnswer {
  readonly wallet?: Wallet
  readonly problem?: Problem
}

export interface WalletImportPlan {
  /** what to do: import it, nothing (it is here), mend the record, tag its key for this installation, make the key reachable and enabled, ask again, or make a new wallet and sweep the old one, whose key cannot come */
  readonly step: 'import' | 'none' | 'mend' | 'tag' | 'reach' | 'retry' | 'sweep'
  /** where it is here already */
  readonly wallet?: string
  /** the kind of address, such as p2wpkh; left out: the network's usual one */
  readonly addressType?: string
  readonly problem?: Problem
}

export interface WalletMigration {
  readonly wallet: Wallet
  /** whether the two signers were found to sign the same, since the wallet pays from elsewhere */
  readonly compared: boolean
  /** payments from here that are not settled: until there are none, the old signer must pay nothing */
  readonly underWay: readonly {
    /** a transaction id: txn_ and 26 characters */
    readonly id: string
    readonly state: 'accepted' | 'assigned' | 'signed' | 'broadcast' | 'mined' | 'final' | 'failed'
  }[]
}

export interface WalletPage {
  readonly wallets: readonly Wallet[]
  /** for `after` */
  readonly next?: string
}

export interface WalletPolicy {
  readonly rules: readonly WalletRule[]
  /** where sweeps go, per CAIP-2 network */
  readonly treasury: Readonly<Record<string, readonly string[]>>
  /** the most a sweep's fee may come to, per CAIP-2 network */
  readonly sweepFees: Readonly<Record<string, string>>
}

export interface WalletPolicyVerdict {
  readonly verdict: 'allow' | 'deny'
  readonly checks: readonly Check[]
  readonly windows: readonly {
    readonly scope: string
    readonly period: string
    /** a decimal string of base units, such as "1000000000000000000" */
    readonly amount: string
    /** a decimal string of base units, such as "1000000000000000000" */
    readonly used: string
    /** a decimal string of base units, such as "1000000000000000000" */
    readonly limit: string
  }[]
  /** which freeze holds it */
  readonly frozen?: string
  readonly hint?: string
  /** seconds until its destination is no longer new */
  readonly retryAfter?: number
}

export interface WalletRule {
  /** unique; windows are counted under it: under another name they begin anew */
  readonly name: string
  /** a CAIP-19 asset such as eip155:1/slip44:60 */
  readonly asset: string
  /** absent: wallets of every tier */
  readonly tiers?: readonly ('native' | 'datakey' | 'hd' | 'sealed')[]
  /** absent: every user */
  readonly users?: readonly string[]
  /** * or an array of addresses that may be paid */
  readonly recipients: '*' | readonly string[]
  /** never paid, whatever else allows it */
  readonly denied?: readonly string[]
  /** a whole number of base units as a string: "100000000" is 1 BTC, "1000000000000000000" is 1 ETH */
  readonly maximum: string
  /** a whole number of base units as a string: "100000000" is 1 BTC, "1000000000000000000" is 1 ETH */
  readonly maximumFee: string
  readonly windows?: readonly WalletWindow[]
  /** between the first request to pay an address for a user and the first payment */
  readonly newDestinationHours?: number
}

export type WalletWindow =
  | {
      readonly per: 'wallet' | 'user' | 'asset'
      /** a calendar hour or day, in UTC */
      readonly period: 'hour' | 'day'
      /** a whole number of base units as a string: "100000000" is 1 BTC, "1000000000000000000" is 1 ETH */
      readonly amount: string
    }
  | {
      readonly per: 'all'
      /** a calendar hour or day, in UTC */
      readonly period: 'hour' | 'day'
      /** payments of all wallets, whatever their asset */
      readonly count: number
    }

export interface WalletsCreated {
  readonly answers: readonly WalletAnswer[]
}

export interface WatermarkRaised {
  readonly validators: readonly ProtectionRow[]
}

export interface Withdraw {
  /** a wallet id: wal_ and 26 characters */
  readonly wallet: string
  readonly to: string
  /** a whole number of base units as a string: "100000000" is 1 BTC, "1000000000000000000" is 1 ETH */
  readonly amount: string
  /** a symbol or CAIP-19 id; left out: the wallet's own asset */
  readonly asset?: string
  /** a whole number of base units for 1,000 virtual bytes as a string: "5000" is 5 sat/vB; left out: what the node says. On chains of coins: elsewhere it is refused */
  readonly feeRate?: string
  /** the most the fee may come to, in base units of the network's coin; left out: what the policy allows */
  readonly maxFee?: string
}

export interface Withdrawal {
  /** a transaction id: txn_ and 26 characters */
  readonly id: string
  /** a wallet id: wal_ and 26 characters */
  readonly wallet: string
  readonly purpose: 'withdrawal' | 'sweep'
  /** a CAIP-19 id */
  readonly asset: string
  readonly to: string
  /** absent for a sweep of coins: all there are, less the fee */
  readonly amount?: string
  /** the most the fee may come to, in base units of the network's coin */
  readonly maxFee: string
  /** what it pays: on chains of coins once it is signed, elsewhere once it is in a block */
  readonly fee?: string
  /** as the chain writes them: the one in a block, or else the newest; then those that it took the place of */
  readonly txids: readonly string[]
  readonly state: 'accepted' | 'assigned' | 'signed' | 'broadcast' | 'mined' | 'final' | 'failed'
  /** of its fee, on chains of coins: base units for 1,000 virtual bytes */
  readonly feeRate?: string
  /** blocks from its own on; absent where it is in none, or no node can tell now */
  readonly confirmations?: string
  readonly transaction: Transaction
}

export interface WithdrawalPage {
  readonly withdrawals: readonly WithdrawalSummary[]
  readonly next?: string
}

export interface WithdrawalSummary {
  /** a transaction id: txn_ and 26 characters */
  readonly id: string
  /** a wallet id: wal_ and 26 characters */
  readonly wallet: string
  readonly purpose: 'withdrawal' | 'sweep'
  /** a CAIP-19 id */
  readonly asset: string
  readonly to: string
  /** absent for a sweep of coins: all there are, less the fee */
  readonly amount?: string
  /** the most the fee may come to, in base units of the network's coin */
  readonly maxFee: string
  /** what it pays: on chains of coins once it is signed, elsewhere once it is in a block */
  readonly fee?: string
  /** as the chain writes them: the one in a block, or else the newest; then those that it took the place of */
  readonly txids: readonly string[]
  readonly state: 'accepted' | 'assigned' | 'signed' | 'broadcast' | 'mined' | 'final' | 'failed'
  readonly transaction: TransactionSummary
}
