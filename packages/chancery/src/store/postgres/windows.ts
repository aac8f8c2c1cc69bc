import { fromHex } from '../../base/bytes.ts'
import { Failed } from '../../core/errors.ts'
import type { Round } from '../../core/store.ts'
import { integer, windowTotalOf, windowUseOf } from '../rows.ts'
import {
  judgeWindows,
  useName,
  windowName,
  windowsIn,
  windowsOf,
  type Standing,
  type WindowVerdict,
} from '../windows.ts'
import { serverTime } from './leases.ts'
import type { Session } from './pool.ts'

const nothing: WindowVerdict = { faults: [], crowded: [], uses: [], totals: [] }

/**
 * The totals are locked first, each made where it is missing, and in the order of their keys; whoever counts in a window
 * holds its total, so what is read behind the lock stands until the transaction ends (safety rule 2).
 */
export async function takeWindows(session: Session, round: Round): Promise<WindowVerdict> {
  const rows = windowsIn(round)
  const noted = noteGap(session, round)
  if (rows.length === 0) return noted.then(() => nothing)
  const [current] = await Promise.all([standing(session, round), noted])
  const verdict = judgeWindows(round, current)
  if (verdict.faults.length === 0 && verdict.crowded.length === 0) await write(session, round, verdict)
  return verdict
}

/** The clock is the server's, as it is for everything that counts in windows. */
async function noteGap(session: Session, { items, stream, seq }: Round): Promise<void> {
  if (!items.some(({ gapAccepted }) => gapAccepted)) return
  await session.query(
    `INSERT INTO accepted_gap (stream, seq, at) VALUES ($1, $2, ${serverTime}) ON CONFLICT DO NOTHING`,
    [stream, seq],
  )
}

const make = `
  INSERT INTO window_total (scope, period, total)
  SELECT scope, period, '0' FROM unnest($1::text[], $2::text[]) WITH ORDINALITY AS new (scope, period, n)
  ORDER BY n ON CONFLICT DO NOTHING`

const lock = `
  SELECT t.* FROM window_total t JOIN unnest($1::text[], $2::text[]) AS wanted (scope, period) USING (scope, period)
  ORDER BY t.scope, t.period FOR UPDATE OF t`

const look = `
  SELECT u.* FROM unnest($1::text[], $2::text[], $3::bytea[]) AS wanted (scope, period, root)
  JOIN window_use u USING (scope, period, root)`

const moment = `SELECT ${serverTime} AS now, (SELECT max(at) FROM accepted_gap) AS gap`

/** Sent together; each statement sees what was committed before it began, so the later ones see all behind the lock. */
async function standing(session: Session, round: Round): Promise<Standing> {
  const rows = windowsIn(round)
  const windows = windowsOf(rows)
  const names = [windows.map(({ scope }) => scope), windows.map(({ period }) => period)]
  const roots = rows.map(({ root }) => fromHex(root))
  const [, totals, uses, [time]] = await Promise.all([
    session.query(make, names),
    session.query(lock, names),
    session.query(look, [rows.map(({ scope }) => scope), rows.map(({ period }) => period), roots]),
    session.query(moment),
  ])
  if (time === undefined || totals.length !== windows.length) throw moved()
  return {
    totals: new Map(totals.map(windowTotalOf).map((row) => [windowName(row), row.total])),
    uses: new Map(uses.map(windowUseOf).map((row) => [useName(row), row.amount])),
    now: integer(time, 'now'),
    gap: time['gap'] === null ? undefined : integer(time, 'gap'),
  }
}

/** A total is written only where it is still the one that was judged. */
const writeTotals = `
  UPDATE window_total t SET total = new.total
  FROM unnest($1::text[], $2::text[], $3::text[], $4::text[]) AS new (scope, period, before, total)
  WHERE t.scope = new.scope AND t.period = new.period AND t.total = new.before
  RETURNING t.scope`

const writeUses = `
  INSERT INTO window_use (scope, period, root, amount, stream, seq)
  SELECT scope, period, root, amount, $1, $2
  FROM unnest($3::text[], $4::text[], $5::bytea[], $6::text[]) AS new (scope, period, root, amount)`

async function write(session: Session, { stream, seq }: Round, { uses, totals }: WindowVerdict): Promise<void> {
  if (uses.length === 0) return
  const [written] = await Promise.all([
    session.query(writeTotals, [
      totals.map(({ scope }) => scope),
      totals.map(({ period }) => period),
      totals.map(({ before }) => String(before)),
      totals.map(({ total }) => String(total)),
    ]),
    session.query(writeUses, [
      stream,
      seq,
      uses.map(({ scope }) => scope),
      uses.map(({ period }) => period),
      uses.map(({ root }) => fromHex(root)),
      uses.map(({ amount }) => String(amount)),
    ]),
  ])
  if (written.length !== totals.length) throw moved()
}

function moved(): Failed {
  return new Failed('store-corrupt', 'the total of a window moved while it was locked')
}

export async function windowTotal(session: Session, scope: string, period: string): Promise<bigint | undefined> {
  const [row] = await session.query('SELECT * FROM window_total WHERE scope = $1 AND period = $2', [scope, period])
  return row && windowTotalOf(row).total
}

/** Decimal text without leading zeros: of two, the longer is the larger. */
export async function fullestWindow(
  session: Session,
  scopePrefix: string,
  period: string,
): Promise<bigint | undefined> {
  const [row] = await session.query(
    `SELECT * FROM window_total WHERE period = $1 AND scope >= $2 AND scope < $2 || chr(1114111)
     ORDER BY length(total) DESC, total COLLATE "C" DESC LIMIT 1`,
    [period, scopePrefix],
  )
  return row && windowTotalOf(row).total
}
