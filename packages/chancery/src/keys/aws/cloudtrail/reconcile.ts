/**
 * CloudTrail held against the register, both ways: a call that no entry accounts for, and an entry that no call accounts
 * for. Request ids decide where the register has them, key and time elsewhere. The order of the records changes nothing.
 */
import { isoTime } from '../../../base/clock.ts'
import type { JsonObject } from '../../../base/json.ts'
import type { KeyUses, RegisteredAttempt } from '../../../core/key-uses.ts'
import type { KeyId } from '../../../core/names.ts'
import { callOf, timeOf, type TrailCall } from './call.ts'
import { createLedger, type Ledger } from './ledger.ts'
import { momentsOf } from './moments.ts'

export interface ReconcileOptions {
  /** Seconds that a call may be from its entry where no request id says that they belong together. */
  readonly within: number
  /** ARN of the KMS key around the key-encryption key, which processes open when they start. */
  readonly keyEncryptionKey?: string
  /** What the files cover, in milliseconds; absent: from their first record to their last. */
  readonly from?: number
  readonly to?: number
}

export interface StrayCall {
  readonly time: string
  readonly operation: string
  /** Who called. */
  readonly principal: string
  readonly source: string
  /** The service's ids for it. */
  readonly keys: readonly KeyId[]
  readonly names: readonly string[]
  readonly requestId: string
  readonly error?: string
  readonly finding: string
}

export interface StrayAttempt {
  readonly attempt: string
  readonly time: string
  readonly key: KeyId
  readonly finding: string
}

export interface Reconciled {
  readonly period?: { readonly from: string; readonly to: string }
  /** Records of all services. */
  readonly records: number
  /** Keys that AWS knows by a name on record. */
  readonly keys: number
  readonly calls: {
    /** On the installation's keys, besides those that only looked. */
    readonly total: number
    readonly matched: number
    readonly looks: number
    readonly stray: readonly StrayCall[]
  }
  readonly attempts: {
    readonly total: number
    readonly matched: number
    /** Too near the edge of the time that the files cover, or beyond it. */
    readonly outside: number
    readonly stray: readonly StrayAttempt[]
  }
  /** Who made the calls that fit, and how many. */
  readonly principals: Readonly<Record<string, number>>
}

interface Tally {
  records: number
  from: number
  to: number
  matched: number
  looks: number
  readonly principals: Map<string, number>
  readonly seen: Set<string>
  readonly uses: Map<KeyId, number[]>
  /** By event id: files may overlap. */
  readonly stray: Map<string, StrayCall>
}

/** @throws what reading the records throws */
export async function reconcile(
  uses: KeyUses,
  records: AsyncIterable<JsonObject>,
  options: ReconcileOptions,
): Promise<Reconciled> {
  const ledger = createLedger(uses, options)
  const tally: Tally = {
    records: 0,
    from: Infinity,
    to: -Infinity,
    matched: 0,
    looks: 0,
    principals: new Map(),
    seen: new Set(),
    uses: new Map(),
    stray: new Map(),
  }
  for await (const record of records) take(tally, ledger, record)
  return result(tally, ledger, options)
}

function take(tally: Tally, ledger: Ledger, record: JsonObject): void {
  tally.records += 1
  const time = timeOf(record)
  if (time < tally.from) tally.from = time
  if (time > tally.to) tally.to = time
  const call = callOf(record)
  const held = call && ledger.hold(call)
  if (call === undefined || held === undefined) return
  if (held.verdict === 'look') tally.looks += 1
  else if (held.verdict === 'stray') tally.stray.set(call.eventId || JSON.stringify(record), strayCall(call, held))
  else match(tally, call, held.keys)
}

function match(tally: Tally, call: TrailCall, keys: readonly KeyId[]): void {
  tally.matched += 1
  tally.principals.set(call.principal, (tally.principals.get(call.principal) ?? 0) + 1)
  if (call.error !== undefined || call.meaning.kind !== 'use') return
  tally.seen.add(call.requestId)
  for (const key of keys) {
    const times = tally.uses.get(key) ?? []
    if (times.length === 0) tally.uses.set(key, times)
    times.push(call.time)
  }
}

function strayCall(
  call: TrailCall,
  { keys, finding }: { readonly keys: readonly KeyId[]; readonly finding: string },
): StrayCall {
  const { operation, principal, source, names, requestId, error } = call
  const time = isoTime(call.time)
  return { time, operation, principal, source, keys, names, requestId, ...(error !== undefined && { error }), finding }
}

function result(tally: Tally, ledger: Ledger, options: ReconcileOptions): Reconciled {
  const { records, matched, looks, principals } = tally
  const [from, to] = [options.from ?? tally.from, options.to ?? tally.to]
  const stray = [...tally.stray.values()].toSorted((a, b) => compare(sortKey(a), sortKey(b)))
  return {
    ...(from <= to && { period: { from: isoTime(from), to: isoTime(to) } }),
    records,
    keys: ledger.keys,
    calls: { total: matched + stray.length, matched, looks, stray },
    attempts: judgeAttempts(ledger.attempts, tally, { from, to, slack: 1_000 * options.within }),
    principals: Object.fromEntries([...principals].toSorted(([a], [b]) => compare(a, b))),
  }
}

function sortKey({ time, requestId, operation }: StrayCall): string {
  return `${time} ${requestId} ${operation}`
}

function compare(a: string, b: string): number {
  return a < b ? -1 : Number(a > b)
}

interface Period {
  readonly from: number
  readonly to: number
  readonly slack: number
}

function judgeAttempts(attempts: readonly RegisteredAttempt[], tally: Tally, period: Period): Reconciled['attempts'] {
  const uses = new Map([...tally.uses].map(([key, times]) => [key, momentsOf(times)] as const))
  const stray: StrayAttempt[] = []
  let [matched, outside] = [0, 0]
  for (const attempt of attempts) {
    const { evidence, key, time } = attempt
    const missing = evidence.filter((id) => !tally.seen.has(id))
    const byTime = uses.get(key)?.firstIn(time - period.slack, time + period.slack) ?? -1
    if (evidence.length > 0 ? missing.length === 0 : byTime >= 0) matched += 1
    else if (isOutside(attempt, period)) outside += 1
    else stray.push({ attempt: attempt.id, time: isoTime(time), key, finding: absent(missing) })
  }
  const sorted = stray.toSorted((a, b) => compare(`${a.time} ${a.attempt}`, `${b.time} ${b.attempt}`))
  return { total: matched + sorted.length, matched, outside, stray: sorted }
}

/** A call comes after its attempt; one that is shared by many, or whose secret was kept, may come before. */
function isOutside({ time }: RegisteredAttempt, { from, to, slack }: Period): boolean {
  return time < from + slack || time > to - slack
}

function absent(missing: readonly string[]): string {
  if (missing.length === 0) return 'no call on its key at that time'
  return `no call with the request id ${missing.join(', ')}`
}
