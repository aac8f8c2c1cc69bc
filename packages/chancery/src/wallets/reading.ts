/** The store as the wallets read it: rows as they were written, or a fault. */
import type { Deadline } from '../base/deadline.ts'
import type { Page } from '../core/page.ts'
import type { WalletAddress } from '../core/wallet-store.ts'
import type { WalletId } from '../core/names.ts'
import { genuineAddress, genuineRow } from './row.ts'
import type { WalletRooms } from './rooms.ts'

export function readingGenuine({ store, stateKey }: Pick<WalletRooms, 'store' | 'stateKey'>): WalletRooms['store'] {
  const one = async (found: ReturnType<typeof store.wallet>) => {
    const row = await found
    return row && genuineRow(row, stateKey)
  }
  return {
    shared: store.shared,
    wallet: (id, deadline) => one(store.wallet(id, deadline)),
    walletAt: (network, address, deadline) => one(store.walletAt(network, address, deadline)),
    walletOf: (user, asset, network, deadline) => one(store.walletOf(user, asset, network, deadline)),
    wallets: async (filter, page, deadline) =>
      (await store.wallets(filter, page, deadline)).map((row) => genuineRow(row, stateKey)),
    walletAddresses: async (wallet, page, deadline) =>
      (await store.walletAddresses(wallet, page, deadline)).map((row) => genuineAddress(row, stateKey)),
    highestAccount: (key, deadline) => store.highestAccount(key, deadline),
    destinationSince: (destination, deadline) => store.destinationSince(destination, deadline),
    lease: (name, holder, milliseconds, deadline) => store.lease(name, holder, milliseconds, deadline),
    release: (lease, deadline) => store.release(lease, deadline),
    time: (deadline) => store.time(deadline),
  }
}

/** Addresses read at once. */
const pageSize = 1_000

/** All of a wallet's addresses, in order of (branch, index). */
export async function allAddresses(
  store: Pick<WalletRooms['store'], 'walletAddresses'>,
  wallet: WalletId,
  deadline: Deadline,
): Promise<readonly WalletAddress[]> {
  const all: WalletAddress[] = []
  for (;;) {
    const page: Page = { limit: pageSize, ...(all.length > 0 && { after: cursorOf(all) }) }
    const found = await store.walletAddresses(wallet, page, deadline)
    all.push(...found)
    if (found.length < pageSize) return all
  }
}

function cursorOf(all: readonly WalletAddress[]): string {
  const last = all.at(-1)
  return `${last?.branch}/${last?.index}`
}
