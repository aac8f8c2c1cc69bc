/** The relay: takes transactions on, drives their lanes, tells how they stand. */
import { deadlineIn, left, type Deadline } from '../base/deadline.ts'
import type { Call } from '../core/call.ts'
import { keyNotFound, Refused } from '../core/errors.ts'
import type { TransactionId } from '../core/names.ts'
import type { PaymentRelay } from '../core/payments.ts'
import type { Relay } from '../core/services.ts'
import type { TransactionView } from '../core/transactions.ts'
import type { TransactionRow } from '../core/store.ts'
import { accept } from './accept.ts'
import { askReplacement } from './ask-replacement.ts'
import { spentFrom } from './coins/spent-from.ts'
import { createDriver } from './driver.ts'
import { readingGenuine } from './genuine.ts'
import { acceptPayment } from './pay.ts'
import type { RelayRooms } from './rooms.ts'
import { withoutSource } from './row.ts'
import { failUnassigned } from './set-back.ts'

export interface RunningRelay extends Relay, PaymentRelay {
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
    pay: async (prepare, call, idempotency) => {
      const row = await acceptPayment(rooms, prepare, call, idempotency)
      rooms.managed.add(row)
      driver.wake(row)
      return bareView(rooms, row, call.deadline)
    },
    replace: async (id, prepare, call) => {
      const row = await askReplacement(rooms, id, prepare, call)
      driver.wake(row)
      return bareView(rooms, row, call.deadline)
    },
    payment: (id, deadline) => payment(rooms, id, deadline),
    payments: async (filter, page, deadline) =>
      (await rooms.store.transactions(filter, page, deadline)).map(withoutSource),
    spentFrom: (wallet, addresses, deadline) => spentFrom(rooms, wallet, addresses, deadline),
    paid: (id, whileIn, deadline) =>
      whileOpen(rooms, driver.turn, whileIn, deadline, () => payment(rooms, id, within(rooms))),
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

function view(rooms: RelayRooms, row: TransactionRow, { deadline }: Call): Promise<TransactionView> {
  return bareView(rooms, row, deadline)
}

async function bareView(rooms: RelayRooms, row: TransactionRow, deadline: Deadline): Promise<TransactionView> {
  return { row: withoutSource(row), signed: await rooms.store.signedTransactions(row.id, deadline) }
}

/** Undefined for a transaction of no wallet too. */
async function payment(rooms: RelayRooms, id: TransactionId, deadline: Deadline): Promise<TransactionView | undefined> {
  const row = await rooms.store.transaction(id, deadline)
  return row?.wallet && bareView(rooms, row, deadline)
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
  return whileOpen(rooms, turn, whileIn, call.deadline, async () => {
    const asked = { ...call, deadline: within(rooms) }
    return view(rooms, await find(rooms, id, asked), asked)
  })
}

/** Looks after each turn of a lane, and at least once an interval. */
async function whileOpen<V extends TransactionView | undefined>(
  rooms: RelayRooms,
  turn: () => Promise<void>,
  whileIn: readonly TransactionRow['state'][],
  deadline: Deadline,
  look: () => Promise<V>,
): Promise<V> {
  for (;;) {
    const looked = turn()
    const found = await look()
    if (found === undefined || !whileIn.includes(found.row.state) || left(deadline) === 0) return found
    await Promise.race([looked, passed(Math.min(left(deadline), rooms.interval))])
  }
}

function within({ clock }: RelayRooms): Deadline {
  return deadlineIn(1_000, clock)
}

function passed(milliseconds: number): Promise<void> {
  return new Promise((resolve) => void setTimeout(resolve, milliseconds))
}
