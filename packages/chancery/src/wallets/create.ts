/**
 * A wallet comes to be: its row first, as CREATING, with the id its key will have; then the key, the address and a test
 * signature; then CREATED. Whatever stops in between is found by its row and finished, and never makes a second key.
 */
import { randomUUID } from 'node:crypto'
import { isoTime } from '../base/clock.ts'
import { atMost, type Deadline } from '../base/deadline.ts'
import { newId } from '../base/id.ts'
import type { Call } from '../core/call.ts'
import { Failed, Refused } from '../core/errors.ts'
import type { KeyId } from '../core/names.ts'
import type { ItemFault } from '../core/store.ts'
import type { Tier, WalletRow } from '../core/wallet-store.ts'
import type { CreateWallet, WalletView } from '../core/wallets.ts'
import { formOf, placeOf, requireMeaning, type Place } from './assets.ts'
import { finishOne } from './finish.ts'
import type { WalletDesk, WalletRooms } from './rooms.ts'
import { bodyOf, rowLimit, walletItem } from './row.ts'
import { refuseOtherMeaning } from './meaning.ts'
import { providerTaken } from './provider.ts'
import { backendFor, tierOf } from './tiers.ts'
import { treeOf } from './tree.ts'
import { viewOf } from './view.ts'

/** What a request comes to. */
export interface Wanted {
  readonly user: string
  readonly place: Place
  readonly tier: Tier
  readonly form: string
  readonly providerId?: string
}

export async function createWallet(rooms: WalletDesk, request: CreateWallet, call: Call): Promise<WalletView> {
  const wanted = wantedOf(rooms, request, call)
  try {
    const row = await claim(rooms, wanted, call)
    const done = row.state === 'CREATING' ? refuseGivenUp(await finishOne(rooms, row, call)) : row
    if (row.state === 'CREATING') rooms.meter.created(wanted.tier, 'done')
    return viewOf(rooms, done, call)
  } catch (error) {
    rooms.meter.created(wanted.tier, error instanceof Refused ? 'refused' : 'failed')
    throw error
  }
}

/** An administrator was at the same wallet. @throws Refused `wallet-state`: whoever wants one is not told of one that has ended */
function refuseGivenUp(row: WalletRow): WalletRow {
  if (row.state !== 'DELETED') return row
  throw new Refused('wallet-state', 'The creation of this wallet was given up in the meantime', {
    got: row.state,
    wanted: 'CREATED',
    hint: 'Ask again: it will be another wallet',
    retryAfter: 1,
  })
}

/** @throws Refused before anything is kept */
function wantedOf(rooms: WalletRooms, request: CreateWallet, call: Call): Wanted {
  const place = placeOf(rooms, request.asset, request.network)
  rooms.requirePermit(call.principal, 'wallets:create', { network: place.network })
  const tier = tierOf(rooms, request.tier)
  const form = formOf(place, request.form)
  backendFor(rooms, tier, place.native, form)
  return {
    user: request.user,
    place,
    tier,
    form: form.name,
    ...(request.providerId && { providerId: request.providerId }),
  }
}

/** Times another process may take the account or the place before it is given up. */
const tries = 100

/** The row there is, or a new one: unique by (user, asset, network), whoever asks at once. */
async function claim(rooms: WalletDesk, wanted: Wanted, call: Call): Promise<WalletRow> {
  const { user, place } = wanted
  for (let i = 0; i < tries; i++) {
    const found = await rooms.store.walletOf(user, place.symbol, place.network, call.deadline)
    if (found !== undefined) return asWanted(found, wanted)
    const row = await newRow(rooms, wanted, call)
    const fault = await insert(rooms, row, call.deadline)
    if (fault === undefined) return row
    if (fault.taken === 'provider') throw providerTaken(row.provider)
  }
  throw new Failed('overloaded', 'Other wallets keep taking the place of this one')
}

/** @throws Refused `already-exists` where the user's wallet is another one than asked for */
function asWanted(found: WalletRow, { tier, form, providerId, place, user }: Wanted): WalletRow {
  requireMeaning(found, place)
  const standing = bodyOf(found)
  const compared = [
    { where: 'tier', got: tier, wanted: found.tier },
    { where: 'addressType', got: form, wanted: standing.form },
    { where: 'providerId', got: providerId ?? standing.providerId, wanted: standing.providerId },
  ]
  const other = compared.find(({ got, wanted }) => got !== wanted)
  if (other === undefined) return found
  const hint = `It is ${found.id}: a user has one wallet of an asset on a network`
  const detail = `${user} has a ${place.symbol} wallet on ${place.network} already`
  throw new Refused('already-exists', detail, { ...other, hint })
}

async function newRow(rooms: WalletDesk, wanted: Wanted, call: Call): Promise<WalletRow> {
  const { user, place, tier, form, providerId } = wanted
  await refuseOtherMeaning(rooms, place, call.deadline)
  const branch = tier === 'hd' ? await newBranch(rooms, place, call) : undefined
  const now = rooms.clock.now()
  const keyId = branch?.key ?? newId('key', now)
  const provider = providerId ?? randomUUID()
  return {
    id: newId('wal', now),
    version: 1,
    user,
    asset: place.symbol,
    network: place.network,
    tier,
    state: 'CREATING',
    ...branch,
    provider,
    body: { providerId: provider, assetId: place.asset, form, keyId, since: isoTime(now) },
    createdAt: now,
    updatedAt: now,
  }
}

/** Given out in this process one after the other; another process's is refused by the store, and asked for again. */
async function newBranch(rooms: WalletDesk, { chain }: Place, call: Call): Promise<{ key: KeyId; account: number }> {
  const key = await treeOf(rooms, chain.id, call)
  const highest = await rooms.store.highestAccount(key, call.deadline)
  return { key, account: rooms.accounts.next(key, highest) }
}

type Taken = Extract<ItemFault, { readonly reason: 'wallet' }>

/** Undefined when it is recorded. */
async function insert(rooms: WalletRooms, row: WalletRow, deadline: Deadline): Promise<Taken | undefined> {
  const item = { ...walletItem(rooms, row), signs: true }
  const recorded = await rooms.recorder.record(item, atMost(deadline, rowLimit))
  if (recorded.status === 'recorded') return undefined
  if (recorded.status === 'halted') throw new Refused('frozen', 'Everything is frozen')
  if (recorded.status === 'refused' && recorded.fault.reason === 'wallet') return recorded.fault
  throw new Failed('internal', 'The wallet could not be recorded')
}
