/** What waits for a commit: one item, the people who wait for it, and what it may not share a round with. */
import type { JsonObject } from '../base/json.ts'
import { left, type Deadline } from '../base/deadline.ts'
import { entryWindow, type EntryWindow, type GuardRow } from '../core/claim.ts'
import { Failed } from '../core/errors.ts'
import type { Recorded, RecordItem } from '../core/recorder.ts'
import type { Entry } from '../core/store.ts'
import { entryOf } from './segment.ts'

/** `waiting`: in no round. `sent`: in a round in flight, or in one whose fate is unknown. `answered`: nobody waits. */
export type PendingState = 'waiting' | 'sent' | 'answered'

export interface Pending {
  readonly item: RecordItem
  readonly entries: readonly Entry[]
  /** Names of rows; two items that name the same one never share a round. */
  readonly contested: readonly string[]
  /** Names of windows; many count in one, until they do not fit in together. */
  readonly windows: readonly string[]
  /** Absent for what trails. */
  readonly caller?: Caller
  state: PendingState
  /** The position at which it did not fit its windows together with others: there it goes without them. */
  crowdedAt?: number
}

interface Caller {
  readonly deadline: Deadline
  readonly timer: NodeJS.Timeout
  resolve(recorded: Recorded): void
  reject(error: Failed): void
}

/** @throws Failed `internal` for an item whose entries do not say what it takes. */
export function admit(item: RecordItem): Pending {
  if (item.bodies.length === 0) throw new Failed('internal', 'Nothing is recorded without an entry')
  const named = item.bodies.flatMap(guardsIn)
  if (guardTexts(named) !== guardTexts(item.guards)) {
    throw new Failed('internal', 'The guard rows of an item are not those its entries name')
  }
  const { windows = [] } = item
  if (windowTexts(item.bodies.flatMap(windowsIn)) !== windowTexts(windows.map(entryWindow))) {
    throw new Failed('internal', 'The window rows of an item are not those its entries name')
  }
  const names = new Set(windows.map(({ scope, period }) => JSON.stringify(['window', scope, period])))
  const entries = item.bodies.map(entryOf)
  return { item, entries, contested: contestedNames(item), windows: [...names], state: 'waiting' }
}

/** As `admit`, with a caller who is answered at the deadline at the latest. */
export function admitFor(item: RecordItem, deadline: Deadline, answer: Pick<Caller, 'resolve' | 'reject'>): Pending {
  const timer = setTimeout(() => expire(pending), left(deadline))
  const pending: Pending = { ...admitOr(item, timer), caller: { deadline, timer, ...answer } }
  return pending
}

function admitOr(item: RecordItem, timer: NodeJS.Timeout): Pending {
  try {
    return admit(item)
  } catch (error) {
    clearTimeout(timer)
    throw error
  }
}

function expire(pending: Pending): void {
  const [code, detail] =
    pending.state === 'sent'
      ? (['in-doubt', 'The store did not say in time whether it was recorded'] as const)
      : (['deadline-exceeded', 'It was not recorded in time'] as const)
  reject(pending, new Failed(code, detail))
}

/** Answers with a verdict, unless the deadline has passed: a late answer counts for nothing (safety rule 4). */
export function resolve(pending: Pending, recorded: Recorded): void {
  if (pending.state === 'answered') return
  if (pending.caller && left(pending.caller.deadline) === 0) return expire(pending)
  finish(pending)
  pending.caller?.resolve(recorded)
}

export function reject(pending: Pending, error: Failed): void {
  if (pending.state === 'answered') return
  finish(pending)
  pending.caller?.reject(error)
}

function finish(pending: Pending): void {
  pending.state = 'answered'
  clearTimeout(pending.caller?.timer)
}

/** Guard rows as an entry's body names them. */
export function guardsIn(body: JsonObject): readonly GuardRow[] {
  const guards: unknown = body['guards']
  return Array.isArray(guards) ? guards.filter(isGuardRow) : []
}

const guardKinds: readonly unknown[] = ['block', 'attestation', 'nonce', 'outpoint', 'once', 'window']

function isGuardRow(value: unknown): value is GuardRow {
  if (typeof value !== 'object' || value === null || !guardKinds.includes(Reflect.get(value, 'kind'))) return false
  return ['scope', 'item', 'root'].every((name) => typeof Reflect.get(value, name) === 'string')
}

/** Window rows as an entry's body names them. */
export function windowsIn(body: JsonObject): readonly EntryWindow[] {
  const windows: unknown = body['windows']
  return Array.isArray(windows) ? windows.filter(isEntryWindow) : []
}

function isEntryWindow(value: unknown): value is EntryWindow {
  if (typeof value !== 'object' || value === null) return false
  const texts = ['scope', 'period', 'root'].every((name) => typeof Reflect.get(value, name) === 'string')
  return texts && ['amount', 'limit'].every((name) => isAmount(Reflect.get(value, name)))
}

/** Decimal text: JSON's numbers end at 2^53. */
export function isAmount(value: unknown): value is string {
  return typeof value === 'string' && /^(?:0|[1-9]\d*)$/.test(value)
}

function windowTexts(rows: readonly EntryWindow[]): string {
  return rows.map(windowText).toSorted().join()
}

function windowText({ scope, period, root, amount, limit }: EntryWindow): string {
  return JSON.stringify([scope, period, root, amount, limit])
}

function guardTexts(rows: readonly GuardRow[]): string {
  return rows.map(guardText).toSorted().join()
}

function guardText({ kind, scope, item, root, replaces }: GuardRow): string {
  return JSON.stringify([kind, scope, item, root, replaces])
}

/** Everything a second item of the same round could only be judged by after the first is durable. */
function contestedNames(item: RecordItem): readonly string[] {
  const { guards, windows = [], idempotency, signatures = [], transactions = [] } = item
  return [
    ...guards.map((row) => JSON.stringify([row.kind, row.scope, row.item])),
    ...windows.map(({ scope, period, root }) => JSON.stringify(['use', scope, period, root.toLowerCase()])),
    ...(idempotency ? [JSON.stringify(['idempotency', idempotency.client, idempotency.route, idempotency.key])] : []),
    ...signatures.map(({ publicKey, payload }) => JSON.stringify(['signature', publicKey, payload])),
    ...transactions.flatMap((row) => [
      JSON.stringify(['transaction', row.id]),
      ...(row.nonce === undefined ? [] : [JSON.stringify(['nonce', row.network, row.sender, String(row.nonce)])]),
    ]),
  ]
}
