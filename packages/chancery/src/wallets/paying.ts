/** What the relay asks of a wallet while it pays. */
import type { Deadline } from '../base/deadline.ts'
import type { OwnScripts } from '../core/own-scripts.ts'
import { Failed, Refused } from '../core/errors.ts'
import type { WalletId } from '../core/names.ts'
import type { PayingWallets, WalletAccount } from '../core/payments.ts'
import type { Snapshot } from '../core/state.ts'
import type { TransactionRow } from '../core/store.ts'
import type { WalletAddress, WalletRow } from '../core/wallet-store.ts'
import { childOf } from './account.ts'
import { formOf, placeOfRow } from './assets.ts'
import { requireState } from './find.ts'
import { notePaid } from './paid.ts'
import { elsewhere, frozenBy, paysElsewhere } from './policy/frozen.ts'
import { allAddresses } from './reading.ts'
import type { WalletRooms } from './rooms.ts'
import { bodyOf } from './row.ts'
import { termsOf } from './terms.ts'

type Rooms = Pick<WalletRooms, 'store' | 'chains' | 'settings'>

export function payingWallets(rooms: Rooms & Pick<WalletRooms, 'recorder' | 'stateKey' | 'clock'>): PayingWallets {
  return {
    accountOf: (wallet, deadline) => accountOf(rooms, wallet, deadline),
    notePaid: (wallet, addresses, deadline) => notePaid(rooms, wallet, addresses, deadline),
    refusal: (row, snapshot) => refusal(row, snapshot),
    ended: ({ wallet }, snapshot) => (wallet && paysElsewhere(snapshot, wallet) ? elsewhere() : undefined),
  }
}

/** Derived anew from the wallet's own record each time. */
export async function accountOf(rooms: Rooms, wallet: WalletId, deadline: Deadline): Promise<WalletAccount> {
  const row = await rooms.store.wallet(wallet, deadline)
  if (row === undefined) throw new Failed('store-corrupt', `The wallet ${wallet} of a payment is missing`)
  requireState(row, 'CREATED')
  const rows = await allAddresses(rooms.store, wallet, deadline)
  const own = ownScripts(rooms, row, rows)
  const change = changeOf(row, rows)
  return { addresses: rows.map(({ address }) => address), change, ...(own && { own }) }
}

/** Where the rest of its coins goes. @throws Failed `store-corrupt` for a wallet without an address */
export function changeOf({ id, address }: WalletRow, addresses: readonly WalletAddress[]): string {
  const change = addresses.find(({ branch }) => branch === 1)?.address ?? address
  if (change !== undefined) return change
  throw new Failed('store-corrupt', `The wallet ${id} has no address`)
}

function ownScripts(rooms: Rooms, row: WalletRow, addresses: readonly WalletAddress[]): OwnScripts | undefined {
  if (row.account === undefined) return undefined
  const place = placeOfRow(rooms, row)
  const form = formOf(place, bodyOf(row).form)
  return { children: addresses.map((at) => childOf(row, form, place, at)) }
}

/** Of the row's own words: it was judged when it was accepted, and waits while what it is about is frozen. */
function refusal(row: TransactionRow, snapshot: Snapshot): Refused | undefined {
  const { wallet } = row
  if (wallet === undefined) return undefined
  const { user, asset } = termsOf(row)
  const where = frozenBy(snapshot, { wallet, user, asset })
  return where === undefined
    ? undefined
    : new Refused('frozen', 'This wallet, its user or its asset is frozen', { where })
}
