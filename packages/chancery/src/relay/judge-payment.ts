/** What can be refused of a payment before anything is kept: by its rules, and where the node says that it cannot be paid. */
import { atMost, left, type Deadline } from '../base/deadline.ts'
import type { JsonObject } from '../base/json.ts'
import type { Call } from '../core/call.ts'
import { Failed, Refused } from '../core/errors.ts'
import type { Facts } from '../core/facts.ts'
import type { CoinOrder, WalletPayment } from '../core/payments.ts'
import type { OwnUse } from '../core/services.ts'
import type { TransactionRow } from '../core/store.ts'
import { coinNetworkOf, networkOf, requireAllowed } from './accept.ts'
import { builtFor } from './coins/build.ts'
import { openTurn } from './coins/turn.ts'
import { accountOf, isCoinOrder, ownUseOf } from './payment.ts'
import type { RelayRooms } from './rooms.ts'

/** Milliseconds. */
const longestAsking = 3_000

export async function judgePayment(
  rooms: RelayRooms,
  row: TransactionRow,
  { order }: WalletPayment,
  call: Call,
): Promise<void> {
  if (isCoinOrder(order)) return judgeCoins(rooms, row, order, call)
  const { node } = networkOf(rooms, row.network)
  const facts = await judge(rooms, row, node.draft(order.value), call)
  await requireBalance(rooms, row, facts, call)
}

async function judge(rooms: RelayRooms, row: TransactionRow, value: JsonObject, call: Call): Promise<Facts> {
  const account = await accountOf(rooms, row, call.deadline)
  const { key, network } = row
  const request = {
    key,
    network,
    operation: 'sign:transaction',
    value,
    ...(account?.own && { own: account.own }),
  } as const
  const { decision, facts } = await rooms.signing.judgeOwn(request, call, useOf(rooms, row))
  requireAllowed(decision)
  return facts
}

function useOf(rooms: RelayRooms, row: TransactionRow): OwnUse {
  const use = ownUseOf(rooms, row, false)
  if (use === undefined) throw new Failed('internal', `${row.id} is no wallet's`)
  return use
}

/** Of the network's own coin only: what a token's contract would say, the node is asked when it estimates the transaction. */
async function requireBalance(rooms: RelayRooms, row: TransactionRow, facts: Facts, call: Call): Promise<void> {
  const coin = facts.fee?.asset
  const paid = facts.effects.reduce(
    (sum, effect) => (effect.kind === 'transfer' && effect.asset === coin ? sum + effect.amount : sum),
    0n,
  )
  const held = await networkOf(rooms, row.network).node.balance(row.sender, asking(call)).catch(unknown)
  if (held === undefined || held >= paid) return
  throw new Refused('insufficient-funds', 'The wallet does not hold what would be paid and its fee', {
    got: held.toString(),
    wanted: `${paid} and the fee`,
  })
}

/** A node is not waited for as long as the request is: there must be time left to record it. */
function asking({ deadline }: Call): Deadline {
  return atMost(deadline, Math.min(longestAsking, left(deadline) / 2))
}

/** A node that does not answer refuses nothing: the payment waits until one does. */
function unknown(error: unknown): undefined {
  if (error instanceof Failed) return undefined
  throw error
}

/**
 * Built once as it could be signed now. That there is too little is certain only while no other payment of the wallet is
 * about to be signed, whose change would come back.
 */
async function judgeCoins(rooms: RelayRooms, row: TransactionRow, order: CoinOrder, call: Call): Promise<void> {
  const turn = await openTurn(rooms, coinNetworkOf(rooms, row.network), row, asking(call))
  const unsigned = turn.rows.some(({ state }) => state === 'accepted' || state === 'assigned')
  const built = await builtFor(turn, row, order).catch((error: unknown) => {
    if (unsigned && error instanceof Refused && error.code === 'insufficient-funds') return undefined
    return unknown(error)
  })
  if (built !== undefined) await judge(rooms, row, built.value, call)
}
