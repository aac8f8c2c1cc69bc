/**
 * Keys in back-ends that carry this installation's mark and that no record names: what interrupted creations left, and what
 * was made after the backup that a store was restored from. A large account takes minutes to look through, so that a look
 * goes on by itself, and whoever asks waits for it as long as he likes.
 */
import type { Clock } from '../base/clock.ts'
import { atMost, deadlineIn, within, type Deadline } from '../base/deadline.ts'
import { canFindOrphans, type KeyBackend, type OrphanFinder } from '../core/backend.ts'
import { Failed } from '../core/errors.ts'
import { refOf, type KeyRecord } from '../core/key.ts'
import { foundIn, shown, type Looked, type LookEnd, type Progress } from './orphan-findings.ts'

export interface OrphanWatch {
  /**
   * Of the look under way, or of a new one: all of it when it ends, and at the deadline as much as is known by then.
   * @throws Failed `shutting-down`
   */
  look(deadline: Deadline): Promise<Looked>
  /** Ends the look under way, without waiting for what it asked. */
  stop(): Promise<void>
}

export interface OrphanWatchParts {
  readonly backends: readonly KeyBackend[]
  readonly clock: Clock
  /** On record, as far as this process knows. */
  keys(): readonly KeyRecord[]
  /** Reads what other processes recorded: where they share a store, their keys are none without a record. @throws Failed */
  catchUp(deadline: Deadline): Promise<unknown>
  /** A look has ended: how many it found, and why it saw no more. */
  told(end: LookEnd, count: number, why: readonly unknown[]): void
}

/** Milliseconds of the longest look. 100,000 keys at 500 a second are three minutes; AWS may throttle. */
export const longestLook = 1_800_000

/** Milliseconds for which a look that has ended is news: who waited for it may ask for the rest of what doctor finds. */
const news = 10_000

/** Milliseconds: reading the whole state of 10,000 keys took more than five seconds on a busy machine. */
const longestRead = 30_000

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
      if (stopping.signal.aborted) throw new Failed('shutting-down', 'The service is stopping')
      const look = current()
      await within(deadline, 'The look', look.over).catch(() => {})
      return shown(look.parts, parts.keys)
    },
    async stop() {
      stopping.abort()
      await last?.over
    },
  }
}

interface Part {
  readonly finder: OrphanFinder
  readonly progress: Progress
}

function begin(around: OrphanWatchParts, signal: AbortSignal): Look {
  const { backends, clock, keys, told } = around
  const looks = backends.filter(canFindOrphans).map((finder): Part => {
    return { finder, progress: { backend: finder.name, found: [], looked: 0, of: 0 } }
  })
  const parts = looks.map(({ progress }) => progress)
  const over = lookThrough(around, looks, signal).then(() => {
    look.ended = clock.monotonic()
    if (parts.length > 0 && !signal.aborted) told(endOf(parts), foundIn(parts, keys).length, whyOf(parts))
  })
  const look: Look = { parts, over }
  return look
}

async function lookThrough(
  { clock, keys, catchUp }: OrphanWatchParts,
  looks: readonly Part[],
  signal: AbortSignal,
): Promise<void> {
  if (looks.length === 0) return
  const deadline = endingWith(signal, deadlineIn(longestLook, clock))
  try {
    await unlessStopped(catchUp(atMost(deadline, longestRead)), signal)
    const recorded = keys().map(refOf)
    await Promise.all(looks.map(({ finder, progress }) => follow(finder.orphans(recorded, deadline), progress, signal)))
  } catch (error) {
    for (const { progress } of looks) fail(progress, error)
  }
}

async function follow(
  steps: ReturnType<OrphanFinder['orphans']>,
  progress: Progress,
  signal: AbortSignal,
): Promise<void> {
  const going = steps[Symbol.asyncIterator]()
  try {
    while (!signal.aborted) {
      const step = await unlessStopped(going.next(), signal)
      if (step === undefined) break
      if (step.done === true) {
        progress.end = 'done'
        return
      }
      const { found, looked, of } = step.value
      progress.found.push(...found)
      progress.looked = looked
      progress.of = of
    }
    // What it has asked may still be answered, or fail: nobody is told.
    void going.return?.().catch(() => {})
  } catch (error) {
    fail(progress, error)
  }
}

/** The same, and over when the signal is aborted: what is under way then is not tried again, for it would hold up the end. */
function endingWith(signal: AbortSignal, { at, clock }: Deadline): Deadline {
  return {
    clock,
    get at() {
      return signal.aborted ? 0 : at
    },
  }
}

/** What the work came to, or `undefined` once the signal is aborted: then nobody waits for it any more. */
function unlessStopped<T>(work: Promise<T>, signal: AbortSignal): Promise<T | undefined> {
  return new Promise((resolve, reject) => {
    const stop = () => resolve(undefined)
    // Taken away each time: a look has thousands of steps.
    const settled = () => signal.removeEventListener('abort', stop)
    signal.addEventListener('abort', stop, { once: true })
    work.finally(settled).then(resolve, reject)
  })
}

function fail(progress: Progress, why: unknown): void {
  progress.end = progress.looked > 0 ? 'partly' : 'failed'
  progress.why = why
}

function endOf(parts: readonly Progress[]): LookEnd {
  if (parts.every(({ end }) => end === 'done')) return 'done'
  return parts.every(({ end }) => end === 'failed') ? 'failed' : 'partly'
}

/** What kept all of them is one reason. */
function whyOf(parts: readonly Progress[]): readonly unknown[] {
  return [...new Set(parts.flatMap(({ why }) => (why === undefined ? [] : [why])))]
}
