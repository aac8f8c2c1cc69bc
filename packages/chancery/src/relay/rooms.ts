/** What the relay is handed by `compose.ts`. */
import type { Clock } from '../base/clock.ts'
import type { Deadline } from '../base/deadline.ts'
import type { Secret } from '../base/secret.ts'
import type { Principal } from '../core/access.ts'
import type { Chain } from '../core/chain.ts'
import type { Claim, ClaimRows } from '../core/claim.ts'
import type { ChainCoins } from '../core/coins.ts'
import type { ChainId, ClientId, KeyId, Network, Operation } from '../core/names.ts'
import type { ChainNode, CoinNode } from '../core/node.ts'
import type { PayingWallets } from '../core/payments.ts'
import type { Recorder } from '../core/recorder.ts'
import type { SigningFlow } from '../core/services.ts'
import type { State } from '../core/state.ts'
import type { LeaseStore, Store, TransactionStore } from '../core/store.ts'

export interface RelayNetwork {
  readonly node: ChainNode
  /** Blocks, the one that holds the transaction included, until it counts as final. */
  readonly confirmations: bigint
}

/** A network without nonces, whose accounts are sets of coins. */
export interface CoinNetwork {
  readonly node: CoinNode
  readonly coins: ChainCoins
  readonly confirmations: bigint
  /** A payment is wanted in one of the next so many blocks, unless it says otherwise. */
  readonly feeBlocks: number
}

/** Whose nonces the relay hands out. */
export interface ManagedSenders {
  /** Whether this sender's nonces are handed out by this process, or another one on the same store. */
  has(network: Network, sender: string, deadline: Deadline): Promise<boolean>
  add(lane: { readonly network: Network; readonly sender: string }): void
}

export interface RelayRooms {
  readonly state: State
  readonly recorder: Recorder
  readonly store: TransactionStore & LeaseStore & Pick<Store, 'idempotency' | 'shared'>
  readonly signing: SigningFlow
  readonly chains: ReadonlyMap<ChainId, Chain>
  readonly networks: ReadonlyMap<Network, RelayNetwork>
  readonly coinNetworks: ReadonlyMap<Network, CoinNetwork>
  readonly wallets: PayingWallets
  readonly managed: ManagedSenders
  readonly clock: Clock
  /** Authenticates rows: derived from the key-encryption key. */
  readonly stateKey: Secret
  /** Names this process in leases. */
  readonly holder: string
  /** Milliseconds between two looks at what is under way. */
  readonly interval: number
  /** Milliseconds a lane waits for a driver that died; half a minute where not given. */
  readonly laneLease?: number
  /** Milliseconds a payment waits for coins that are enough, or for lower fees, until it has failed; an hour where not given. */
  readonly coinPatience?: number
  /** Whether the store lacks what was witnessed: then nothing is signed, and another process may be the one that works. */
  behind(): boolean
  /** @throws Refused `invalid-payload` */
  claimRows(claims: readonly Claim[]): ClaimRows
  /** @throws Failed `clock-in-doubt` where ours and the store's differ: then nothing is counted in windows */
  agreedTime(deadline: Deadline): Promise<number>
  requirePermit(principal: Principal, operation: Operation, about: { key?: KeyId; network?: Network }): void
  holdsGrantOn(principal: Principal, key: KeyId): boolean
  /** The client as it stands now, for work done after its request ended. */
  principalOf(client: ClientId): Principal | undefined
  onError(error: unknown, about: string): void
}
