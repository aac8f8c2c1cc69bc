/** One serial lane per (network, sender): nonces are claimed, signed and sent in order. */
import { deadlineIn } from '../base/deadline.ts'
import type { Network } from '../core/names.ts'
import type { TransactionRow } from '../core/store.ts'
import { follow } from './follow.ts'
import type { RelayRooms } from './rooms.ts'
import { openStates } from './row.ts'
import { assign, broadcast, signAgain } from './send.ts'

export interface Lane {
  readonly network: Network
  readonly sender: string
}

/** What geth's pool keeps of one account for certain (its `accountslots`). */
const mostUnderWay = 16
const stepLimit = 10_000
const leaseLimit = 30_000
const pageSize = 200

/** Goes once through everything a lane has open. Returns whether something is left to look at later. */
export async function runLane(rooms: RelayRooms, lane: Lane): Promise<boolean> {
  const name = `lane ${lane.network} ${lane.sender}`
  const lease = await rooms.store.lease(name, rooms.holder, leaseLimit, deadlineIn(stepLimit, rooms.clock))
  if (lease === undefined) return true
  const rows = await openRows(rooms, lane)
  const underWay = byNonce(rows.filter((row) => row.nonce !== undefined))
  await follow(
    rooms,
    underWay.filter(({ state }) => state !== 'assigned'),
  )
  await advance(
    rooms,
    underWay.filter(({ state }) => state === 'assigned'),
  )
  await takeOn(
    rooms,
    rows.filter(({ state }) => state === 'accepted'),
    mostUnderWay - unmined(underWay),
  )
  return rows.length > 0
}

async function openRows(rooms: RelayRooms, lane: Lane): Promise<readonly TransactionRow[]> {
  const page = { limit: pageSize }
  return rooms.store.transactions({ ...lane, states: openStates }, page, deadlineIn(stepLimit, rooms.clock))
}

/** After a crash: what was claimed is signed, what was signed is sent. A gap would strand what follows it. */
async function advance(rooms: RelayRooms, rows: readonly TransactionRow[]): Promise<void> {
  for (const row of rows) {
    const signed = await signAgain(rooms, row)
    if (signed.state === 'signed') await broadcast(rooms, signed)
  }
}

async function takeOn(rooms: RelayRooms, rows: readonly TransactionRow[], room: number): Promise<void> {
  for (const row of rows.slice(0, Math.max(0, room))) {
    const signed = await assign(rooms, row)
    if (signed.state === 'signed') await broadcast(rooms, signed)
  }
}

function unmined(rows: readonly TransactionRow[]): number {
  return rows.filter(({ state }) => state !== 'mined').length
}

function byNonce(rows: readonly TransactionRow[]): readonly TransactionRow[] {
  return rows.toSorted((a, b) => ((a.nonce ?? 0n) < (b.nonce ?? 0n) ? -1 : 1))
}
