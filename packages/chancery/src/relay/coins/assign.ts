/** Gives an accepted payment its coins and its signature: the round that claims the coins says so on the row. */
import type { BuiltSpend } from '../../core/coins.ts'
import type { Call } from '../../core/call.ts'
import { usedItem } from '../../core/conflict.ts'
import { Refused } from '../../core/errors.ts'
import type { TransactionRow } from '../../core/store.ts'
import { coinOrderOf, refusalOf } from '../payment.ts'
import { errorMember, nextRow } from '../row.ts'
import { callOf, clientGone, signRow, unsigned } from '../sign-row.ts'
import { current, fail, note, noteWaiting } from '../write.ts'
import { builtFor, builtMembers } from './build.ts'
import type { Turn } from './turn.ts'

/** Coins that may turn out to be claimed by something else before the payment waits for another look. */
const mostConflicts = 50
const usualPatience = 3_600_000
const passing: ReadonlySet<string> = new Set(['insufficient-funds', 'denied', 'node-unavailable'])
/** Milliseconds for a signature of hundreds of coins by a key in a KMS, one request each. */
export const signLimit = 60_000

/** Returns the row as it now stands. */
export async function assignCoins(turn: Turn, row: TransactionRow): Promise<TransactionRow> {
  const { rooms } = turn
  const refusal = refusalOf(rooms, row, rooms.state.current())
  if (refusal !== undefined) return noteWaiting(rooms, row, refusal)
  const call = callOf(rooms, row, signLimit)
  if (call === undefined) return fail(rooms, row, clientGone)
  for (let conflicts = 0; ; conflicts++) {
    const built = await builtFor(turn, row, coinOrderOf(row)).catch((error: unknown) => unbuilt(turn, row, error))
    if (!isBuilt(built)) return built
    const outcome = await claimAndSign(turn, row, built, call, conflicts < mostConflicts)
    if (outcome !== 'taken') return outcome
  }
}

function isBuilt(built: BuiltSpend | TransactionRow): built is BuiltSpend {
  return 'spends' in built
}

/** `taken`: a coin is claimed already, and left out from here on. */
async function claimAndSign(
  turn: Turn,
  row: TransactionRow,
  built: BuiltSpend,
  call: Call,
  again: boolean,
): Promise<TransactionRow | 'taken'> {
  const { rooms } = turn
  const body = builtMembers(row, built)
  const assigned = nextRow(row, rooms.clock.now(), { state: 'assigned', body })
  try {
    return await signRow(rooms, assigned, [assigned], call)
  } catch (error) {
    const item = error instanceof Refused ? usedItem(error, 'outpoint') : undefined
    if (item === undefined || !again || (await current(rooms, row)).state !== 'accepted') {
      return unsigned(rooms, row, error)
    }
    turn.claimed.add(item)
    return 'taken'
  }
}

/** After a crash between claim and signature: the same transaction, the same claims. */
export async function signAgain({ rooms }: Turn, row: TransactionRow): Promise<TransactionRow> {
  const refusal = refusalOf(rooms, row, rooms.state.current())
  if (refusal !== undefined) return noteWaiting(rooms, row, refusal)
  const call = callOf(rooms, row, signLimit)
  if (call === undefined) return row
  return signRow(rooms, row, [], call).catch((error: unknown) => unsigned(rooms, row, error))
}

/**
 * Too little money, and a fee that is too high or that no node knows, may pass: the payment waits for a time, holding nothing.
 * What else is refused has failed, and a node that did not answer is asked again.
 */
async function unbuilt({ rooms }: Turn, row: TransactionRow, error: unknown): Promise<TransactionRow> {
  if (!(error instanceof Refused)) {
    await note(rooms, row, { error: errorMember(error) })
    throw error
  }
  const now = rooms.clock.now()
  const since = Number(row.body['since'] ?? now)
  if (!passing.has(error.code) || now - since >= (rooms.coinPatience ?? usualPatience)) return fail(rooms, row, error)
  return note(rooms, row, { since, error: errorMember(error) })
}
