/** The calendar periods of windows, in UTC: `2026-11-21` is a day, `2026-11-21T09` an hour. */

/** Milliseconds since 1970: from `start`, up to and without `end`. */
export interface Period {
  readonly start: number
  readonly end: number
}

const hour = 3_600_000
const form = /^\d{4}-\d{2}-\d{2}(?:T\d{2})?$/

/** The day a moment is in. */
export function dayOf(milliseconds: number): string {
  return new Date(milliseconds).toISOString().slice(0, 10)
}

/** The hour a moment is in. */
export function hourOf(milliseconds: number): string {
  return new Date(milliseconds).toISOString().slice(0, 13)
}

/** @returns undefined for a text that names no day and no hour of the calendar */
export function periodOf(text: string): Period | undefined {
  if (!form.test(text)) return undefined
  const start = Date.parse(text.length === 10 ? `${text}T00:00:00.000Z` : `${text}:00:00.000Z`)
  // Some dates that do not exist are read as ones that do: the 30th of February as the 2nd of March.
  if (Number.isNaN(start) || !new Date(start).toISOString().startsWith(text)) return undefined
  return { start, end: start + (text.length === 10 ? 24 * hour : hour) }
}
