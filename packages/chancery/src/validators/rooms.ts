/** What the validators' room is handed by `compose.ts`. */
import type { Clock } from '../base/clock.ts'
import type { Deadline } from '../base/deadline.ts'
import type { Hex } from '../base/bytes.ts'
import type { Principal } from '../core/access.ts'
import type { KeyBackend } from '../core/backend.ts'
import type { AskedExit } from '../core/chain.ts'
import type { Claim, ClaimRows } from '../core/claim.ts'
import type { KeyRecord } from '../core/key.ts'
import type { Keyring } from '../core/keyring.ts'
import type { ChainId, KeyId, Network, Operation } from '../core/names.ts'
import type { Ceiling, ProtectionStore } from '../core/protection.ts'
import type { Recorder } from '../core/recorder.ts'
import type { Signing } from '../core/services.ts'
import type { State } from '../core/state.ts'
import type { RegisterStore } from '../core/store.ts'
import type { BeaconTiming } from '../core/validators.ts'

/** What it takes to protect keys: neither keyring nor signing, which ask for it. */
export interface ProtectingRooms {
  readonly state: State
  readonly recorder: Pick<Recorder, 'record'>
  readonly store: ProtectionStore & Pick<RegisterStore, 'acceptedGaps'>
  readonly clock: Clock
  /** The chain whose keys are validators'. */
  readonly family: ChainId
  /** Every validator network that is configured. */
  readonly timings: ReadonlyMap<Network, BeaconTiming>
  /** Our time, where the store's is the same but for two seconds. @throws Failed `clock-in-doubt`, store faults */
  agreedTime(deadline: Deadline): Promise<number>
}

export interface ValidatorRooms extends ProtectingRooms {
  readonly keyring: Pick<Keyring, 'importMany'>
  readonly signing: Pick<Signing, 'sign' | 'judge'>
  readonly backends: ReadonlyMap<string, KeyBackend>
  /** Where keystores come in, and from where alone they are deleted. */
  readonly backend: string
  requirePermit(principal: Principal, operation: Operation, about: { key?: KeyId; network?: Network }): void
  permits(principal: Principal, operation: Operation, about: { key?: KeyId; network?: Network }): boolean
  /** Whether the caller may know that the key exists. */
  holdsGrantOn(principal: Principal, key: KeyId): boolean
  /** @throws Refused `invalid-payload`, `conflicts-with-earlier` */
  claimRows(claims: readonly Claim[], ceiling?: Ceiling): ClaimRows
  /** Told of keys that came in with a history: they are protected on the network. */
  noteProtected(network: Network, keys: readonly Pick<KeyRecord, 'publicKey' | 'backSince'>[]): void
  /** What the chain signs for an exit, with the forks it needs; undefined where the network has no fork data. */
  exitValue(network: Network, exit: AskedExit): unknown
  /** As a beacon node says, where one is configured. */
  validatorIndex?(network: Network, publicKey: Hex, deadline: Deadline): Promise<bigint | undefined>
}
