/** Whole tables, for copies. */
import { setImmediate as turn } from 'node:timers/promises'
import { bytesOf, fitting, keyColumns, namesOf, rowsAtOnce, valuesOf, type TableWriter } from '../copy.ts'
import type { Table, Values } from '../tables.ts'
import type { Database } from './database.ts'
import { failedOf } from './faults.ts'

/** On this thread, a page a turn: whoever else works on it waits for a page and no longer. */
export function sqliteTables(db: Database): TableWriter {
  return {
    page: async (table, after) => {
      await turn()
      return failing(() => read(db, table, after))
    },
    insert: async (table, rows) => {
      await turn()
      failing(() => write(db, table, rows))
    },
  }
}

/** @throws Failed `disk-full` and the like, not errors that only SQLite knows */
function failing<T>(work: () => T): T {
  try {
    return work()
  } catch (error) {
    throw failedOf(error, 'work')
  }
}

function read(db: Database, table: Table, after: Values | undefined): readonly Values[] {
  const key = namesOf(keyColumns(table))
  const where = after === undefined ? '' : `WHERE (${key}) > (${after.map(() => '?').join(', ')})`
  const next = (what: string, limit: number) =>
    db.all(`SELECT ${what} FROM ${table.name} ${where} ORDER BY ${key} LIMIT ?`, ...(after ?? []), limit)
  const rows = fitting(next(`${bytesOf(table.columns)} AS bytes`, rowsAtOnce))
  return next(namesOf(table.columns), rows).map((row) => valuesOf(table, row))
}

function write(db: Database, { name, columns }: Table, rows: readonly Values[]): void {
  const sql = `INSERT INTO ${name} (${namesOf(columns)}) VALUES (${columns.map(() => '?').join(', ')})`
  db.exec('BEGIN')
  for (const row of rows) db.run(sql, ...row)
  db.exec('COMMIT')
}
