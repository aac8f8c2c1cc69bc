/** Reading the register: streams, segments, entries, guard rows and kept signatures. */
import type { GuardRow } from '../../core/claim.ts'
import type { StoredSignature } from '../../core/payload.ts'
import type { Page } from '../../core/page.ts'
import type { AcceptedGap, PlacedEntry, Position, Segment, WindowTotal, WindowUse } from '../../core/store.ts'
import { bytesPart, entryPlace, fromCursor, nextAfter, textPart, toCursor } from '../cursor.ts'
import {
  acceptedGapOf,
  entryOf,
  guardOf,
  hex,
  integer,
  positionOf,
  segmentOf,
  signatureOf,
  windowTotalOf,
  windowUseOf,
} from '../rows.ts'
import type { Database } from './database.ts'

export function entry(
  db: Database,
  { stream, seq, index }: Position & { readonly index: number },
): PlacedEntry | undefined {
  const row = db.get('SELECT * FROM entry WHERE stream = ? AND seq = ? AND i = ?', stream, seq, index)
  return row && entryOf(row)
}

/** Names are found by jumping from one to the next, not by reading every segment. */
const allStreams = `
  WITH RECURSIVE streams (stream) AS (
    SELECT min(stream) FROM segment
    UNION ALL
    SELECT (SELECT min(stream) FROM segment WHERE segment.stream > streams.stream) FROM streams WHERE stream IS NOT NULL
  )`

export function streams(db: Database) {
  const rows = db.all(`${allStreams}
    SELECT s.stream, s.seq, s.hash FROM streams JOIN segment s ON s.stream = streams.stream
      AND s.seq = (SELECT max(seq) FROM segment t WHERE t.stream = streams.stream)
    ORDER BY s.stream`)
  return rows.map((row) => ({ ...positionOf(row), hash: hex(row, 'hash') }))
}

export function segments(db: Database, stream: string, afterSeq: number, limit: number): readonly Segment[] {
  const sql = 'SELECT * FROM segment WHERE stream = ? AND seq > ? ORDER BY seq LIMIT ?'
  return db.all(sql, stream, afterSeq, limit).map(segmentOf)
}

export function entries(db: Database, segments: readonly Position[]): readonly PlacedEntry[] {
  const sql = 'SELECT * FROM entry WHERE stream = ? AND seq = ? ORDER BY i'
  return segments.flatMap(({ stream, seq }) => db.all(sql, stream, seq).map(entryOf))
}

export function latestEntries(db: Database, { after, limit }: Page) {
  const rows = after === undefined ? newest(db, limit) : olderThan(db, after, limit)
  const found = rows.map((row) => ({ ...entryOf(row), time: integer(row, 'time') }))
  return {
    entries: found,
    ...nextAfter(found, limit, (last) => toCursor([last.time, last.stream, last.seq, last.index])),
  }
}

const withTime = 'SELECT e.*, s.time FROM segment s CROSS JOIN entry e ON e.stream = s.stream AND e.seq = s.seq'
const newestFirst = 'ORDER BY s.time DESC, s.stream DESC, s.seq DESC, e.i DESC'

function newest(db: Database, limit: number) {
  return db.all(`${withTime} ${newestFirst} LIMIT ?`, limit)
}

/** `s.time <= ?` says nothing new but lets the index find the place. */
function olderThan(db: Database, after: string, limit: number) {
  const place = entryPlace(after)
  const sql = `${withTime} WHERE s.time <= ? AND (s.time, s.stream, s.seq, e.i) < (?, ?, ?, ?) ${newestFirst} LIMIT ?`
  return db.all(sql, place[0], ...place, limit)
}

/**
 * What follows the last integrated segment of each stream. A clock that went back must not put a segment before its
 * predecessor, so the order is by the latest time seen so far in the stream. Of each stream only its next `limit` can be
 * among the first `limit` of all.
 */
export function unintegrated(db: Database, limit: number): readonly Segment[] {
  const rows = db.all(
    `${allStreams}
    SELECT s.*, max(s.time) OVER (PARTITION BY s.stream ORDER BY s.seq) AS place
    FROM (
      SELECT stream, coalesce((SELECT max(seq) FROM integrated i WHERE i.stream = streams.stream), 0) AS done FROM streams
    ) tail CROSS JOIN segment s ON s.stream = tail.stream AND s.seq > tail.done AND s.seq <= tail.done + ?1
    ORDER BY place, s.stream, s.seq LIMIT ?1`,
    limit,
  )
  return rows.map(segmentOf)
}

export function guards(db: Database, after: string | undefined, limit: number) {
  const rows = (after === undefined ? firstGuards(db, limit) : guardsAfter(db, after, limit)).map(guardOf)
  return { rows, ...nextAfter(rows, limit, (last: GuardRow) => toCursor([last.kind, last.scope, last.item])) }
}

function firstGuards(db: Database, limit: number) {
  return db.all('SELECT * FROM guard ORDER BY kind, scope, item LIMIT ?', limit)
}

function guardsAfter(db: Database, after: string, limit: number) {
  const place = fromCursor(after, ['string', 'string', 'string'])
  const sql = 'SELECT * FROM guard WHERE (kind, scope, item) > (?, ?, ?) ORDER BY kind, scope, item LIMIT ?'
  return db.all(sql, textPart(place, 0), textPart(place, 1), bytesPart(place, 2), limit)
}

export function windowUses(db: Database, after: string | undefined, limit: number) {
  const rows = (after === undefined ? firstUses(db, limit) : usesAfter(db, after, limit)).map(windowUseOf)
  return { rows, ...nextAfter(rows, limit, (last: WindowUse) => toCursor([last.scope, last.period, last.root])) }
}

function firstUses(db: Database, limit: number) {
  return db.all('SELECT * FROM window_use ORDER BY scope, period, root LIMIT ?', limit)
}

function usesAfter(db: Database, after: string, limit: number) {
  const place = fromCursor(after, ['string', 'string', 'string'])
  const sql = 'SELECT * FROM window_use WHERE (scope, period, root) > (?, ?, ?) ORDER BY scope, period, root LIMIT ?'
  return db.all(sql, textPart(place, 0), textPart(place, 1), bytesPart(place, 2), limit)
}

export function windowTotals(db: Database, after: string | undefined, limit: number) {
  const rows = (after === undefined ? firstTotals(db, limit) : totalsAfter(db, after, limit)).map(windowTotalOf)
  return { rows, ...nextAfter(rows, limit, (last: WindowTotal) => toCursor([last.scope, last.period])) }
}

function firstTotals(db: Database, limit: number) {
  return db.all('SELECT * FROM window_total ORDER BY scope, period LIMIT ?', limit)
}

function totalsAfter(db: Database, after: string, limit: number) {
  const place = fromCursor(after, ['string', 'string'])
  const sql = 'SELECT * FROM window_total WHERE (scope, period) > (?, ?) ORDER BY scope, period LIMIT ?'
  return db.all(sql, textPart(place, 0), textPart(place, 1), limit)
}

export function acceptedGaps(db: Database): readonly AcceptedGap[] {
  return db.all('SELECT * FROM accepted_gap ORDER BY at, stream, seq').map(acceptedGapOf)
}

export function signatures(db: Database, after: string | undefined, limit: number) {
  const rows = (after === undefined ? firstSignatures(db, limit) : signaturesAfter(db, after, limit)).map(signatureOf)
  return { rows, ...nextAfter(rows, limit, (last: StoredSignature) => toCursor([last.publicKey, last.payload])) }
}

function firstSignatures(db: Database, limit: number) {
  return db.all('SELECT * FROM signature ORDER BY public_key, payload LIMIT ?', limit)
}

function signaturesAfter(db: Database, after: string, limit: number) {
  const place = fromCursor(after, ['string', 'string'])
  const sql = 'SELECT * FROM signature WHERE (public_key, payload) > (?, ?) ORDER BY public_key, payload LIMIT ?'
  return db.all(sql, bytesPart(place, 0), bytesPart(place, 1), limit)
}
