/** Wallets by user, asset, network, status, tier and address, page by page. */
import type { Call } from '../core/call.ts'
import type { NativeAsset } from '../core/chain.ts'
import { Refused } from '../core/errors.ts'
import { isNetwork, type Network } from '../core/names.ts'
import type { Snapshot } from '../core/state.ts'
import type { Page } from '../core/page.ts'
import type { WalletFilter, WalletRow, WalletState } from '../core/wallet-store.ts'
import type { WalletQuery, WalletView } from '../core/wallets.ts'
import { placeIfServed, placeOf, wantedAsset } from './assets.ts'
import { aboutOf, readingsOf } from './find.ts'
import type { WalletRooms } from './rooms.ts'
import { statusOf, viewOf } from './view.ts'

export async function listWallets(
  rooms: WalletRooms,
  query: WalletQuery,
  page: Page,
  call: Call,
): Promise<{ readonly wallets: readonly WalletView[]; readonly next?: string }> {
  const network = networkOf(rooms, query)
  rooms.requirePermit(call.principal, 'wallets:read', network ? { network } : {})
  const snapshot = rooms.state.current()
  const filter = filterOf(rooms, query, network)
  const found: WalletRow[] = []
  let after = page.after
  for (;;) {
    const rows = await rooms.store.wallets(filter, { ...page, ...(after && { after }) }, call.deadline)
    found.push(...rows.filter((row) => isShown(rooms, snapshot, row, query, call)))
    after = rows.at(-1)?.id
    if (rows.length < page.limit || found.length >= page.limit) break
  }
  const shown = found.slice(0, page.limit)
  const next = shown.length === page.limit ? shown.at(-1)?.id : undefined
  return { wallets: shown.map((row) => viewOf(rooms, row, call)), ...(next && { next }) }
}

/** `FROZEN` is no state of a row: what is frozen says the snapshot. */
function isShown(rooms: WalletRooms, snapshot: Snapshot, row: WalletRow, { status }: WalletQuery, call: Call): boolean {
  if (!rooms.permits(call.principal, 'wallets:read', aboutOf(row))) return false
  if (status !== 'FROZEN' && status !== 'CREATED') return true
  return statusOf(snapshot, row, placeIfServed(rooms, row)) === status
}

function networkOf(rooms: WalletRooms, { asset, network }: WalletQuery): Network | undefined {
  if (network === undefined) return undefined
  if (isNetwork(network)) return network
  if (asset !== undefined) return placeOf(rooms, asset, network).network
  const named = [...rooms.chains.values()].flatMap(({ natives }) => natives ?? [])
  const found = named.filter(({ networkName }) => networkName === network)
  const [only, second] = found
  if (only !== undefined && second === undefined) return only.network
  throw second === undefined ? noSuchNetwork(network, named) : severalNetworks(network, found)
}

function noSuchNetwork(got: string, natives: readonly NativeAsset[]): Refused {
  const wanted = [...new Set(natives.map(({ networkName }) => networkName))].join(', ')
  return new Refused('unknown-network', 'No network of wallets is called so', { where: 'network', got, wanted })
}

/** To list one of them would show some wallets as if they were all. */
function severalNetworks(got: string, natives: readonly NativeAsset[]): Refused {
  const wanted = `an asset beside it, or one of ${natives.map(({ network }) => network).join(', ')}`
  return new Refused('unknown-network', 'Several networks are called so', { where: 'network', got, wanted })
}

const rowStates: Readonly<Record<NonNullable<WalletQuery['status']>, WalletState>> = {
  CREATING: 'CREATING',
  CREATED: 'CREATED',
  FROZEN: 'CREATED',
  PENDING_DELETION: 'PENDING_DELETION',
  DELETED: 'DELETED',
}

function filterOf(
  rooms: WalletRooms,
  { user, asset, status, tier, address }: WalletQuery,
  network: Network | undefined,
): WalletFilter {
  return {
    ...(user !== undefined && { user }),
    ...(network && { network }),
    ...(asset !== undefined && wantedAsset(rooms, asset, network)),
    ...(status && { states: [rowStates[status]] }),
    ...(tier && { tier }),
    ...(address !== undefined && { address: [...readingsOf(rooms, address).values()][0] ?? address }),
  }
}
