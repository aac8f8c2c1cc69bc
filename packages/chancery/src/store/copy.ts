/** From one database to the other: every table, page by page, then read again from where it went and compared. */
import { createHash, type Hash } from 'node:crypto'
import { Failed } from '../core/errors.ts'
import { integer, type Row } from './rows.ts'
import { tables, type Column, type Table, type Value, type Values } from './tables.ts'

/** Rows in memory at once. */
export const rowsAtOnce = 200
/** Their bytes: a row may hold a signed transaction or the body of an entry, and those with blobs are large. */
const bytesAtOnce = 4_194_304

export interface TableReader {
  /** What follows `after`, the key of a row, in the order of keys: as much as may be in memory at once, at least a row. */
  page(table: Table, after: Values | undefined): Promise<readonly Values[]>
}

export interface TableWriter extends TableReader {
  insert(table: Table, rows: readonly Values[]): Promise<void>
}

/** Called after every page: the table at work, and its rows so far. */
export type Progress = (table: string, rows: number) => void

/**
 * The reader must answer from one moment.
 * @returns the number of rows; @throws Failed `store-corrupt` when a row is not what its table holds, or when what arrived
 * is not what was sent
 */
export async function copyTables(from: TableReader, to: TableWriter, progress: Progress = () => {}): Promise<number> {
  let copied = 0
  for (const table of tables) {
    const sent = await walk(from, table, async (rows, count) => {
      await to.insert(table, rows)
      progress(table.name, count)
    })
    const arrived = await walk(to, table, async () => {})
    if (arrived.digest !== sent.digest) throw differs(table, sent, arrived)
    copied += sent.rows
  }
  return copied
}

interface Walked {
  readonly rows: number
  readonly digest: string
}

async function walk(
  reader: TableReader,
  table: Table,
  each: (rows: readonly Values[], count: number) => Promise<void>,
): Promise<Walked> {
  const hash = createHash('sha256')
  let after: Values | undefined
  let rows = 0
  for (;;) {
    const page = await reader.page(table, after)
    for (const row of page) digest(hash, row)
    rows += page.length
    await each(page, rows)
    const last = page.at(-1)
    if (last === undefined) return { rows, digest: hash.digest('hex') }
    after = keyOf(table, last)
  }
}

function digest(hash: Hash, row: Values): void {
  hash.update(JSON.stringify(row.map((value) => (value instanceof Uint8Array ? { hex: hexOf(value) } : value))))
}

function hexOf(value: Uint8Array): string {
  return Buffer.from(value.buffer, value.byteOffset, value.byteLength).toString('hex')
}

function differs({ name }: Table, sent: Walked, arrived: Walked): Failed {
  const detail = `The copy of table ${name} is not what was copied`
  return new Failed('store-corrupt', detail, {
    particulars: { where: name, got: `${arrived.rows} rows`, wanted: `the same ${sent.rows} rows` },
  })
}

/** SQL for the bytes of a row, in both databases; what has a fixed size does not count. */
export function bytesOf(columns: readonly Column[]): string {
  const sized = columns.filter(({ type }) => type !== 'integer')
  return sized.map(({ name }) => `coalesce(octet_length(${name}), 0)`).join(' + ') || '0'
}

/** How many of the rows that follow make a page, one at least. */
export function fitting(sizes: readonly Row[]): number {
  let bytes = 0
  const beyond = sizes.findIndex((row) => (bytes += integer(row, 'bytes')) > bytesAtOnce)
  return beyond === -1 ? sizes.length : Math.max(1, beyond)
}

export function namesOf(columns: readonly Column[]): string {
  return columns.map(({ name }) => name).join(', ')
}

export function keyColumns({ key, columns }: Table): readonly Column[] {
  return key.flatMap((name) => columns.filter((column) => column.name === name))
}

function keyOf({ key, columns }: Table, row: Values): Values {
  return key.map((name) => row[columns.findIndex((column) => column.name === name)] ?? null)
}

/** @throws Failed `store-corrupt` for a column of another type, or a number that JavaScript would round */
export function valuesOf({ name, columns }: Table, row: Row): Values {
  return columns.map((column) => {
    const value = row[column.name]
    if (fits(value, column)) return value
    const found = value === null ? 'null' : typeof value
    throw new Failed('store-corrupt', `column ${column.name} of ${name} holds ${found}, not ${column.type}`)
  })
}

function fits(value: unknown, { type, nullable }: Column): value is Value {
  if (value === null) return nullable
  if (type === 'text') return typeof value === 'string'
  if (type === 'bytes') return value instanceof Uint8Array
  return Number.isSafeInteger(value)
}
