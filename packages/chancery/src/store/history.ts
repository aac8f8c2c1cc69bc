/** Reading the history page by page: a call looks at so many rows, whoever it is asked about. */
import type { Hex } from '../base/bytes.ts'
import type { SignedDuty } from '../core/protection.ts'
import { countPart, fromCursor, numberPart, textPart, toCursor } from './cursor.ts'
import { signedOf } from './protection.ts'
import { integer, positionOf, type Row } from './rows.ts'

/** Rows looked at in one call: at 256 validators a row, some 20 ms. */
export const rowsAtOnce = 500

/** Where reading goes on: the row, and the first of its validators not yet looked at. */
export interface HistoryPlace {
  readonly stream: string
  readonly seq: number
  readonly n: number
  readonly at: number
}

const beginning: HistoryPlace = { stream: '', seq: 0, n: 0, at: 0 }

/** @throws Refused `invalid-request` for a cursor that is none */
export function placeAfter(after: string | undefined): HistoryPlace {
  if (after === undefined) return beginning
  const parts = fromCursor(after, ['string', 'number', 'number', 'number'])
  return { stream: textPart(parts, 0), seq: numberPart(parts, 1), n: countPart(parts, 2), at: numberPart(parts, 3) }
}

export interface Found {
  readonly duty: (scope: string) => SignedDuty
  readonly validator: Hex
}

export interface Looked {
  readonly found: readonly Found[]
  readonly next?: string
}

/** What is wanted of these rows, `limit` at most. There is more where they are as many as a call looks at. */
export function look(
  rows: readonly Row[],
  from: HistoryPlace,
  limit: number,
  wanted: (validator: Hex) => boolean,
): Looked {
  const found: Found[] = []
  for (const [index, row] of rows.entries()) {
    const { duty, validators } = signedOf(row)
    for (let at = index === 0 && isAt(row, from) ? from.at : 0; at < validators.length; at++) {
      const validator = validators[at]
      if (validator === undefined || !wanted(validator)) continue
      if (found.length === limit) return { found, next: cursor(row, at) }
      found.push({ duty, validator })
    }
  }
  const last = rows.at(-1)
  return last === undefined || rows.length < rowsAtOnce
    ? { found }
    : { found, next: cursor(last, integer(last, 'count')) }
}

function isAt(row: Row, { stream, seq, n }: HistoryPlace): boolean {
  const place = positionOf(row)
  return place.stream === stream && place.seq === seq && integer(row, 'n') === n
}

function cursor(row: Row, at: number): string {
  const { stream, seq } = positionOf(row)
  return toCursor([stream, seq, integer(row, 'n'), at])
}

/** The duties with their scopes. A validator whose row of the gate is gone goes by the name it has in the history. */
export function named(found: readonly Found[], scopes: ReadonlyMap<Hex, string>): readonly SignedDuty[] {
  return found.map(({ duty, validator }) => duty(scopes.get(validator) ?? validator))
}

/** How many of the validators of each row go, `limit` in all; the rows behind keep theirs. */
export function leaving(rows: readonly Row[], limit: number): readonly { readonly row: Row; readonly gone: number }[] {
  let left = limit
  return rows.flatMap((row) => {
    const gone = Math.min(left, integer(row, 'count'))
    left -= gone
    return gone > 0 ? [{ row, gone }] : []
  })
}
