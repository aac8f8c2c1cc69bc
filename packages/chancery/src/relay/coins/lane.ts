/** One serial lane per wallet of coins: payments are followed, then signed one after the other, each of coins that are free. */
import { Refused } from '../../core/errors.ts'
import type { TransactionRow } from '../../core/store.ts'
import { catchUp } from '../catch-up.ts'
import { giveUpEnded } from '../give-up.ts'
import type { Pauses } from '../pauses.ts'
import { coinOrderOf } from '../payment.ts'
import type { CoinNetwork, RelayRooms } from '../rooms.ts'
import { replacementOf } from '../replacement.ts'
import { laneName } from '../row.ts'
import { frozen } from '../send.ts'
import { noteWaiting } from '../write.ts'
import { assignCoins, signAgain } from './assign.ts'
import { isSigned } from './build.ts'
import { replaceRow } from './replace.ts'
import { settleLookingAhead, settleRow } from './settle.ts'
import { keep, openTurn, type Turn } from './turn.ts'

type Step = (turn: Turn, row: TransactionRow) => Promise<TransactionRow>

/** What a driver remembers from one turn to the next. Lost with its process, it costs a look, or an early try. */
export interface Remembered {
  /** Payments that wait for coins or lower fees, by id. */
  readonly waits: Pauses
  /** When all that a wallet has under way was looked at last, by the lane's name, on the monotonic clock. */
  readonly looks: Map<string, number>
}

/** New payments are signed for so long before those that were sent are looked at again, or for as long as that look took. */
const leastSigning = 5_000

/** Goes through what a wallet has open, for as long as the lane is ours. @returns whether the time was over before that */
export async function runCoinLane(
  rooms: RelayRooms,
  coin: CoinNetwork,
  lane: Pick<TransactionRow, 'network' | 'sender'>,
  going: () => Promise<boolean>,
  { waits, looks }: Remembered,
): Promise<boolean> {
  const began = rooms.clock.monotonic()
  const turn = await openTurn(rooms, coin, lane)
  turn.rows = await giveUpEnded(rooms, turn.rows, await catchUp(rooms))
  await look(turn, laneName(lane), looks, going)
  const looked = rooms.clock.monotonic() - began
  if (rooms.state.current().halted) {
    await each(turn, turn.rows.filter(waitsForSignature), wait, going)
    return false
  }
  // After a crash: what was claimed is signed before anything else is.
  await each(turn, turn.rows.filter(isClaimed), thenSent(signAgain), going)
  const replaced = turn.rows.filter((row) => replacementOf(row) !== undefined && !isMined(row))
  await each(turn, replaced, thenSent(replaceRow), going)
  const until = rooms.clock.monotonic() + Math.max(leastSigning, looked)
  const inTime = async () => rooms.clock.monotonic() < until && going()
  return !(await each(turn, newIn(turn, waits), thenSent(orLater(assignCoins, waits)), inTime))
}

/**
 * Follows what was signed. Whoever comes within an interval of the last look at all of it is not kept waiting for another:
 * then those are looked at that nothing was heard of yet, and those that something done in this turn depends on.
 */
async function look(
  turn: Turn,
  lane: string,
  looks: Remembered['looks'],
  going: () => Promise<boolean>,
): Promise<void> {
  const { clock, interval } = turn.rooms
  const last = looks.get(lane) ?? -Infinity
  const whole = clock.monotonic() - last >= interval
  const due = whole ? turn.rows : pressing(turn.rows)
  const rows = due.filter(isSigned)
  const all = await each(turn, rows, settleLookingAhead(rows), going)
  if (whole && all) looks.set(lane, clock.monotonic())
}

/** Not seen yet; or about to be replaced, or to be paid for by a child: what is in a block needs neither. */
function pressing(rows: readonly TransactionRow[]): readonly TransactionRow[] {
  const parents = new Set(rows.map((row) => (row.state === 'accepted' ? coinOrderOf(row).parent : undefined)))
  return rows.filter((row) => {
    const { replacement, unsigned } = row.body
    return row.state === 'signed' || replacement !== undefined || unsigned !== undefined || parents.has(row.id)
  })
}

/** Those that wait for coins or lower fees come after those that were never tried, whoever was tried longest ago first. */
function newIn({ rows }: Turn, waits: Pauses): readonly TransactionRow[] {
  const due = rows.filter((row) => row.state === 'accepted' && waits.over(row.id))
  return due.toSorted((a, b) => waits.due(a.id) - waits.due(b.id))
}

function isMined({ state }: TransactionRow): boolean {
  return state === 'mined' || state === 'final'
}

function isClaimed(row: TransactionRow): boolean {
  return row.state === 'assigned' || (row.body['unsigned'] !== undefined && !isMined(row))
}

function waitsForSignature(row: TransactionRow): boolean {
  return row.state === 'accepted' || isClaimed(row)
}

function wait({ rooms }: Turn, row: TransactionRow): Promise<TransactionRow> {
  return noteWaiting(rooms, row, frozen)
}

function thenSent(sign: Step): Step {
  return async (turn, row) => {
    const signed = keep(turn, await sign(turn, row))
    return signed.state === 'signed' ? settleRow(turn, signed) : signed
  }
}

/** What waits for coins or lower fees, or is refused, is not built anew at every look; nor does it hold up the others. */
function orLater(sign: Step, waits: Pauses): Step {
  return async (turn, row) => {
    try {
      const signed = await sign(turn, row)
      waits.told(row.id, signed.body['since'] === undefined)
      return signed
    } catch (error) {
      if (!(error instanceof Refused)) throw error
      waits.told(row.id, false)
      turn.rooms.onError(error, laneName(row))
      return row
    }
  }
}

/**
 * One that is refused does not hold up the others; a fault of a node, a back-end or the store would meet them all.
 * Returns whether all were reached.
 */
async function each(
  turn: Turn,
  rows: readonly TransactionRow[],
  step: Step,
  going: () => Promise<boolean>,
): Promise<boolean> {
  const refusals: Refused[] = []
  for (const row of rows) {
    if (!(await going())) return false
    try {
      keep(turn, await step(turn, row))
    } catch (error) {
      if (!(error instanceof Refused)) throw error
      refusals.push(error)
    }
  }
  if (refusals[0] !== undefined) throw refusals[0]
  return true
}
