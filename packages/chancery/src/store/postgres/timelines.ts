/**
 * Whether the server is the one it was. A standby that is promoted begins a new timeline, and may lack the last commits of the
 * primary. Each process that recorded one of them finds out by itself, but an idle one does not: so for a while after a
 * promotion nothing is signed here, and whoever misses something stops signing for all.
 * https://www.postgresql.org/docs/current/continuous-archiving.html#BACKUP-TIMELINES
 */
import type pg from 'pg'

/**
 * Milliseconds from when this process first meets the promoted server. The others look twice a second, and stop signing for all
 * within one more.
 */
const settling = 3_000

export interface Timelines {
  /** What to ask a primary: an expression for its present timeline, NULL before one was heard. */
  sql(): string
  /** What it said. */
  saw(timeline: unknown): void
  /** Whether a server was promoted so recently that others may still be looking. */
  areSettling(): boolean
}

/** An expression of SQL; whether this role may ask it, the server says. */
export const presentTimeline = 'left(pg_walfile_name(pg_current_wal_lsn()), 8)'

const known = new WeakMap<pg.Pool, Timelines>()

export function timelinesOf(pool: pg.Pool): Timelines {
  const timelines = known.get(pool) ?? createTimelines(() => performance.now())
  known.set(pool, timelines)
  return timelines
}

/** `now` is a monotonic clock, in milliseconds. */
export function createTimelines(now: () => number): Timelines {
  let last: string | undefined
  let until = Number.NEGATIVE_INFINITY
  return {
    sql: () => (last === undefined ? 'NULL' : presentTimeline),
    saw(timeline) {
      if (typeof timeline !== 'string' || timeline === last) return
      if (last !== undefined) until = now() + settling
      last = timeline
    },
    areSettling: () => now() < until,
  }
}
