/** Asking for a replacement: written on the row, and done by its lane. */
import { atMost, left } from '../base/deadline.ts'
import type { Call } from '../core/call.ts'
import { Failed, Refused } from '../core/errors.ts'
import type { TransactionId } from '../core/names.ts'
import type { PrepareReplacement, Replacement } from '../core/payments.ts'
import { commitLimit } from '../core/recorder.ts'
import type { Snapshot } from '../core/state.ts'
import type { TransactionRow } from '../core/store.ts'
import { ownUseOf } from './payment.ts'
import type { RelayRooms } from './rooms.ts'
import { nextRow, rowEntry, rowItem } from './row.ts'

export async function askReplacement(
  rooms: RelayRooms,
  id: TransactionId,
  prepare: PrepareReplacement,
  call: Call,
): Promise<TransactionRow> {
  let snapshot = rooms.state.current()
  while (left(call.deadline) > 0) {
    const row = await replaceable(rooms, id, call)
    const asked = await prepare(row, snapshot)
    const next = nextRow(row, rooms.clock.now(), { body: { replacement: kept(asked) } })
    if (await record(rooms, next, snapshot, call)) return next
    snapshot = await rooms.state.refresh(atMost(call.deadline, commitLimit))
  }
  throw new Failed('deadline-exceeded', 'The payment kept changing')
}

async function replaceable(rooms: RelayRooms, id: TransactionId, call: Call): Promise<TransactionRow> {
  const row = await rooms.store.transaction(id, atMost(call.deadline, commitLimit))
  const use = row && ownUseOf(rooms, row, true)
  if (row === undefined || use === undefined) throw new Refused('not-found', 'No payment by this id')
  rooms.requirePermit(call.principal, use.right, { key: row.key, network: row.network })
  if (!rooms.coinNetworks.has(row.network)) {
    throw new Refused('not-supported', 'Only payments in coins are replaced', { got: row.network })
  }
  const under = row.body['replacement'] ?? row.body['unsigned']
  if ((row.state === 'signed' || row.state === 'broadcast') && under === undefined) return row
  throw new Refused('wallet-state', 'This payment cannot be replaced now', {
    got: under === undefined ? row.state : 'a replacement is under way',
    wanted: 'signed or broadcast',
  })
}

function kept({ feeRate, maxFee, rules }: Replacement) {
  return { feeRate: feeRate.toString(), maxFee: maxFee.toString(), rules: { ...rules } }
}

/** False where the state or the row moved on: then it is judged again. */
async function record(rooms: RelayRooms, row: TransactionRow, { epoch }: Snapshot, call: Call): Promise<boolean> {
  const { replacement } = row.body
  const entry = { ...rowEntry(row), ...(replacement !== undefined && { replacement }), by: call.principal.client }
  const item = { ...rowItem(rooms, row), bodies: [entry], epoch, signs: true }
  const recorded = await rooms.recorder.record(item, atMost(call.deadline, commitLimit))
  if (recorded.status === 'halted') throw new Refused('frozen', 'All signing is frozen')
  return recorded.status === 'recorded'
}
