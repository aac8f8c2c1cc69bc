/** What the policy of wallets is handed by `compose.ts`. */
import type { Principal } from '../../core/access.ts'
import type { Snapshot } from '../../core/state.ts'
import type { Store } from '../../core/store.ts'
import type { WalletRooms } from '../rooms.ts'

export interface PolicyRooms extends Pick<WalletRooms, 'state' | 'clock' | 'chains' | 'settings'> {
  readonly store: Pick<Store, 'wallet' | 'destinationSince' | 'time' | 'windowTotal' | 'fullestWindow'>
  /** Asked of the newest state. @throws Refused `denied`, `unauthenticated` */
  requireAdministrator(principal: Principal, snapshot: Snapshot): void
}
