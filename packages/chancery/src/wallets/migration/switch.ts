/**
 * One wallet from its old signer to this service, and back. Both ways the mark changes under the fence, so that a payment is
 * either accepted before and known to whoever asks, or refused: never lost between the two, and never taken on by both.
 */
import { atMost } from '../../base/deadline.ts'
import type { Call } from '../../core/call.ts'
import { Refused } from '../../core/errors.ts'
import type { WalletId } from '../../core/names.ts'
import type { TransactionRow } from '../../core/store.ts'
import type { WalletRow } from '../../core/wallet-store.ts'
import type { WalletMigration } from '../../core/wallets.ts'
import { findWallet, requireState } from '../find.ts'
import { paysElsewhere } from '../policy/frozen.ts'
import { allAddresses } from '../reading.ts'
import type { WalletRooms } from '../rooms.ts'
import { bodyOf } from '../row.ts'
import { viewOf } from '../view.ts'
import { isCompared, markVersion, putMark } from './mark.ts'

const openStates = ['accepted', 'assigned', 'signed', 'broadcast', 'mined'] as const
const pageSize = 200
/** Milliseconds that lanes get to give up what holds no claim. */
const givingUp = 3_000

export async function cutOver(rooms: WalletRooms, id: WalletId, forced: boolean, call: Call): Promise<WalletMigration> {
  const row = await found(rooms, id, call)
  const snapshot = await rooms.state.refresh(call.deadline)
  if (paysElsewhere(snapshot, id)) {
    if (!forced && !isCompared(snapshot, row)) throw notCompared()
    await refuseInFlight(rooms, row, call)
    await putMark(rooms, id, false, call, markVersion(snapshot, id))
  }
  return standing(rooms, row, call)
}

export async function rollBack(rooms: WalletRooms, id: WalletId, call: Call): Promise<WalletMigration> {
  const row = await found(rooms, id, call)
  if (bodyOf(row).importedKeyId === undefined && markVersion(await rooms.state.refresh(call.deadline), id) === 0) {
    const hint = 'To stop it: chancery wallets freeze'
    throw new Refused('wallet-state', 'The wallet was made here: there is no old signer to go back to', { hint })
  }
  await putMark(rooms, id, true, call)
  await givenUp(rooms, id, call)
  return standing(rooms, row, call)
}

export async function migration(rooms: WalletRooms, id: WalletId, call: Call): Promise<WalletMigration> {
  return standing(rooms, await findWallet(rooms, id, 'wallets:read', call), call)
}

async function found(rooms: WalletRooms, id: WalletId, call: Call): Promise<WalletRow> {
  return requireState(await findWallet(rooms, id, 'admin', call), 'CREATED')
}

async function standing(rooms: WalletRooms, row: WalletRow, call: Call): Promise<WalletMigration> {
  const underWay = await openRows(rooms, row.id, openStates, call)
  const compared = isCompared(rooms.state.current(), row)
  return { view: viewOf(rooms, row, call), compared, underWay: underWay.map(({ id, state }) => ({ id, state })) }
}

async function openRows(
  { payments }: WalletRooms,
  wallet: WalletId,
  states: readonly TransactionRow['state'][],
  { deadline }: Call,
): Promise<readonly TransactionRow[]> {
  const rows: TransactionRow[] = []
  for (;;) {
    const after = rows.at(-1)?.id
    const more = await payments.payments({ wallet, states }, { limit: pageSize, ...(after && { after }) }, deadline)
    rows.push(...more)
    if (more.length < pageSize) return rows
  }
}

/** The lanes do it, whichever process drives them: they are waited for as long as the request has time. */
async function givenUp(rooms: WalletRooms, wallet: WalletId, call: Call): Promise<void> {
  const deadline = atMost(call.deadline, givingUp)
  for (const { id } of await openRows(rooms, wallet, ['accepted'], call)) {
    await rooms.payments.paid(id, ['accepted'], deadline)
  }
}

function notCompared(): Refused {
  const hint = 'chancery wallets verify, or chancery wallets migrate shadow with what the old signer signed; or --force'
  return new Refused('wallet-state', 'Nobody has held the old signer against the key here yet', {
    got: 'not compared',
    hint,
  })
}

/** What the old signer sent last must be settled: two transactions with one nonce, or of one coin, are one too many. */
async function refuseInFlight(rooms: WalletRooms, row: WalletRow, call: Call): Promise<void> {
  const { network, address = '' } = row
  const nonces = await rooms.nonces?.(network, address, call.deadline)
  if (nonces !== undefined) return refusePending(rooms, row, nonces, call)
  const addresses = (await allAddresses(rooms.store, row.id, call.deadline)).map((one) => one.address)
  const unconfirmed = await rooms.unconfirmed?.(network, addresses, call.deadline)
  if (unconfirmed === undefined) {
    const particulars = { where: 'networks', got: network, wanted: 'a node of this network' }
    throw new Refused('not-configured', 'Without a node nobody knows what the old signer has in flight', particulars)
  }
  if (unconfirmed[0] !== undefined) throw inFlight(unconfirmed[0])
}

/** A nonce that a payment from here holds is no sign of the old signer. */
async function refusePending(
  rooms: WalletRooms,
  { id }: WalletRow,
  { mined, pending }: { readonly mined: bigint; readonly pending: bigint },
  call: Call,
): Promise<void> {
  if (pending <= mined) return
  const ours = new Set((await openRows(rooms, id, openStates, call)).map(({ nonce }) => nonce))
  for (let nonce = mined; nonce < pending; nonce++) {
    if (!ours.has(nonce)) throw inFlight(`nonce ${nonce}`)
  }
}

function inFlight(got: string): Refused {
  const hint = 'Stop the old signer for this wallet, wait until what it sent is in a block, and ask again'
  return new Refused('wallet-state', 'A transaction of the wallet is in no block yet', { got, hint, retryAfter: 15 })
}
