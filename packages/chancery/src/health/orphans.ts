/**
 * Keys in back-ends that carry this installation's mark and that no record names: what interrupted creations left, and what
 * was made after the backup that a store was restored from. A large account takes minutes to look through, so that a look
 * goes on by itself, and whoever asks waits for it as long as he likes.
 */
import type { Clock } from '../base/clock.ts'
import { deadlineIn, within, type Deadline } from '../base/deadline.ts'
import { canFindOrphans, type KeyBackend, type Orphan, type OrphanFinder } from '../core/backend.ts'
import { refOf, type KeyRecord } from '../core/key.ts'
import type { Finding, OrphanKeys } from '../core/services.ts'
import { problemFrom, wellOf } from './finding.ts'

/** `partly`: not all was looked at; `failed`: nothing was. */
export type LookEnd = 'done' | 'partly' | 'failed'

export interface OrphanWatch {
  /** Of the look under way, or of a new one: all of it when it ends, and at the deadline as much as is known by then. */
  look(deadline: Deadline): Promise<OrphanKeys>
  /** Ends the look under way. */
  stop(): Promise<void>
}

export interface OrphanWatchParts {
  readonly backends: readonly KeyBackend[]
  readonly clock: Clock
  keys(): readonly KeyRecord[]
  /** A look has ended: how many it found, and why it saw no more. */
  told(end: LookEnd, count: number, why: readonly unknown[]): void
}

/** Milliseconds of the longest look. 100,000 keys at 500 a second are three minutes; AWS may throttle. */
export const longestLook = 1_800_000

/** Milliseconds for which a look that has ended is news: who waited for it may ask for the rest of what doctor finds. */
const news = 10_000

/** What is known of a look at one back-end. */
interface Progress {
  readonly backend: string
  readonly found: Orphan[]
  looked: number
  of: number
  end?: LookEnd
  why?: unknown
}

interface Look {
  readonly parts: readonly Progress[]
  /** Does not reject. */
  readonly over: Promise<void>
  /** On the monotonic clock. */
  ended?: number
}

export function createOrphanWatch(parts: OrphanWatchParts): OrphanWatch {
  const { clock } = parts
  const stopping = new AbortController()
  let last: Look | undefined
  const isNews = ({ ended }: Look) => ended === undefined || clock.monotonic() - ended < news
  const current = () => (last = last !== undefined && isNews(last) ? last : begin(parts, stopping.signal))
  return {
    async look(deadline) {
      const look = current()
      await within(deadline, 'The look', look.over).catch(() => {})
      return shown(look.parts)
    },
    async stop() {
      stopping.abort()
      await last?.over
    },
  }
}

function begin({ backends, clock, keys, told }: OrphanWatchParts, signal: AbortSignal): Look {
  const recorded = keys().map(refOf)
  const finders = backends.filter(canFindOrphans)
  const parts: readonly Progress[] = finders.map(({ name }) => ({ backend: name, found: [], looked: 0, of: 0 }))
  const deadline = deadlineIn(longestLook, clock)
  const going = finders.map((finder, at) => follow(finder.orphans(recorded, deadline), parts[at], signal))
  const over = Promise.all(going).then(() => {
    look.ended = clock.monotonic()
    if (finders.length > 0 && !signal.aborted) told(endOf(parts), foundIn(parts).length, whyOf(parts))
  })
  const look: Look = { parts, over }
  return look
}

async function follow(
  steps: ReturnType<OrphanFinder['orphans']>,
  progress: Progress | undefined,
  signal: AbortSignal,
): Promise<void> {
  if (progress === undefined) return
  try {
    for await (const { found, looked, of } of steps) {
      progress.found.push(...found)
      progress.looked = looked
      progress.of = of
      if (signal.aborted) return
    }
    progress.end = 'done'
  } catch (error) {
    progress.end = progress.looked > 0 ? 'partly' : 'failed'
    progress.why = error
  }
}

function endOf(parts: readonly Progress[]): LookEnd {
  if (parts.every(({ end }) => end === 'done')) return 'done'
  return parts.every(({ end }) => end === 'failed') ? 'failed' : 'partly'
}

function whyOf(parts: readonly Progress[]): readonly unknown[] {
  return parts.flatMap(({ why }) => (why === undefined ? [] : [why]))
}

/** Two back-ends may see the same one. */
function foundIn(parts: readonly Progress[]): readonly Orphan[] {
  return [...new Map(parts.flatMap(({ found }) => found).map((one) => [one.finding, one])).values()]
}

const subject = 'orphan keys'

function shown(parts: readonly Progress[]): OrphanKeys {
  const looking = parts.some(({ end }) => end === undefined)
  const [looked, of] = [sum(parts.map((one) => one.looked)), sum(parts.map((one) => one.of))]
  const found = foundIn(parts).map(({ finding: got, remedy: advice }) => warning(got, advice))
  const gaps = parts.flatMap((one) => gapOf(one))
  const well = parts.length > 0 && found.length + gaps.length === 0 ? [wellOf(subject, 'none')] : []
  return { looking, looked, of, findings: [...well, ...gaps, ...found] }
}

function gapOf({ backend, looked, of, end, why, found }: Progress): readonly Finding[] {
  if (end === 'done') return []
  const far = of === 0 ? 'none looked at so far' : `${looked} of ${of} keys looked at so far, ${found.length} found`
  if (end === undefined)
    return [warning(`${backend}: still looking, ${far}`, 'chancery doctor --wait waits until the look has ended')]
  const { got, advice } = problemFrom(subject, why)
  const most = end === 'failed' ? 'could not look' : `not all looked at (${looked} of ${of} keys)`
  return [warning(`${backend}: ${most}: ${got}`, advice)]
}

function warning(got: string, advice?: string): Finding {
  return { subject, level: 'warning', got, ...(advice !== undefined && { advice }) }
}

function sum(counts: readonly number[]): number {
  return counts.reduce((all, one) => all + one, 0)
}
