/**
 * Which deposit addresses of a wallet were ever paid. Coins come and go, and a node may keep no history: so the highest
 * address that was seen paid stands in the wallet's row, where it only rises.
 */
import { atMost, type Deadline } from '../base/deadline.ts'
import type { Call } from '../core/call.ts'
import { Failed, Refused } from '../core/errors.ts'
import type { WalletId } from '../core/names.ts'
import type { WalletAddress, WalletRow } from '../core/wallet-store.ts'
import { allAddresses } from './reading.ts'
import type { WalletRooms } from './rooms.ts'
import { bodyOf, isOvertaken, nextRow, rowLimit, walletItem } from './row.ts'

/** The index of no address. */
const none = -1

/** Times another change of the row may come first before it is given up. */
const tries = 20

/** Kept from here on: a payment spends coins that came to these addresses. Of a wallet with one address nothing is. */
export async function notePaid(
  rooms: Pick<WalletRooms, 'store' | 'recorder' | 'stateKey' | 'clock'>,
  wallet: WalletId,
  addresses: readonly string[],
  deadline: Deadline,
): Promise<void> {
  for (let i = 0; i < tries; i++) {
    const row = await rooms.store.wallet(wallet, deadline)
    if (row?.account === undefined) return
    const known = paidOf(row)
    const behind = known === none ? undefined : { branch: 0, index: known }
    const paid = highestOf(await allAddresses(rooms.store, wallet, deadline, behind), addresses)
    if (paid === none) return
    const next = nextRow(row, rooms.clock.now(), { body: { paid } })
    const recorded = await rooms.recorder.record(walletItem(rooms, next), atMost(deadline, rowLimit))
    if (recorded.status === 'recorded') return
    if (!isOvertaken(recorded)) {
      throw new Failed('internal', `It could not be recorded that an address of the wallet ${wallet} was paid`)
    }
  }
  throw new Failed('overloaded', `Other changes of the wallet ${wallet} keep coming first`)
}

/**
 * Whoever finds a wallet again from its seed looks at so many addresses behind the last that was ever paid (BIP-44): what
 * lies further is lost to him. Where the row does not tell of one near enough, a node is asked, if there is one; where that
 * remembers none, the wallet's own payments are, which may be older than what the row keeps.
 * @returns what the row is to keep with the next address
 * @throws Refused `limit-reached`; Failed of the node
 */
export async function requireNarrowGap(
  rooms: WalletRooms,
  row: WalletRow,
  given: readonly WalletAddress[],
  { deadline }: Call,
): Promise<{ readonly paid?: number }> {
  const { gap } = rooms.settings
  const last = given.slice(-gap)
  if (given.length < gap || paidOf(row) >= (last[0]?.index ?? none)) return {}
  const asked = last.map(({ address }) => address)
  const found = await rooms.received?.(row.network, asked, deadline)
  if (found === undefined) return {}
  const spent = found.length === 0 ? await rooms.payments.spentFrom(row.id, asked, deadline) : []
  if (found.length + spent.length === 0) throw tooWide(gap, given.length)
  // One that waits for a block may be taken back: it counts for now.
  const inBlocks = found.filter(({ inBlock }) => inBlock).map(({ address }) => address)
  const paid = highestOf(last, [...inBlocks, ...spent])
  return paid > paidOf(row) ? { paid } : {}
}

function paidOf(row: WalletRow): number {
  return bodyOf(row).paid ?? none
}

/** Change goes to addresses of a branch of its own, which nobody hands out. */
function highestOf(all: readonly WalletAddress[], addresses: readonly string[]): number {
  const wanted = new Set(addresses)
  const paid = all.filter(({ branch, address }) => branch === 0 && wanted.has(address))
  return Math.max(none, ...paid.map(({ index }) => index))
}

function tooWide(gap: number, given: number): Refused {
  return new Refused('limit-reached', `None of the last ${gap} addresses was paid to`, {
    got: `${given} addresses`,
    wanted: 'a payment to one of the last',
    hint: 'Wallets that are restored from a seed look no further than the setting wallet.gap says: hand these out first',
  })
}
