/** What the flow is handed by `compose.ts`: the other rooms, by contract. */
import type { Clock } from '../base/clock.ts'
import type { Deadline } from '../base/deadline.ts'
import type { Principal } from '../core/access.ts'
import type { KeyBackend } from '../core/backend.ts'
import type { Chain } from '../core/chain.ts'
import type { Claim, ClaimRows } from '../core/claim.ts'
import type { Decision, Question } from '../core/decision.ts'
import type { KeyRecord } from '../core/key.ts'
import type { ChainId, KeyId, Network, Operation } from '../core/names.ts'
import type { Ceiling } from '../core/protection.ts'
import type { Recorder } from '../core/recorder.ts'
import type { State } from '../core/state.ts'
import type { Store } from '../core/store.ts'
import type { Verifier } from '../core/verifier.ts'

export interface SigningRooms {
  readonly state: State
  readonly recorder: Recorder
  readonly store: Pick<Store, 'idempotency'>
  readonly chains: ReadonlyMap<ChainId, Chain>
  readonly backends: ReadonlyMap<string, KeyBackend>
  readonly clock: Clock
  readonly verifier: Pick<Verifier, 'normalise' | 'sampled'>
  /** @throws Refused `key-not-found` without any grant on the key, `denied` with a grant that does not cover this. */
  requirePermit(principal: Principal, operation: Operation, about: { key?: KeyId; network?: Network }): void
  evaluate(question: Question): Decision
  /** @throws Refused `invalid-payload`, `conflicts-with-earlier` */
  claimRows(claims: readonly Claim[], ceiling?: Ceiling): ClaimRows
  /**
   * Our time, where the store's is the same but for two seconds (safety rule 8). Asked rarely: see `agreed-time.ts`.
   * @throws Failed `clock-in-doubt`, store faults
   */
  agreedTime(deadline: Deadline): Promise<number>
  /**
   * Asked before duties are claimed that nothing may contradict. Undefined where there is nothing to wait for; else what these
   * keys must not sign is on record when it resolves. @throws Failed
   */
  protectUsed?(network: Network, keys: readonly KeyRecord[], deadline: Deadline): Promise<void> | undefined
  /** Whether money is real on a network; for what belongs to none, on any that is served. */
  isMain(network: Network | undefined): boolean
  /** Whether the relay hands out this sender's nonces: then nobody else chooses one (safety rule 9). */
  relayManages(network: Network, sender: string, deadline: Deadline): Promise<boolean>
}
