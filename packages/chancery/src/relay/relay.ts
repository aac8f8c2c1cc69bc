/** The relay: takes transactions on, drives their lanes, tells how they stand. */
import { deadlineIn, left } from '../base/deadline.ts'
import type { Call } from '../core/call.ts'
import { keyNotFound, Refused } from '../core/errors.ts'
import type { TransactionId } from '../core/names.ts'
import type { Relay, TransactionView } from '../core/services.ts'
import type { TransactionRow } from '../core/store.ts'
import { accept } from './accept.ts'
import { createDriver } from './driver.ts'
import { readingGenuine } from './genuine.ts'
import type { RelayRooms } from './rooms.ts'
import { withoutSource } from './row.ts'
import { failUnassigned } from './set-back.ts'

export interface RunningRelay extends Relay {
  /**
   * Before a gap in the store is accepted: what may have been sent already is not sent again by itself. Ends where the gap
   * was `acceptedElsewhere`: what is there since then is in order.
   */
  failUnassigned(acceptedElsewhere: () => Promise<boolean>): Promise<void>
  close(): Promise<void>
}

/** Picks up at once whatever an earlier process left open. */
export function startRelay(given: RelayRooms): RunningRelay {
  const rooms = { ...given, store: readingGenuine(given.store, given.stateKey) }
  const driver = createDriver(rooms)
  driver.start()
  return {
    send: async (request, call) => {
      const row = await accept(rooms, request, call)
      rooms.managed.add(row)
      driver.wake(row)
      return view(rooms, row, call)
    },
    get: async (id, call) => view(rooms, await find(rooms, id, call), call),
    list: ({ states, key }, page, call) => list(rooms, { ...(states && { states }), ...(key && { key }) }, page, call),
    wait: (id, whileIn, call) => wait(rooms, driver.turn, id, whileIn, call),
    failUnassigned: (acceptedElsewhere) => failUnassigned(rooms, acceptedElsewhere),
    close: driver.close,
  }
}

/** Another client's transaction and an absent one are alike (safety rule 21). */
async function find(rooms: RelayRooms, id: TransactionId, call: Call): Promise<TransactionRow> {
  const row = await rooms.store.transaction(id, call.deadline)
  if (row === undefined || !rooms.holdsGrantOn(call.principal, row.key)) {
    throw new Refused('not-found', 'No transaction by this id, or no grant on its key')
  }
  rooms.requirePermit(call.principal, 'relay', { key: row.key, network: row.network })
  return row
}

async function view(rooms: RelayRooms, row: TransactionRow, call: Call): Promise<TransactionView> {
  return { row: withoutSource(row), signed: await rooms.store.signedTransactions(row.id, call.deadline) }
}

async function list(
  rooms: RelayRooms,
  filter: { readonly states?: readonly TransactionRow['state'][]; readonly key?: string },
  page: { readonly after?: string; readonly limit: number },
  call: Call,
): Promise<readonly TransactionRow[]> {
  const snapshot = rooms.state.current()
  const key = filter.key === undefined ? undefined : snapshot.findKey(filter.key)
  if (filter.key !== undefined && (key === undefined || !rooms.holdsGrantOn(call.principal, key.id))) {
    throw keyNotFound()
  }
  const own = {
    client: call.principal.client,
    ...(filter.states && { states: filter.states }),
    ...(key && { key: key.id }),
  }
  return (await rooms.store.transactions(own, page, call.deadline)).map(withoutSource)
}

async function wait(
  rooms: RelayRooms,
  turn: () => Promise<void>,
  id: TransactionId,
  whileIn: readonly TransactionRow['state'][],
  call: Call,
): Promise<TransactionView> {
  for (;;) {
    const looked = turn()
    const row = await find(rooms, id, { ...call, deadline: deadlineIn(1_000, rooms.clock) })
    if (!whileIn.includes(row.state) || left(call.deadline) === 0) {
      return view(rooms, row, { ...call, deadline: deadlineIn(1_000, rooms.clock) })
    }
    await Promise.race([looked, passed(Math.min(left(call.deadline), rooms.interval))])
  }
}

function passed(milliseconds: number): Promise<void> {
  return new Promise((resolve) => void setTimeout(resolve, milliseconds))
}
