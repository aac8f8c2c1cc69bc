/** What symbols mean, over all wallets: those of one symbol on a network are of one token, whatever the configuration says today. */
import type { Deadline } from '../base/deadline.ts'
import { Refused } from '../core/errors.ts'
import type { WalletState } from '../core/wallet-store.ts'
import { placesOf, requireMeaning, type Place } from './assets.ts'
import type { WalletRooms } from './rooms.ts'

const inUse: readonly WalletState[] = ['CREATING', 'CREATED', 'PENDING_DELETION']

interface Kept {
  readonly store: Pick<WalletRooms['store'], 'wallets'>
}

/** Before there is a new one. @throws Refused `not-configured` where the wallets there are, are of another token */
export async function refuseOtherMeaning({ store }: Kept, place: Place, deadline: Deadline): Promise<void> {
  if (place.asset === place.native.asset) return
  const { symbol: asset, network } = place
  const [one] = await store.wallets({ asset, network, states: inUse }, { limit: 1 }, deadline)
  if (one !== undefined) requireMeaning(one, place)
}

/** For `doctor`: what each changed symbol stops. */
export async function changedMeanings(
  rooms: Kept & Pick<WalletRooms, 'chains' | 'settings'>,
  deadline: Deadline,
): Promise<readonly Refused[]> {
  const found: Refused[] = []
  for (const place of placesOf(rooms)) {
    try {
      await refuseOtherMeaning(rooms, place, deadline)
    } catch (error) {
      if (!(error instanceof Refused)) throw error
      found.push(error)
    }
  }
  return found
}
