/** One serial lane per (network, sender): nonces are claimed, signed and sent in order. */
import { deadlineIn, left } from '../base/deadline.ts'
import type { Network } from '../core/names.ts'
import type { Lease, TransactionRow } from '../core/store.ts'
import { catchUp } from './catch-up.ts'
import { runCoinLane, type Remembered } from './coins/lane.ts'
import { follow } from './follow.ts'
import { giveUpEnded } from './give-up.ts'
import type { RelayRooms } from './rooms.ts'
import { laneName, openStates } from './row.ts'
import { assign, broadcast, frozen, signAgain } from './send.ts'
import { noteWaiting, stepLimit } from './write.ts'

export interface Lane {
  readonly network: Network
  readonly sender: string
}

/** What geth's pool keeps of one account for certain (its `accountslots`). */
const mostUnderWay = 16
const leaseLimit = 30_000
const pageSize = 200

/**
 * Goes once through everything a lane has open, for as long as it is not `closed`. Tells `holds` the lease whenever it is
 * taken or renewed, and undefined when another has it. While behind, it is left to those that may sign. `remembered` is of
 * lanes of coins. Returns whether the next turn is due at once.
 */
export async function runLane(
  rooms: RelayRooms,
  lane: Lane,
  holds: Holds,
  closed: () => boolean,
  remembered: Remembered,
): Promise<boolean> {
  if (rooms.behind()) return false
  const hold = holdOf(rooms, lane, holds)
  const going = async () => !closed() && (await hold()) !== undefined
  if (!(await hold())) return false
  const coin = rooms.coinNetworks.get(lane.network)
  if (coin !== undefined) return runCoinLane(rooms, coin, lane, going, remembered)
  await runNonceLane(rooms, lane, going)
  return false
}

async function runNonceLane(rooms: RelayRooms, lane: Lane, going: () => Promise<boolean>): Promise<void> {
  const open = await openRows(rooms, lane)
  const snapshot = await catchUp(rooms)
  const rows = await giveUpEnded(rooms, open, snapshot)
  const underWay = byNonce(rows.filter((row) => row.nonce !== undefined))
  await follow(
    rooms,
    underWay.filter(({ state }) => state !== 'assigned'),
    going,
  )
  const assigned = underWay.filter(({ state }) => state === 'assigned')
  const accepted = rows.filter(({ state }) => state === 'accepted')
  if (rooms.state.current().halted) {
    const wait = (_: RelayRooms, row: TransactionRow) => noteWaiting(rooms, row, frozen)
    return sendEach(rooms, [...assigned, ...accepted], wait, going)
  }
  // After a crash: what was claimed is signed, what was signed is sent. A gap would strand what follows it.
  await sendEach(rooms, assigned, signAgain, going)
  await sendEach(rooms, accepted.slice(0, Math.max(0, mostUnderWay - unmined(underWay))), assign, going)
}

/** The lease, taken or renewed; not asked for again before half of it has passed. */
type Hold = () => Promise<Lease | undefined>
/** Told at once, so that a turn that fails leaves no lease nobody would release. */
type Holds = (lease: Lease | undefined) => void

function holdOf(rooms: RelayRooms, lane: Lane, holds: Holds): Hold {
  const { store, clock, holder, laneLease = leaseLimit } = rooms
  let held: Lease | undefined
  let renewal = deadlineIn(0, clock)
  return async () => {
    if (left(renewal) > 0) return held
    renewal = deadlineIn(laneLease / 2, clock)
    held = await store.lease(laneName(lane), holder, laneLease, deadlineIn(stepLimit, clock))
    holds(held)
    return held
  }
}

async function openRows(rooms: RelayRooms, lane: Lane): Promise<readonly TransactionRow[]> {
  const page = { limit: pageSize }
  return rooms.store.transactions({ ...lane, states: openStates }, page, deadlineIn(stepLimit, rooms.clock))
}

/** One after the other, for as long as the lane is ours: a slow node may use the lease up. */
async function sendEach(
  rooms: RelayRooms,
  rows: readonly TransactionRow[],
  sign: (rooms: RelayRooms, row: TransactionRow) => Promise<TransactionRow>,
  going: () => Promise<boolean>,
): Promise<void> {
  for (const row of rows) {
    if (!(await going())) return
    const signed = await sign(rooms, row)
    if (signed.state === 'signed') await broadcast(rooms, signed)
  }
}

function unmined(rows: readonly TransactionRow[]): number {
  return rows.filter(({ state }) => state !== 'mined').length
}

function byNonce(rows: readonly TransactionRow[]): readonly TransactionRow[] {
  return rows.toSorted((a, b) => ((a.nonce ?? 0n) < (b.nonce ?? 0n) ? -1 : 1))
}
