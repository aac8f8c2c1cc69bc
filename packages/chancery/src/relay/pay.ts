/** Taking a wallet's payment on: it counts in its windows in the round that accepts it, and never again. */
import { atMost, left } from '../base/deadline.ts'
import { newId } from '../base/id.ts'
import type { Call } from '../core/call.ts'
import { entryWindow, type WindowRow } from '../core/claim.ts'
import { conflict } from '../core/conflict.ts'
import { Failed, Refused } from '../core/errors.ts'
import type { TransactionId } from '../core/names.ts'
import type { PreparePayment, WalletPayment } from '../core/payments.ts'
import { commitLimit, type RecordItem } from '../core/recorder.ts'
import type { IdempotencyKey } from '../core/transactions.ts'
import type { Snapshot } from '../core/state.ts'
import type { TransactionRow } from '../core/store.ts'
import { earlierRow, idempotencyOf } from './accept.ts'
import { judgePayment } from './judge-payment.ts'
import { ownUseOf, paymentMembers } from './payment.ts'
import type { RelayRooms } from './rooms.ts'
import { rowEntry, rowItem, sourceMember } from './row.ts'

/** @returns the row as recorded, or the one the same Idempotency-Key made before */
export async function acceptPayment(
  rooms: RelayRooms,
  prepare: PreparePayment,
  call: Call,
  idempotency: IdempotencyKey | undefined,
): Promise<TransactionRow> {
  const earlier = await earlierRow(rooms, idempotency, call)
  if (earlier !== undefined) return permitted(rooms, earlier, call)
  const id = newId('txn', rooms.clock.now())
  let snapshot = rooms.state.current()
  while (left(call.deadline) > 0) {
    const payment = await prepare(id, snapshot)
    rooms.requirePermit(call.principal, payment.right, { key: payment.key, network: payment.network })
    const row = newRow(rooms, id, payment, call)
    await judgePayment(rooms, row, payment, call)
    const accepted = await record(rooms, row, payment, snapshot, call, idempotency)
    if (accepted !== undefined) return accepted
    snapshot = await rooms.state.refresh(atMost(call.deadline, commitLimit))
  }
  throw new Failed('deadline-exceeded', 'What the payment was judged by kept changing')
}

/** Whoever says a request again is asked for the right again (safety rule 7). @throws Refused `denied`, `key-not-found` */
function permitted(rooms: RelayRooms, row: TransactionRow, { principal }: Call): TransactionRow {
  const { right } = ownUseOf(rooms, row, true) ?? { right: 'relay' }
  rooms.requirePermit(principal, right, { key: row.key, network: row.network })
  return row
}

function newRow(rooms: RelayRooms, id: TransactionId, payment: WalletPayment, call: Call): TransactionRow {
  const now = rooms.clock.now()
  const { wallet, key, network, sender } = payment
  return {
    id,
    version: 1,
    client: call.principal.client,
    key,
    network,
    sender,
    state: 'accepted',
    wallet,
    body: { ...paymentMembers(payment), ...sourceMember(call.principal) },
    createdAt: now,
    updatedAt: now,
  }
}

/** Undefined where it must be judged again: the state moved on, or the period of a window ended. */
async function record(
  rooms: RelayRooms,
  row: TransactionRow,
  payment: WalletPayment,
  { epoch }: Snapshot,
  call: Call,
  asked: IdempotencyKey | undefined,
): Promise<TransactionRow | undefined> {
  const { windows } = rooms.claimRows(payment.windows)
  if (windows.length > 0) await rooms.agreedTime(atMost(call.deadline, commitLimit))
  const idempotency = idempotencyOf(asked, call, row.id)
  const item = { ...acceptedItem(rooms, row, payment, windows), epoch, ...(idempotency && { idempotency }) }
  const recorded = await rooms.recorder.record(item, atMost(call.deadline, commitLimit))
  if (recorded.status === 'recorded') return row
  if (recorded.status === 'halted') throw new Refused('frozen', 'All signing is frozen')
  if (recorded.status === 'stale' || recorded.fault.reason === 'period') return undefined
  if (recorded.fault.reason !== 'idempotency') throw conflict(recorded.fault, rooms.clock.now())
  return earlierRow(rooms, asked, call)
}

/** What is accepted is signed, if not at once: a halted service takes nothing on. */
function acceptedItem(
  rooms: RelayRooms,
  row: TransactionRow,
  { destinations = [], purpose, terms, wallet }: WalletPayment,
  windows: readonly WindowRow[],
): RecordItem {
  const entry = {
    ...rowEntry(row),
    wallet,
    purpose,
    terms,
    ...(windows.length > 0 && { windows: windows.map(entryWindow) }),
  }
  return { ...rowItem(rooms, row), bodies: [entry], signs: true, windows, destinations }
}
