/** Which of the waiting items share the next round, and the round itself. */
import type { Hex } from '../base/bytes.ts'
import type { Position, Round, RoundItem } from '../core/store.ts'
import { resolve, type Pending } from './pending.ts'
import { segmentHash, signSegment, type StreamKey } from './segment.ts'

/** A round of 256 items holds SQLite's thread for about 1.5 ms (115 µs and 5 µs an item, measured on two cores). */
export const largestRound = 256

export interface Head extends Position {
  readonly hash: Hex
}

/** A round as it was sent, with those who wait for it, in the order of its items. */
export interface Sending {
  readonly round: Round
  readonly members: readonly Pending[]
}

export interface Selection {
  readonly members: readonly Pending[]
  readonly rest: Pending[]
  /** The newest epoch anybody decided under. */
  readonly epoch: number
}

/**
 * Takes the first items that may share the round at `seq`: a change goes alone and is not overtaken; of two items that
 * contend for a row the second waits, and so does one that did not fit its windows there together with others. Items
 * decided under an epoch that is known to be over are answered `stale` here.
 */
export function select(waiting: readonly Pending[], knownEpoch: number, seq: number): Selection {
  const live = waiting.filter((pending) => pending.state !== 'answered')
  const epoch = live.reduce((newest, { item }) => Math.max(newest, item.epoch ?? 0), knownEpoch)
  const fresh = live.filter((pending) => !answerStale(pending, epoch))
  const [first] = fresh
  if (first?.item.change !== undefined) return { members: [first], rest: fresh.slice(1), epoch }
  return { ...share(fresh, seq), epoch }
}

function answerStale(pending: Pending, epoch: number): boolean {
  if (pending.item.epoch === undefined || pending.item.epoch === epoch) return false
  resolve(pending, { status: 'stale' })
  return true
}

function share(
  fresh: readonly Pending[],
  seq: number,
): { readonly members: readonly Pending[]; readonly rest: Pending[] } {
  const end = fresh.findIndex((pending) => pending.item.change !== undefined)
  const reach = end === -1 ? fresh.length : end
  const members: Pending[] = []
  const rest: Pending[] = []
  const taken = new Set<string>()
  let at = 0
  for (; at < reach && members.length < largestRound; at++) {
    const pending = fresh[at]
    if (pending === undefined) break
    const names = namesOf(pending, seq)
    const contended = names.refusedBy.some((name) => taken.has(name))
    // Rows of one that waits stay contended, or a third could overtake it for ever.
    for (const name of names.taken) taken.add(name)
    ;(contended ? rest : members).push(pending)
  }
  return { members, rest: [...rest, ...fresh.slice(at)] }
}

/**
 * Whom a crowded item would share a window with does not go with it, nor does it with them; all others share their windows.
 * Once the position is taken the store judges anew who fits.
 */
function namesOf({ contested, windows, crowdedAt }: Pending, seq: number) {
  if (windows.length === 0) return { refusedBy: contested, taken: contested }
  const [any, alone] = [windows.map((name) => `any ${name}`), windows.map((name) => `alone ${name}`)]
  return crowdedAt === seq
    ? { refusedBy: [...contested, ...any], taken: [...contested, ...any, ...alone] }
    : { refusedBy: [...contested, ...alone], taken: [...contested, ...any] }
}

/** `time` is the round's own; two different rounds at one position never have the same. */
export function assemble(
  members: readonly Pending[],
  after: Head,
  epoch: number,
  time: number,
  key: StreamKey,
): Sending {
  const at = { stream: after.stream, seq: after.seq + 1 }
  const entries = members.flatMap((pending) => pending.entries)
  const changes = members.some(({ item }) => item.change !== undefined)
  const header = { ...at, prev: after.hash, epoch: changes ? epoch + 1 : epoch, time, count: entries.length }
  const leaves = entries.map(({ leaf }) => leaf)
  const hash = segmentHash(header, leaves)
  const round: Round = {
    ...at,
    prev: after.hash,
    hash,
    mac: signSegment(hash, key),
    epoch: header.epoch,
    time,
    signs: members.some(({ item }) => item.signs),
    items: members.map((pending) => roundItem(pending, at)),
  }
  return { round, members }
}

function roundItem({ item, entries }: Pending, at: Position): RoundItem {
  const { bodies: _bodies, epoch: _epoch, signs: _signs, urgent: _urgent, change, ...rest } = item
  // A change is alone in its round, so its entry is the first.
  return { ...rest, entries, ...(change && { change: change({ ...at, index: 0 }) }) }
}
