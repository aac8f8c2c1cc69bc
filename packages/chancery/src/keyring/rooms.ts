/** What the keyring is handed by `compose.ts`. */
import type { Clock } from '../base/clock.ts'
import type { Deadline } from '../base/deadline.ts'
import type { Principal } from '../core/access.ts'
import type { KeyBackend } from '../core/backend.ts'
import type { Chain } from '../core/chain.ts'
import type { KeyRecord } from '../core/key.ts'
import type { ChainId, ClientId, KeyId, Network, Operation } from '../core/names.ts'
import type { Recorder } from '../core/recorder.ts'
import type { State } from '../core/state.ts'
import type { Store } from '../core/store.ts'

export interface KeyringRooms {
  readonly state: State
  readonly chains: ReadonlyMap<ChainId, Chain>
  readonly backends: ReadonlyMap<string, KeyBackend>
  readonly recorder: Pick<Recorder, 'trail'>
  readonly clock: Clock
  /** For its clock: what cannot be undone waits until the two agree. */
  readonly store: Pick<Store, 'time'>
  requirePermit(principal: Principal, operation: Operation, about: { key?: KeyId; network?: Network }): void
  /** Whether the caller may know that the key exists. */
  holdsGrantOn(principal: Principal, key: KeyId): boolean
  /** @throws Refused `key-state` while something would be lost with the key */
  refuseStillNeeded(key: KeyRecord, deadline: Deadline): Promise<void>
  /** @throws Refused `key-state` while wallets stand on the key, forced or not */
  refuseUnderWallets(key: KeyRecord, deadline: Deadline): Promise<void>
  /** @throws Refused `denied` for a key that pays for wallets */
  refuseRulesUnderWallets(key: KeyRecord, deadline: Deadline): Promise<void>
  /** @throws Failed `bad-signature` unless the key signs a test statement that verifies. */
  prove(request: { key: KeyRecord; backend: KeyBackend; client: ClientId; deadline: Deadline }): Promise<void>
  /** Asked before keys come into use: what they must not sign again is on record when it resolves. */
  protectNew?(keys: readonly KeyRecord[], deadline: Deadline): Promise<void>
}
