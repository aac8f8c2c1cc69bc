/** What the accounts are handed by `compose.ts`. */
import type { Clock } from '../base/clock.ts'
import type { Principal } from '../core/access.ts'
import type { ChainAccounts } from '../core/accounts.ts'
import type { KeyBackend } from '../core/backend.ts'
import type { Chain } from '../core/chain.ts'
import type { ChainId, KeyId, Network, Operation } from '../core/names.ts'
import type { LedgerNode } from '../core/node.ts'
import type { SigningFlow } from '../core/services.ts'
import type { State } from '../core/state.ts'

export interface AccountRooms {
  readonly state: State
  readonly chains: ReadonlyMap<ChainId, Chain>
  readonly backends: ReadonlyMap<string, KeyBackend>
  readonly ledgers: ReadonlyMap<Network, LedgerNode>
  readonly signing: Pick<SigningFlow, 'signOwn'>
  readonly clock: Clock
  requirePermit(principal: Principal, operation: Operation, about: { key?: KeyId; network?: Network }): void
  holdsGrantOn(principal: Principal, key: KeyId): boolean
  permits(principal: Principal, operation: Operation, about: { key?: KeyId; network?: Network }): boolean
}

/** A chain whose accounts outlive their keys. */
export type AccountChain = Chain & { readonly accounts: ChainAccounts }

export function hasAccounts(chain: Chain | undefined): chain is AccountChain {
  return chain?.accounts !== undefined
}
