/** Whole tables, for copies. */
import { bytesOf, fitting, keyColumns, namesOf, rowsAtOnce, valuesOf, type TableWriter } from '../copy.ts'
import type { Column, ColumnType, Table, Values } from '../tables.ts'
import type { Session } from './pool.ts'

/** Of one moment where the session's transaction is. */
export function postgresTables(session: Session): TableWriter {
  return {
    page: (table, after) => read(session, table, after),
    insert: (table, rows) => write(session, table, rows),
  }
}

const types: Readonly<Record<ColumnType, string>> = { text: 'text', integer: 'bigint', bytes: 'bytea' }

/** `$1::text, $2::bigint`, with `[]` for arrays. */
function parameters(columns: readonly Column[], suffix = ''): string {
  return columns.map(({ type }, index) => `$${index + 1}::${types[type]}${suffix}`).join(', ')
}

async function read(session: Session, table: Table, after: Values | undefined): Promise<readonly Values[]> {
  const columns = keyColumns(table)
  const key = namesOf(columns)
  const where = after === undefined ? '' : `WHERE (${key}) > (${parameters(columns)})`
  const next = (what: string, limit: number) =>
    session.query(`SELECT ${what} FROM ${table.name} ${where} ORDER BY ${key} LIMIT ${limit}`, after)
  const rows = fitting(await next(`${bytesOf(table.columns)} AS bytes`, rowsAtOnce))
  return (await next(namesOf(table.columns), rows)).map((row) => valuesOf(table, row))
}

async function write(session: Session, { name, columns }: Table, rows: readonly Values[]): Promise<void> {
  const names = namesOf(columns)
  await session.query(
    `INSERT INTO ${name} (${names}) SELECT ${names} FROM unnest(${parameters(columns, '[]')}) AS new (${names})`,
    columns.map((_, index) => rows.map((row) => row[index])),
  )
}
