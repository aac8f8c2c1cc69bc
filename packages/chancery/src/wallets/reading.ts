/** The store as the wallets read it: rows as they were written, or a fault. */
import type { Deadline } from '../base/deadline.ts'
import type { Page } from '../core/page.ts'
import { Failed } from '../core/errors.ts'
import type { WalletId } from '../core/names.ts'
import type { WalletAddress, WalletRow } from '../core/wallet-store.ts'
import { genuineAddress, genuineRow } from './row.ts'
import type { WalletRooms } from './rooms.ts'

type Kept = WalletRooms['store']

export function readingGenuine({ store, stateKey }: Pick<WalletRooms, 'store' | 'stateKey'>): Kept {
  const one = async (found: ReturnType<Kept['wallet']>) => {
    const row = await found
    return row && genuineRow(row, stateKey)
  }
  const walletAddresses: Kept['walletAddresses'] = async (wallet, page, deadline) =>
    (await store.walletAddresses(wallet, page, deadline)).map((row) => genuineAddress(row, stateKey))
  const at = (row: WalletRow, address: string, deadline: Deadline) => ofIts({ walletAddresses }, row, address, deadline)
  return {
    shared: store.shared,
    wallet: (id, deadline) => one(store.wallet(id, deadline)),
    walletAt: async (network, address, deadline) => {
      const row = await one(store.walletAt(network, address, deadline))
      return row && at(row, address, deadline)
    },
    walletOf: (user, asset, network, deadline) => one(store.walletOf(user, asset, network, deadline)),
    wallets: async (filter, page, deadline) => {
      const rows = (await store.wallets(filter, page, deadline)).map((row) => genuineRow(row, stateKey))
      const { address } = filter
      return address === undefined ? rows : Promise.all(rows.map((row) => at(row, address, deadline)))
    },
    walletAddresses,
    highestAccount: (key, deadline) => store.highestAccount(key, deadline),
    destinationSince: (destination, deadline) => store.destinationSince(destination, deadline),
    lease: (name, holder, milliseconds, deadline) => store.lease(name, holder, milliseconds, deadline),
    release: (lease, deadline) => store.release(lease, deadline),
    time: (deadline) => store.time(deadline),
  }
}

/**
 * The wallet, where the address is one of its own: what is paid there is credited to it, and which wallet it leads to the
 * database alone has said. @throws Failed `store-corrupt`
 */
async function ofIts(
  store: Pick<Kept, 'walletAddresses'>,
  row: WalletRow,
  address: string,
  deadline: Deadline,
): Promise<WalletRow> {
  if (row.address === address) return row
  const its = await allAddresses(store, row.id, deadline)
  if (its.some((one) => one.network === row.network && one.address === address)) return row
  throw new Failed('store-corrupt', `The wallet ${row.id} was not given the address that leads to it`)
}

/** Addresses read at once. */
const pageSize = 1_000

type Place = Pick<WalletAddress, 'branch' | 'index'>

/** All of a wallet's addresses, in order of (branch, index); those behind a place, where one is given. */
export async function allAddresses(
  store: Pick<WalletRooms['store'], 'walletAddresses'>,
  wallet: WalletId,
  deadline: Deadline,
  behind?: Place,
): Promise<readonly WalletAddress[]> {
  const all: WalletAddress[] = []
  for (;;) {
    const last: Place | undefined = all.at(-1) ?? behind
    const page: Page = { limit: pageSize, ...(last && { after: `${last.branch}/${last.index}` }) }
    const found = await store.walletAddresses(wallet, page, deadline)
    all.push(...found)
    if (found.length < pageSize) return all
  }
}
