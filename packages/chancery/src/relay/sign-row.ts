/** Has a row's prepared transaction signed, its next versions in the same rounds as the claim and the signature. */
import { isHex, type Hex } from '../base/bytes.ts'
import { deadlineIn } from '../base/deadline.ts'
import type { Call } from '../core/call.ts'
import type { Signed } from '../core/chain.ts'
import { Failed, Refused } from '../core/errors.ts'
import type { Joined } from '../core/services.ts'
import type { SignedTransaction, TransactionRow } from '../core/store.ts'
import { onlyOnce, sealRow } from './genuine.ts'
import { accountOf, endOf, ownUseOf, refusalOf } from './payment.ts'
import type { RelayRooms } from './rooms.ts'
import { nextRow, preparedOf, sourceOf, versionsOf } from './row.ts'
import { current, fail, noteUnsigned, stepLimit } from './write.ts'

/**
 * `rows` are written with the claim: none where it is claimed already.
 * @throws Refused, Failed: what the flow does; how the row stands then, `current` says
 */
export async function signRow(
  rooms: RelayRooms,
  row: TransactionRow,
  rows: readonly TransactionRow[],
  call: Call,
): Promise<TransactionRow> {
  const { key, network } = row
  const account = await accountOf(rooms, row, call.deadline)
  const request = {
    key,
    network,
    operation: 'sign:transaction',
    value: preparedOf(row),
    ...(account?.own && { own: account.own }),
  } as const
  await rooms.signing.signJoined(request, call, joinedTo(rooms, row, rows), ownUseOf(rooms, row, isClaimed(row, rows)))
  return current(rooms, row)
}

/** With nothing to write the claim stands; of what was signed before, the replacement spends the same. */
function isClaimed(row: TransactionRow, rows: readonly TransactionRow[]): boolean {
  return rows.length === 0 || versionsOf(row).length > 0
}

function joinedTo(rooms: RelayRooms, row: TransactionRow, rows: readonly TransactionRow[]): Joined {
  const { clock, stateKey } = rooms
  return {
    rows: rows.map((one) => sealRow(one, stateKey)),
    once: onlyOnce(row.id, versionsOf(row).length),
    finish: (signed) => {
      const bytes = signedTransaction(rooms, row, signed)
      const versions = [...versionsOf(row), bytes.hash]
      const body = { hash: bytes.hash, versions, unsigned: undefined, replacementError: undefined }
      const next = nextRow(row, clock.now(), { state: 'signed', body })
      return { rows: [sealRow(next, stateKey)], signed: [bytes] }
    },
  }
}

function signedTransaction(rooms: RelayRooms, row: TransactionRow, { hash, raw }: Signed): SignedTransaction {
  const named = hashIn(hash)
  if (named === undefined || raw === undefined)
    throw new Failed('internal', 'The chain assembled a transaction without bytes')
  return { hash: named, raw, transaction: row.id, createdAt: rooms.clock.now() }
}

/** Some chains write the ids of their transactions without `0x`. */
function hashIn(hash: string | undefined): Hex | undefined {
  const hex = hash === undefined || hash.startsWith('0x') ? hash : `0x${hash}`
  return isHex(hex, 32) ? hex : undefined
}

/**
 * Refused before anything was claimed for it, the transaction has failed and holds nothing, unless it may pass later. Once
 * its nonce or its coins are claimed they are never given back (safety rule 5): the lane waits with it, the reason on the
 * row, until it can be signed.
 */
export async function unsigned(rooms: RelayRooms, row: TransactionRow, error: unknown): Promise<TransactionRow> {
  const standing = await current(rooms, row)
  if (standing.state === 'accepted' && error instanceof Refused && !(await mayPass(rooms, standing, error))) {
    return fail(rooms, standing, error)
  }
  await noteUnsigned(rooms, standing, error)
  throw error
}

/** A freeze of everything passes, and one of a wallet. One of the key or the client alone is about these transactions. */
async function mayPass(rooms: RelayRooms, row: TransactionRow, { code }: Refused): Promise<boolean> {
  if (code === 'conflicts-with-earlier' || code === 'version-conflict') return true
  if (code !== 'frozen' && row.wallet === undefined) return false
  const snapshot = await rooms.state.refresh(deadlineIn(stepLimit, rooms.clock))
  if (endOf(rooms, row, snapshot) !== undefined) return false
  if (refusalOf(rooms, row, snapshot) !== undefined) return true
  if (code !== 'frozen') return false
  const { halted, keys, clients } = snapshot
  return halted || !(keys.get(row.key)?.value.frozen || clients.get(row.client)?.value.frozen)
}

/** On behalf of the client as it stands now, from where it asked: a grant taken away in the meantime is gone. */
export function callOf(rooms: RelayRooms, row: TransactionRow, milliseconds = stepLimit): Call | undefined {
  const principal = rooms.principalOf(row.client)
  return principal && { principal: { ...principal, ...sourceOf(row) }, deadline: deadlineIn(milliseconds, rooms.clock) }
}

export const clientGone = new Refused('unauthenticated', 'The client is no longer registered')
