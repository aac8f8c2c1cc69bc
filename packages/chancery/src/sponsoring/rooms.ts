/** What sponsoring is handed by `compose.ts`. */
import type { Clock } from '../base/clock.ts'
import type { Deadline } from '../base/deadline.ts'
import type { Principal } from '../core/access.ts'
import type { Chain } from '../core/chain.ts'
import type { ChainId, KeyId, Network, Operation } from '../core/names.ts'
import type { LedgerNode } from '../core/node.ts'
import type { Recorder } from '../core/recorder.ts'
import type { SigningFlow } from '../core/services.ts'
import type { Sponsor } from '../core/sponsoring.ts'
import type { State } from '../core/state.ts'

export type SponsorOutcome = 'signed' | 'confirmed' | 'refused' | 'failed'

export interface SponsoringRooms {
  readonly state: State
  readonly chains: ReadonlyMap<ChainId, Chain>
  readonly ledgers: ReadonlyMap<Network, LedgerNode>
  readonly sponsors: readonly Sponsor[]
  readonly signing: Pick<SigningFlow, 'signOwn'>
  readonly recorder: Pick<Recorder, 'trail'>
  readonly clock: Clock
  requirePermit(principal: Principal, operation: Operation, about: { key?: KeyId; network?: Network }): void
  /** Sends a whole group and waits for it. @throws Failed `not-executable`, `in-doubt` */
  send(
    node: LedgerNode,
    group: readonly Uint8Array[],
    about: { readonly id: string; readonly lastValid: bigint },
    deadline: Deadline,
  ): Promise<{ readonly round: bigint }>
  observe(sponsor: Sponsor, outcome: SponsorOutcome): void
}
