/** What the wallets are handed by `compose.ts`. */
import type { Hex } from '../base/bytes.ts'
import type { Clock } from '../base/clock.ts'
import type { Deadline } from '../base/deadline.ts'
import type { Secret } from '../base/secret.ts'
import type { Principal } from '../core/access.ts'
import type { KeyBackend } from '../core/backend.ts'
import type { Chain } from '../core/chain.ts'
import type { JsonObject } from '../base/json.ts'
import type { KeyRecord, PublicKey } from '../core/key.ts'
import type { Keyring } from '../core/keyring.ts'
import type { AssetId, AttemptId, ChainId, ClientId, KeyId, Network, Operation, WalletId } from '../core/names.ts'
import type { FoundPayment } from '../core/node.ts'
import type { DerivedSigner, Payload } from '../core/payload.ts'
import type { PaymentRelay } from '../core/payments.ts'
import type { Recorder } from '../core/recorder.ts'
import type { Signing } from '../core/services.ts'
import type { State } from '../core/state.ts'
import type { Store } from '../core/store.ts'
import type { Tier, WalletRow } from '../core/wallet-store.ts'
import type { WalletWatch } from '../core/watching.ts'
import type { Accounts } from './accounts.ts'
import type { Works } from './works.ts'

export interface WalletRooms {
  readonly state: State
  readonly recorder: Recorder
  readonly store: Pick<
    Store,
    | 'shared'
    | 'wallet'
    | 'walletAt'
    | 'walletOf'
    | 'wallets'
    | 'walletAddresses'
    | 'highestAccount'
    | 'destinationSince'
    | 'lease'
    | 'release'
    | 'time'
  >
  readonly chains: ReadonlyMap<ChainId, Chain>
  readonly backends: ReadonlyMap<string, KeyBackend>
  readonly keyring: Keyring
  readonly signing: Pick<Signing, 'sign'>
  readonly clock: Clock
  readonly stateKey: Secret
  /** Names this process in leases. */
  readonly holder: string
  readonly settings: WalletSettings
  requirePermit(principal: Principal, operation: Operation, about: { key?: KeyId; network?: Network }): void
  permits(principal: Principal, operation: Operation, about: { key?: KeyId; network?: Network }): boolean
  /** @throws Failed `bad-signature` unless the key, or the child of it that is named, signs a test statement that verifies */
  prove(request: {
    readonly key: KeyRecord
    readonly backend: KeyBackend
    readonly client: ClientId
    readonly deadline: Deadline
    readonly signer?: DerivedSigner
  }): Promise<void>
  /** As `signing/shadow.ts`: proof that the key signs what somebody else has signed with it. */
  signShadow(request: {
    readonly key: KeyRecord
    readonly backend: KeyBackend
    readonly publicKey: PublicKey
    readonly payloads: readonly Payload[]
    readonly theirs: readonly Uint8Array[]
    readonly network: Network
    readonly summary: JsonObject
    readonly client: ClientId
    readonly deadline: Deadline
  }): Promise<AttemptId>
  /**
   * On a chain of nonces: the next one the chain will take, and the same with the node's pool counted; undefined where no node
   * is configured, and on other chains.
   */
  nonces?(
    network: Network,
    address: string,
    deadline: Deadline,
  ): Promise<{ readonly mined: bigint; readonly pending: bigint } | undefined>
  /** On a chain of coins: transactions in no block that pay one of these addresses. Undefined as of `nonces`. */
  unconfirmed?(
    network: Network,
    addresses: readonly string[],
    deadline: Deadline,
  ): Promise<readonly string[] | undefined>
  /** On a chain of coins: those whole transactions that a node has, by the txids people read; all are asked for at once. Undefined as of `nonces`. */
  transactions?(
    network: Network,
    txids: readonly string[],
    deadline: Deadline,
  ): Promise<readonly Uint8Array[] | undefined>
  /**
   * On a chain of coins: a payment to each of these addresses that was ever paid, as far as a node remembers; read from its whole
   * transaction. Undefined as of `nonces`.
   */
  received?(
    network: Network,
    addresses: readonly string[],
    deadline: Deadline,
  ): Promise<readonly FoundPayment[] | undefined>
  /** Which of these addresses hold something, as far as a node can tell; undefined where none is configured. */
  holding?(network: Network, addresses: readonly string[], deadline: Deadline): Promise<readonly string[] | undefined>
  /** What an address holds of an asset, where a node can tell, on chains whose transactions have nonces. */
  balance?(network: Network, asset: AssetId, address: string, deadline: Deadline): Promise<bigint | undefined>
  /** Blocks from a transaction's own on; undefined where it is in none, or no node is configured. `hash` as rows have it. */
  depth?(network: Network, hash: Hex, deadline: Deadline): Promise<bigint | undefined>
  readonly payments: PaymentRelay
  readonly meter: WalletWatch
  /** In whose name the service finishes what nobody waits for any more. */
  readonly self: Principal
  onError(error: unknown, about: string): void
}

/** The rooms with what this process itself remembers. */
export interface WalletDesk extends WalletRooms {
  readonly accounts: Accounts
  readonly works: Works<WalletId, WalletRow>
  /** When a key was last asked for elsewhere, of wallets whose creation did not come to its end: on the monotonic clock. */
  readonly asked: Map<WalletId, number>
}

export interface WalletSettings {
  /** For requests that name no tier; absent: they are refused. */
  readonly tier?: Tier
  /** What a request without a network means, by family. */
  readonly networks: Readonly<Record<ChainId, string>>
  /** Deposit addresses handed out and never paid to, in a row, before no more are (BIP-44 says 20). */
  readonly gap: number
  /** Tokens beside the networks' own coins. */
  readonly tokens: readonly { readonly asset: AssetId; readonly symbol: string }[]
}
