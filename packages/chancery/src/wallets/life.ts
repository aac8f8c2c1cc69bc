/**
 * The end of a wallet. Its row changes first, so that nothing is paid from it any more; its key follows. A branch of a tree
 * has no key of its own: its addresses stay derivable as long as the tree is kept.
 */
import { isoTime } from '../base/clock.ts'
import { deadlineIn } from '../base/deadline.ts'
import { sideBySide } from '../base/side-by-side.ts'
import type { Call } from '../core/call.ts'
import { Failed, Refused } from '../core/errors.ts'
import type { KeyId, WalletId } from '../core/names.ts'
import type { WalletRow } from '../core/wallet-store.ts'
import type { WalletView } from '../core/wallets.ts'
import { onBehalf } from './behalf.ts'
import { placeOfRow, tokensBeside } from './assets.ts'
import { findWallet, requireState } from './find.ts'
import { giveUp, isGivenUp } from './give-up.ts'
import { allAddresses } from './reading.ts'
import type { WalletDesk, WalletRooms } from './rooms.ts'
import { bodyOf, nextRow, walletItem } from './row.ts'
import { viewOf } from './view.ts'

const day = 86_400_000

/**
 * Said again, it asks the back-end again, which may have failed the first time; the date stays. One that is being made ends at
 * once, by an administrator.
 */
export async function scheduleDeletion(
  rooms: WalletDesk,
  id: WalletId,
  { days, empty }: { readonly days: number; readonly empty: boolean },
  call: Call,
): Promise<WalletView> {
  const found = await findWallet(rooms, id, 'wallets:delete', call)
  requireDays(days)
  if (found.state === 'CREATING' || isGivenUp(found)) return viewOf(rooms, await giveUp(rooms, found, days, call), call)
  const row = requireState(found, 'CREATED', 'PENDING_DELETION')
  if (row.state === 'CREATED') await refuseStillNeeded(rooms, row, empty, call)
  const date = isoTime(rooms.clock.now() + days * day)
  const key = ownKey(row)
  if (key && row.state === 'CREATED') await rooms.keyring.requireDeletable(key, onBehalf(call, 'keys:delete', key))
  const deletion = { date, requestedBy: call.principal.client, ...(isDisabled(rooms, key) && { disabled: true }) }
  const pending = row.state === 'CREATED' ? await put(rooms, row, 'PENDING_DELETION', { deletion }) : row
  // What the ledger shows was asked above; the key's own look would ask it again.
  if (key) await rooms.keyring.scheduleDeletion(key, days, onBehalf(call, 'keys:delete', key), { forced: true })
  return viewOf(rooms, pending, call)
}

export async function cancelDeletion(rooms: WalletRooms, id: WalletId, call: Call): Promise<WalletView> {
  const row = requireState(await findWallet(rooms, id, 'wallets:delete', call), 'PENDING_DELETION')
  const key = ownKey(row)
  if (key) await bringBack(rooms, key, bodyOf(row).deletion?.disabled === true, call)
  return viewOf(rooms, await put(rooms, row, 'CREATED', { deletion: undefined }), call)
}

function isDisabled({ state }: WalletRooms, key: KeyId | undefined): boolean {
  return key !== undefined && state.current().keys.get(key)?.value.state === 'disabled'
}

/**
 * A key whose deletion was cancelled comes back disabled; the wallet's is wanted at once. One that an administrator had disabled
 * stays so: nobody with the right to end wallets takes that decision back.
 */
async function bringBack({ keyring, state }: WalletRooms, key: KeyId, disabled: boolean, call: Call): Promise<void> {
  const { state: standing } = state.current().keys.get(key)?.value ?? {}
  if (standing === 'pending-deletion') await keyring.cancelDeletion(key, onBehalf(call, 'keys:delete', key))
  if (standing !== 'enabled' && !disabled) await keyring.enable(key, onBehalf(call, 'admin', key))
}

/** @throws Refused `key-state` before the window has passed */
export async function purge(rooms: WalletRooms, id: WalletId, call: Call): Promise<WalletView> {
  const row = requireState(await findWallet(rooms, id, 'wallets:delete', call), 'PENDING_DELETION')
  const { deletion } = bodyOf(row)
  const now = await rooms.store.time(call.deadline)
  if (now < Date.parse(deletion?.date ?? '')) {
    const particulars = { got: isoTime(now), wanted: `after ${deletion?.date}` }
    throw new Refused('wallet-state', 'The deletion window has not passed', particulars)
  }
  // What a KMS destroyed by itself at that date nothing here saves.
  if (row.tier !== 'native') await refuseHolding(rooms, row, 'Cancel the deletion, and move it first', call)
  const key = ownKey(row)
  const standing = key && rooms.state.current().keys.get(key)?.value.state
  if (key && standing !== 'purged') await rooms.keyring.purge(key, onBehalf(call, 'keys:delete', key))
  return viewOf(rooms, await put(rooms, row, 'DELETED', {}), call)
}

function ownKey({ key, account }: WalletRow): KeyId | undefined {
  return account === undefined ? key : undefined
}

function requireDays(days: number): void {
  if (Number.isInteger(days) && days >= 7 && days <= 30) return
  const particulars = { where: 'days', got: String(days), wanted: '7 to 30' }
  throw new Refused('invalid-request', 'The window is 7 to 30 days', particulars)
}

/** @throws Refused while something would be lost with the wallet, as far as anybody here can tell */
async function refuseStillNeeded(rooms: WalletRooms, row: WalletRow, empty: boolean, call: Call): Promise<void> {
  if (!empty) {
    const particulars = { where: 'empty', got: 'false', wanted: 'true, once nothing is left in it' }
    throw new Refused('wallet-state', 'Somebody must say that nothing is left in the wallet', particulars)
  }
  const { treasury } = rooms.state.current().walletPolicy.value
  if (row.address !== undefined && treasury[row.network]?.includes(row.address)) {
    const hint = 'Put another address in the treasury first: sweeps go there'
    throw new Refused('wallet-state', 'The wallet is of the treasury', { got: row.address, hint })
  }
  await refuseHolding(rooms, row, 'Move it first: a sweep takes all of it', call)
  await refuseUnsettled(rooms, row, call)
}

/**
 * The network's own coin on any of its addresses, and every token that wallets of the network may hold beside it.
 * @throws Refused `wallet-state`; Failed `node-refused` where a token does not say what is there
 */
async function refuseHolding(rooms: WalletRooms, row: WalletRow, hint: string, { deadline }: Call): Promise<void> {
  const { id, network, address } = row
  const addresses = (await allAddresses(rooms.store, id, deadline)).map((one) => one.address)
  const [first] = (await rooms.holding?.(network, addresses, deadline)) ?? []
  if (first !== undefined) throw somethingLeft(first, hint)
  if (address === undefined) return
  const tokens = tokensBeside(placeOfRow(rooms, row))
  const held = await sideBySide(tokens, tokensAtOnce, async (asset) => {
    return rooms.balance?.(network, asset, address, deadline)
  })
  tokens.forEach((asset, i) => {
    if (held[i]) throw somethingLeft(`${held[i]} of ${asset}`, hint)
  })
}

/** Asked of a node at once. */
const tokensAtOnce = 8

function somethingLeft(got: string, hint: string): Refused {
  return new Refused('wallet-state', 'Something is left in the wallet', { got, hint })
}

async function refuseUnsettled({ payments }: WalletRooms, { id }: WalletRow, { deadline }: Call): Promise<void> {
  const states = ['accepted', 'assigned', 'signed', 'broadcast', 'mined'] as const
  const [open] = await payments.payments({ wallet: id, states }, { limit: 1 }, deadline)
  if (open === undefined) return
  throw new Refused('wallet-state', 'A payment of the wallet is under way', { got: `${open.id}: ${open.state}` })
}

/** The whole of a change is given its own time: a caller who hangs up does not leave it half done. */
async function put(
  rooms: WalletRooms,
  row: WalletRow,
  state: WalletRow['state'],
  body: Parameters<typeof nextRow>[2]['body'] & {},
): Promise<WalletRow> {
  const next = nextRow(row, rooms.clock.now(), { state, body })
  const recorded = await rooms.recorder.record(walletItem(rooms, next), deadlineIn(5_000, rooms.clock))
  if (recorded.status === 'recorded') return next
  if (recorded.status === 'refused') throw new Refused('version-conflict', 'The wallet changed in the meantime')
  throw new Failed('internal', `The wallet ${row.id} could not be changed`)
}
