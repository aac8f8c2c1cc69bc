/** Where a page ended, as text a caller can hold and give back. */
import { fromHex, isHex } from '../base/bytes.ts'
import { Refused } from '../core/errors.ts'

export function toCursor(parts: readonly (string | number)[]): string {
  return Buffer.from(JSON.stringify(parts)).toString('base64url')
}

/** @throws Refused `invalid-request` for a cursor that `toCursor` did not make of parts of these types. */
export function fromCursor(cursor: string, types: readonly ('string' | 'number')[]): readonly (string | number)[] {
  const parts = decoded(cursor)
  if (!isParts(parts) || parts.length !== types.length || parts.some((part, i) => typeof part !== types[i])) {
    throw notOurs()
  }
  return parts
}

function notOurs(): Refused {
  return new Refused('invalid-request', 'the cursor is not one the service gave', { where: 'after' })
}

function decoded(cursor: string): unknown {
  try {
    return JSON.parse(Buffer.from(cursor, 'base64url').toString('utf8'))
  } catch {
    return undefined
  }
}

function isParts(value: unknown): value is (string | number)[] {
  return Array.isArray(value) && value.every((part) => typeof part === 'string' || Number.isSafeInteger(part))
}

/** Parts of a cursor that was checked, as text. */
export function textPart(parts: readonly (string | number)[], at: number): string {
  return String(parts[at])
}

/** @throws Refused `invalid-request` when the text is no hex. */
export function bytesPart(parts: readonly (string | number)[], at: number): Uint8Array {
  const text = textPart(parts, at)
  if (!isHex(text)) throw notOurs()
  return fromHex(text)
}

export function numberPart(parts: readonly (string | number)[], at: number): number {
  return Number(parts[at])
}

/** One that counts within a segment: an `integer` of PostgreSQL holds it. @throws Refused `invalid-request` when it would not */
export function countPart(parts: readonly (string | number)[], at: number): number {
  const count = numberPart(parts, at)
  if (count < 0 || count > 0x7fffffff) throw notOurs()
  return count
}

/** Where a page of entries goes on: time, stream, place in the stream, place in the segment. @throws Refused `invalid-request` */
export function entryPlace(after: string): readonly [number, string, number, number] {
  const parts = fromCursor(after, ['number', 'string', 'number', 'number'])
  return [numberPart(parts, 0), textPart(parts, 1), numberPart(parts, 2), countPart(parts, 3)]
}

/** The cursor of the last row where there may be more. */
export function nextAfter<T>(
  rows: readonly T[],
  limit: number,
  cursor: (row: T) => string,
): { readonly next?: string } {
  const last = rows.at(-1)
  return last === undefined || rows.length < limit ? {} : { next: cursor(last) }
}
