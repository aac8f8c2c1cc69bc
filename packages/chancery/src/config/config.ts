/** The configuration as the rest of the house sees it: complete, typed, immutable, its secrets wrapped. */
import type { Secret } from '../base/secret.ts'
import type { Network } from '../core/names.ts'
import type { Sponsor } from '../core/sponsoring.ts'
import type { ApplicationConfig } from './applications.ts'
import type { AssetConfig, NetworkConfig } from './networks.ts'
import type { SecretUrl } from './shapes.ts'
import type { TlsConfig } from './tls.ts'

export type StoreConfig =
  | { readonly kind: 'sqlite' }
  | {
      readonly kind: 'postgres'
      readonly url: Secret
      /** Host, port and database, without user and password. */
      readonly shown: string
      readonly tls: 'verify' | 'off'
      readonly caFile?: string
    }

export type KeyEncryptionConfig =
  /** `ours` is made when it is missing; a file the operator named must be there. */
  | { readonly kind: 'key-file'; readonly path: string; readonly ours: boolean }
  | { readonly kind: 'passphrase-file'; readonly path: string }
  | { readonly kind: 'passphrase-prompt' }
  | { readonly kind: 'aws-kms'; readonly arn: string }

/** The compatible routes, from the variables of older fame and nothing else. */
export interface KmsBackendConfig {
  /** Id, ARN or alias, as AWS_KMS_KEY_ID says it. */
  readonly keyId: string
  readonly region: string
  readonly apiKey: Secret
  readonly rpc?: SecretUrl
}

/** The compatible routes are off because one of their two variables is missing: most likely a mistake. */
export interface KmsBackendLacks {
  readonly set: string
  readonly missing: string
}

export interface AwsConfig {
  readonly region?: string
  readonly endpoint?: SecretUrl
  /** Requests a second that the account allows: signatures, keys and their aliases, data key pairs. */
  readonly quota: number
  readonly keyQuota: number
  readonly dataKeyQuota: number
  /** Whether keys that AWS KMS makes can be replicated to other regions. */
  readonly multiRegion: boolean
  /** How long a secret that AWS decrypted may stay in its signer process. */
  readonly cacheSeconds: number
  /** For `aws-data-key`: the KMS key, as the operator names it, and the folder of second copies. */
  readonly dataKeys?: { readonly key: string; readonly copies: string }
}

/** Validator keys that stand in files. */
export interface KeyFilesConfig {
  readonly keystores?: { readonly folder: string } & (
    | { readonly passwords: string }
    | { readonly passwordFile: string }
  )
  /** Web3Signer's key configurations. */
  readonly keyConfigs?: { readonly folder: string }
  /** Absent: the only validator network there is. */
  readonly network?: Network
}

/** What requests for wallets that leave it open mean. */
export interface WalletConfig {
  readonly tier?: 'native' | 'datakey' | 'hd' | 'sealed'
  /** What people call a network, by chain family. */
  readonly networks: Readonly<Record<string, string>>
  readonly gap: number
}

export interface Config {
  readonly host: string
  readonly port: number
  /** Absolute, as are all paths here. */
  readonly dataDir: string
  /** The command line's way in, inside the data directory. */
  readonly socket: string
  readonly store: StoreConfig
  readonly keyEncryption: KeyEncryptionConfig
  readonly witnessFile: string
  readonly hosts: readonly string[]
  readonly origins: readonly string[]
  readonly trustedProxies: readonly string[]
  /** Plain HTTP where absent. */
  readonly tls?: TlsConfig
  /** Whether validator clients on this machine are let in without a credential. */
  readonly validatorsLoopback: boolean
  /** Whether BLS signatures may be made by the addon. */
  readonly validatorsAddon: boolean
  readonly observability: 'open' | 'granted'
  readonly networks: readonly NetworkConfig[]
  readonly assets: readonly AssetConfig[]
  readonly applications: readonly ApplicationConfig[]
  readonly sponsors: readonly Sponsor[]
  readonly wallets: WalletConfig
  readonly backends: readonly ('sealed' | 'aws-kms' | 'aws-ssm' | 'aws-data-key')[]
  readonly aws: AwsConfig
  readonly limits: { readonly clientRate: number; readonly clientInFlight: number; readonly inFlight: number }
  readonly logLevel: 'trace' | 'debug' | 'info' | 'warn' | 'error' | 'fatal' | 'silent'
  readonly drainSeconds: number
  /** Before `drainSeconds`. */
  readonly leaveSeconds: number
  readonly keyFiles?: KeyFilesConfig
  readonly kmsBackend?: KmsBackendConfig
  readonly kmsBackendLacks?: KmsBackendLacks
  /** The files that were read, for `doctor`. */
  readonly read: readonly string[]
}
