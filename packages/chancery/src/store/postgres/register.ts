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
  type Row,
} from '../rows.ts'
import type { Session } from './pool.ts'

type EntryPlace = Position & { readonly index: number }

export async function entry(session: Session, { stream, seq, index }: EntryPlace): Promise<PlacedEntry | undefined> {
  const [row] = await session.query('SELECT * FROM entry WHERE stream = $1 AND seq = $2 AND i = $3', [
    stream,
    seq,
    index,
  ])
  return row && entryOf(row)
}

/** Names are found by jumping from one to the next, not by reading every segment. */
const allStreams = `
  WITH RECURSIVE streams (stream) AS (
    (SELECT stream FROM segment ORDER BY stream LIMIT 1)
    UNION ALL
    SELECT following.stream FROM streams
      CROSS JOIN LATERAL (SELECT stream FROM segment s WHERE s.stream > streams.stream ORDER BY s.stream LIMIT 1) AS following
  )`

export async function streams(session: Session) {
  const rows = await session.query(`${allStreams}
    SELECT s.stream, s.seq, s.hash FROM streams CROSS JOIN LATERAL (
      SELECT * FROM segment t WHERE t.stream = streams.stream ORDER BY t.seq DESC LIMIT 1
    ) AS s ORDER BY s.stream`)
  return rows.map((row) => ({ ...positionOf(row), hash: hex(row, 'hash') }))
}

export async function segments(
  session: Session,
  stream: string,
  afterSeq: number,
  limit: number,
): Promise<readonly Segment[]> {
  const sql = 'SELECT * FROM segment WHERE stream = $1 AND seq > $2 ORDER BY seq LIMIT $3'
  return (await session.query(sql, [stream, afterSeq, limit])).map(segmentOf)
}

export async function entries(session: Session, segments: readonly Position[]): Promise<readonly PlacedEntry[]> {
  const sql = `SELECT e.* FROM unnest($1::text[], $2::bigint[]) WITH ORDINALITY AS wanted (stream, seq, place)
    JOIN entry e ON e.stream = wanted.stream AND e.seq = wanted.seq ORDER BY wanted.place, e.i`
  const places = [segments.map(({ stream }) => stream), segments.map(({ seq }) => seq)]
  return (await session.query(sql, places)).map(entryOf)
}

export async function latestEntries(session: Session, { after, limit }: Page) {
  const rows = after === undefined ? await newest(session, limit) : await olderThan(session, after, limit)
  const found = rows.map((row) => ({ ...entryOf(row), time: integer(row, 'time') }))
  return {
    entries: found,
    ...nextAfter(found, limit, (last) => toCursor([last.time, last.stream, last.seq, last.index])),
  }
}

const withTime = 'SELECT e.*, s.time FROM segment s JOIN entry e ON e.stream = s.stream AND e.seq = s.seq'
const newestFirst = 'ORDER BY s.time DESC, s.stream DESC, s.seq DESC, e.i DESC'

function newest(session: Session, limit: number): Promise<readonly Row[]> {
  return session.query(`${withTime} ${newestFirst} LIMIT $1`, [limit])
}

/** `s.time <= $1` says nothing new but lets the index find the place. */
function olderThan(session: Session, after: string, limit: number): Promise<readonly Row[]> {
  const place = entryPlace(after)
  const sql = `${withTime} WHERE s.time <= $1 AND (s.time, s.stream, s.seq, e.i) < ($1, $2, $3, $4) ${newestFirst} LIMIT $5`
  return session.query(sql, [...place, limit])
}

/**
 * What follows the last integrated segment of each stream. A clock that went back must not put a segment before its
 * predecessor, so the order is by the latest time seen so far in the stream.
 */
export async function unintegrated(session: Session, limit: number): Promise<readonly Segment[]> {
  const rows = await session.query(
    `${allStreams}
    SELECT s.*, max(s.time) OVER (PARTITION BY s.stream ORDER BY s.seq) AS place
    FROM streams CROSS JOIN LATERAL (
      SELECT coalesce(max(i.seq), 0) AS seq FROM integrated i WHERE i.stream = streams.stream
    ) AS done JOIN segment s ON s.stream = streams.stream AND s.seq > done.seq AND s.seq <= done.seq + $1
    ORDER BY place, s.stream, s.seq LIMIT $1`,
    [limit],
  )
  return rows.map(segmentOf)
}

export async function guards(session: Session, after: string | undefined, limit: number) {
  const found = after === undefined ? await firstGuards(session, limit) : await guardsAfter(session, after, limit)
  const rows = found.map(guardOf)
  return { rows, ...nextAfter(rows, limit, (last: GuardRow) => toCursor([last.kind, last.scope, last.item])) }
}

function firstGuards(session: Session, limit: number): Promise<readonly Row[]> {
  return session.query('SELECT * FROM guard ORDER BY kind, scope, item LIMIT $1', [limit])
}

function guardsAfter(session: Session, after: string, limit: number): Promise<readonly Row[]> {
  const place = fromCursor(after, ['string', 'string', 'string'])
  const sql = 'SELECT * FROM guard WHERE (kind, scope, item) > ($1, $2, $3) ORDER BY kind, scope, item LIMIT $4'
  return session.query(sql, [textPart(place, 0), textPart(place, 1), bytesPart(place, 2), limit])
}

export async function windowUses(session: Session, after: string | undefined, limit: number) {
  const found = after === undefined ? await firstUses(session, limit) : await usesAfter(session, after, limit)
  const rows = found.map(windowUseOf)
  return { rows, ...nextAfter(rows, limit, (last: WindowUse) => toCursor([last.scope, last.period, last.root])) }
}

function firstUses(session: Session, limit: number): Promise<readonly Row[]> {
  return session.query('SELECT * FROM window_use ORDER BY scope, period, root LIMIT $1', [limit])
}

function usesAfter(session: Session, after: string, limit: number): Promise<readonly Row[]> {
  const place = fromCursor(after, ['string', 'string', 'string'])
  const sql = `SELECT * FROM window_use WHERE (scope, period, root) > ($1, $2, $3)
    ORDER BY scope, period, root LIMIT $4`
  return session.query(sql, [textPart(place, 0), textPart(place, 1), bytesPart(place, 2), limit])
}

export async function windowTotals(session: Session, after: string | undefined, limit: number) {
  const found = after === undefined ? await firstTotals(session, limit) : await totalsAfter(session, after, limit)
  const rows = found.map(windowTotalOf)
  return { rows, ...nextAfter(rows, limit, (last: WindowTotal) => toCursor([last.scope, last.period])) }
}

function firstTotals(session: Session, limit: number): Promise<readonly Row[]> {
  return session.query('SELECT * FROM window_total ORDER BY scope, period LIMIT $1', [limit])
}

function totalsAfter(session: Session, after: string, limit: number): Promise<readonly Row[]> {
  const place = fromCursor(after, ['string', 'string'])
  const sql = 'SELECT * FROM window_total WHERE (scope, period) > ($1, $2) ORDER BY scope, period LIMIT $3'
  return session.query(sql, [textPart(place, 0), textPart(place, 1), limit])
}

export async function acceptedGaps(session: Session): Promise<readonly AcceptedGap[]> {
  return (await session.query('SELECT * FROM accepted_gap ORDER BY at, stream, seq')).map(acceptedGapOf)
}

export async function signatures(session: Session, after: string | undefined, limit: number) {
  const found =
    after === undefined ? await firstSignatures(session, limit) : await signaturesAfter(session, after, limit)
  const rows = found.map(signatureOf)
  return { rows, ...nextAfter(rows, limit, (last: StoredSignature) => toCursor([last.publicKey, last.payload])) }
}

function firstSignatures(session: Session, limit: number): Promise<readonly Row[]> {
  return session.query('SELECT * FROM signature ORDER BY public_key, payload LIMIT $1', [limit])
}

function signaturesAfter(session: Session, after: string, limit: number): Promise<readonly Row[]> {
  const place = fromCursor(after, ['string', 'string'])
  const sql = 'SELECT * FROM signature WHERE (public_key, payload) > ($1, $2) ORDER BY public_key, payload LIMIT $3'
  return session.query(sql, [bytesPart(place, 0), bytesPart(place, 1), limit])
}
