/** Deposit addresses of wallets in a tree: the next one, and those there are. */
import { atMost } from '../base/deadline.ts'
import type { Call } from '../core/call.ts'
import { Failed, Refused } from '../core/errors.ts'
import type { WalletId } from '../core/names.ts'
import type { Page } from '../core/page.ts'
import type { WalletAddress, WalletRow } from '../core/wallet-store.ts'
import type { DepositAddress } from '../core/wallets.ts'
import { pathText } from '../curves/bip32.ts'
import { accountPath, childOf } from './account.ts'
import { checkedAddress } from './address.ts'
import { formOf, placeOfRow } from './assets.ts'
import { findWallet, requireState } from './find.ts'
import { requireNarrowGap } from './paid.ts'
import { allAddresses } from './reading.ts'
import type { WalletRooms } from './rooms.ts'
import { bodyOf, isOvertaken, nextRow, rowLimit, walletItem } from './row.ts'

/** Times another request may take the place before it is given up. */
const tries = 20

/** The version of the wallet's row goes up with each, so that no place is given twice. */
export async function newAddress(rooms: WalletRooms, id: WalletId, call: Call): Promise<DepositAddress> {
  for (let i = 0; i < tries; i++) {
    const row = requireState(await findWallet(rooms, id, 'wallets:create', call), 'CREATED')
    requireTree(row)
    requireCoins(rooms, row)
    const given = (await allAddresses(rooms.store, id, call.deadline)).filter(({ branch }) => branch === 0)
    const seen = await requireNarrowGap(rooms, row, given, call)
    const added = await add(rooms, row, given.length, seen, call)
    if (added !== undefined) return shown(rooms, row, added)
  }
  throw new Failed('overloaded', 'Other requests keep taking the next address of this wallet')
}

function requireTree({ account, tier }: WalletRow): void {
  if (account !== undefined) return
  const particulars = { where: 'tier', got: tier, wanted: 'hd' }
  throw new Refused('not-supported', 'A wallet with a key of its own has one address', particulars)
}

/** Payments leave one account: what came to another one of a chain with accounts, no withdrawal and no sweep would find. */
function requireCoins(rooms: WalletRooms, row: WalletRow): void {
  const { chain, symbol, native } = placeOfRow(rooms, row)
  if (chain.transfer === undefined) return
  const hint = 'Make another wallet, for a user name such as 123-savings'
  const particulars = { where: 'wallet', got: `${symbol} on ${native.networkName}`, wanted: 'a chain of coins', hint }
  throw new Refused('not-supported', 'A wallet of a chain with accounts pays from its one address', particulars)
}

/** Undefined when another request was first. */
async function add(
  rooms: WalletRooms,
  row: WalletRow,
  index: number,
  seen: { readonly paid?: number },
  call: Call,
): Promise<WalletAddress | undefined> {
  const place = placeOfRow(rooms, row)
  const form = formOf(place, bodyOf(row).form)
  const { publicKey } = childOf(row, form, place, { branch: 0, index })
  const now = rooms.clock.now()
  const address = checkedAddress(rooms, place, form, publicKey)
  const one = { network: row.network, address, wallet: row.id, branch: 0, index, createdAt: now }
  const item = walletItem(rooms, nextRow(row, now, { body: { ...seen } }), [one])
  const recorded = await rooms.recorder.record(item, atMost(call.deadline, rowLimit))
  if (recorded.status === 'recorded') return { ...one, mac: '0x' }
  if (isOvertaken(recorded)) return undefined
  throw new Failed('internal', 'The address could not be recorded')
}

function shown(rooms: WalletRooms, row: WalletRow, address: WalletAddress): DepositAddress {
  const place = placeOfRow(rooms, row)
  const form = formOf(place, bodyOf(row).form)
  if (row.account === undefined) return { ...address, path: 'm' }
  return { ...address, path: pathText([...accountPath(form, place, row.account), address.branch, address.index]) }
}

export async function listAddresses(
  rooms: WalletRooms,
  id: WalletId,
  page: Page,
  call: Call,
): Promise<{ readonly addresses: readonly DepositAddress[]; readonly next?: string }> {
  const row = await findWallet(rooms, id, 'wallets:read', call)
  const found = await rooms.store.walletAddresses(id, page, call.deadline)
  const last = found.length === page.limit ? found.at(-1) : undefined
  const next = last && `${last.branch}/${last.index}`
  return { addresses: found.map((one) => shown(rooms, row, one)), ...(next && { next }) }
}
