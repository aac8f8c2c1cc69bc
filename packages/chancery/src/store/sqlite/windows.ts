import { fromHex } from '../../base/bytes.ts'
import { Failed } from '../../core/errors.ts'
import type { Position, Round } from '../../core/store.ts'
import { integer, windowTotalOf, windowUseOf } from '../rows.ts'
import {
  judgeWindows,
  useName,
  windowName,
  windowsIn,
  windowsOf,
  type NewTotal,
  type Standing,
  type WindowVerdict,
} from '../windows.ts'
import type { Database } from './database.ts'

/** The transaction is the only writer (BEGIN IMMEDIATE), so what it reads stands until it ends. */
export function takeWindows(db: Database, round: Round, now: number): WindowVerdict {
  if (round.items.some(({ gapAccepted }) => gapAccepted)) noteGap(db, round, now)
  const verdict = judgeWindows(round, standing(db, round, now))
  if (verdict.faults.length > 0 || verdict.crowded.length > 0) return verdict
  for (const row of verdict.uses) {
    const sql = 'INSERT INTO window_use (scope, period, root, amount, stream, seq) VALUES (?, ?, ?, ?, ?, ?)'
    db.run(sql, row.scope, row.period, fromHex(row.root), String(row.amount), round.stream, round.seq)
  }
  for (const total of verdict.totals) writeTotal(db, total)
  return verdict
}

function noteGap(db: Database, { stream, seq }: Position, now: number): void {
  db.run('INSERT INTO accepted_gap (stream, seq, at) VALUES (?, ?, ?)', stream, seq, now)
}

function standing(db: Database, round: Round, now: number): Standing {
  const rows = windowsIn(round)
  const totals = windowsOf(rows).flatMap(({ scope, period }) =>
    db.all('SELECT * FROM window_total WHERE scope = ? AND period = ?', scope, period).map(windowTotalOf),
  )
  const uses = rows.flatMap(({ scope, period, root }) => {
    const sql = 'SELECT * FROM window_use WHERE scope = ? AND period = ? AND root = ?'
    return db.all(sql, scope, period, fromHex(root)).map(windowUseOf)
  })
  return {
    totals: new Map(totals.map((row) => [windowName(row), row.total])),
    uses: new Map(uses.map((row) => [useName(row), row.amount])),
    now,
    gap: rows.length === 0 ? undefined : newestGap(db),
  }
}

function newestGap(db: Database): number | undefined {
  const row = db.get('SELECT at FROM accepted_gap ORDER BY at DESC LIMIT 1')
  return row && integer(row, 'at')
}

function writeTotal(db: Database, { scope, period, before, total }: NewTotal): void {
  const written = db.run(
    `INSERT INTO window_total (scope, period, total) VALUES (?1, ?2, ?3)
     ON CONFLICT (scope, period) DO UPDATE SET total = excluded.total WHERE window_total.total = ?4`,
    scope,
    period,
    String(total),
    String(before),
  )
  if (written !== 1) throw new Failed('store-corrupt', `the total of ${scope} ${period} moved while it was locked`)
}

export function windowTotal(db: Database, scope: string, period: string): bigint | undefined {
  const row = db.get('SELECT * FROM window_total WHERE scope = ? AND period = ?', scope, period)
  return row && windowTotalOf(row).total
}

/** Decimal text without leading zeros: of two, the longer is the larger. */
export function fullestWindow(db: Database, scopePrefix: string, period: string): bigint | undefined {
  const row = db.get(
    `SELECT * FROM window_total WHERE period = ?1 AND scope >= ?2 AND scope < ?2 || char(1114111)
     ORDER BY length(total) DESC, total DESC LIMIT 1`,
    period,
    scopePrefix,
  )
  return row && windowTotalOf(row).total
}
