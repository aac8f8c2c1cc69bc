/** The state decisions are made of, as one immutable snapshot per epoch. Implemented by `register/state.ts`. */
import type { Deadline } from '../base/deadline.ts'
import type { JsonObject } from '../base/json.ts'
import type { ClientRecord } from './access.ts'
import type { KeyRecord } from './key.ts'
import type { ClientId, KeyId, Network } from './names.ts'
import type { Ceiling } from './protection.ts'
import type { Rules } from './rules.ts'
import type { Freeze, WalletPolicy } from './wallet-policy.ts'

export interface Versioned<T> {
  readonly version: number
  readonly value: T
}

export interface Installation {
  /** Random, made once; the owner tag in AWS carries it. */
  readonly id: string
  readonly createdAt: string
}

export interface Snapshot {
  readonly epoch: number
  readonly halted: boolean
  readonly installation: Installation
  readonly clients: ReadonlyMap<ClientId, Versioned<ClientRecord>>
  readonly keys: ReadonlyMap<KeyId, Versioned<KeyRecord>>
  readonly rules: ReadonlyMap<KeyId, Versioned<Rules>>
  /** High watermarks of slashing protection. */
  readonly ceilings: ReadonlyMap<Network, Versioned<Ceiling>>
  /** Wallets, users and assets that pay nothing, by `freezeId`. */
  readonly freezes: ReadonlyMap<string, Versioned<Freeze>>
  /** Version 0 while nobody put one: then no wallet pays anybody. */
  readonly walletPolicy: Versioned<WalletPolicy>
  /** By id, alias, public key or address (hex in any case): everything a key is called by. */
  findKey(name: string): KeyRecord | undefined
}

export type StatePut =
  | { readonly kind: 'client'; readonly value: ClientRecord; readonly expect: number }
  | { readonly kind: 'key'; readonly value: KeyRecord; readonly expect: number }
  | { readonly kind: 'rules'; readonly id: KeyId; readonly value: Rules; readonly expect: number }
  | { readonly kind: 'freeze'; readonly id: string; readonly value: Freeze; readonly expect: number }
  | { readonly kind: 'wallet-policy'; readonly value: WalletPolicy; readonly expect: number }
  /** An empty value takes it away. */
  | { readonly kind: 'ceiling'; readonly id: Network; readonly value: Ceiling; readonly expect: number }

export interface ChangeRequest {
  /** Who changes it: a client id or `operator`. */
  readonly actor: string
  /** What for, in the register: `key.create`, `client.freeze`, `rules.put`, … */
  readonly action: string
  /** Particulars for the register; never a secret. */
  readonly about: JsonObject
  /** `expect` is the version the put replaces, 0 for a new record. */
  readonly puts: readonly StatePut[]
  readonly halted?: boolean
}

export interface State {
  /** The newest snapshot this process knows; the fence says whether it is still true. */
  current(): Snapshot
  /** Loads the newest state from the store and verifies it against the register. @throws Failed `store-corrupt` */
  refresh(deadline: Deadline): Promise<Snapshot>
  /**
   * One small read; loads only when another process changed the state. Run twice a second, it shows every change to
   * readers within a second; signing does not wait for it, the fence stops what is decided under an old epoch.
   * @throws Failed as `refresh` does
   */
  refreshIfMoved(deadline: Deadline): Promise<Snapshot>
  /**
   * Records a change and makes it true on every process at once.
   * @throws Refused `version-conflict` when a record moved on, `already-exists` when a name is taken.
   */
  change(request: ChangeRequest, deadline: Deadline): Promise<Snapshot>
}
