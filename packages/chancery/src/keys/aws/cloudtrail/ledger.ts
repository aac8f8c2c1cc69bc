/** The register, arranged so that one call at a time can be held against it. */
import { isoTime } from '../../../base/clock.ts'
import type { KeyUses, RegisteredAttempt, RegisteredRequests } from '../../../core/key-uses.ts'
import type { KeyId } from '../../../core/names.ts'
import type { TrailCall } from './call.ts'
import { createKeyNames, type KeyNames } from './key-names.ts'
import { type Moments, momentsOf } from './moments.ts'
import { beginnings } from './operations.ts'

export type Held =
  | { readonly verdict: 'look' }
  | { readonly verdict: 'matched'; readonly keys: readonly KeyId[] }
  | { readonly verdict: 'stray'; readonly keys: readonly KeyId[]; readonly finding: string }

export interface Ledger {
  /** Keys that AWS knows by a name on record. */
  readonly keys: number
  /** Those for which AWS must have been asked. */
  readonly attempts: readonly RegisteredAttempt[]
  /** Undefined for a call on keys of others. */
  hold(call: TrailCall): Held | undefined
}

interface Book {
  readonly names: KeyNames
  readonly byRequest: ReadonlyMap<string, RegisteredAttempt>
  /** Attempts whose request ids are all on record cannot excuse another call; these can. */
  readonly open: ReadonlyMap<KeyId, Moments>
  readonly closed: ReadonlyMap<KeyId, Moments>
  /** A key that AWS decrypts is opened once when it comes to be here, besides the proof that is an attempt. */
  readonly openings: ReadonlyMap<KeyId, Moments>
  readonly actions: ReadonlyMap<string, Moments>
  /** Requests on record that made or changed a key, and when there were such. */
  readonly requests: ReadonlyMap<string, RegisteredRequests>
  readonly requested: ReadonlyMap<string, Moments>
  /** The last moment at which the making of the key was recorded. */
  readonly begun: ReadonlyMap<KeyId, number>
  readonly starts: Moments
  readonly until: number
  readonly slack: number
  readonly keyEncryptionKey: string | undefined
}

/** Starting takes the opening of the key-encryption key, and then as long as the rest takes. Milliseconds. */
const longestStart = 120_000

export function createLedger(
  uses: KeyUses,
  { within, keyEncryptionKey }: { readonly within: number; readonly keyEncryptionKey?: string },
): Ledger {
  const keys = uses.keys.filter(({ where }) => where['kmsKey'] !== undefined)
  const ids = new Set(keys.map(({ id }) => id))
  const attempts = uses.attempts.filter(
    ({ end, key, evidence }) => end === 'used' && (evidence.length > 0 || ids.has(key)),
  )
  const beginning = uses.changes.filter(({ action }) => beginnings.has(action))
  const book: Book = {
    names: createKeyNames(keys),
    byRequest: new Map(attempts.flatMap((one) => one.evidence.map((id) => [id, one] as const))),
    open: grouped(uses.attempts.filter(({ end, evidence }) => end !== 'answered' && evidence.length === 0)),
    closed: grouped(attempts.filter(({ evidence }) => evidence.length > 0)),
    openings: grouped(beginning),
    actions: groupedBy(uses.changes, ({ key, action }) => `${key} ${action}`),
    requests: new Map(uses.requests.flatMap((one) => one.evidence.map((id) => [id, one] as const))),
    requested: groupedBy(uses.requests, ({ key, action }) => `${key} ${action}`),
    begun: lastOf(beginning),
    starts: momentsOf(uses.starts),
    until: uses.until,
    slack: 1_000 * within,
    keyEncryptionKey,
  }
  return { keys: keys.length, attempts, hold: (call) => hold(book, call) }
}

function hold(book: Book, call: TrailCall): Held | undefined {
  const { kind } = call.meaning
  const attempt = book.byRequest.get(call.requestId)
  const named = book.names.of(call)
  if (attempt !== undefined && kind === 'use') return heldById(attempt, named)
  const change = book.requests.get(call.requestId)
  if (change !== undefined && fits(call, change)) return heldById({ ...change, id: change.action }, named)
  if (named.length === 0) return holdOther(book, call)
  if (kind === 'look') return { verdict: 'look' }
  if (named.some((key) => accountsFor(book, call, key))) return { verdict: 'matched', keys: named }
  return { verdict: 'stray', keys: named, finding: findingOf(book, call, named) }
}

/** What only looks needs no entry; what is on record for something else is no excuse. */
function fits({ meaning }: TrailCall, { action }: RegisteredRequests): boolean {
  return meaning.kind === 'make'
    ? beginnings.has(action)
    : meaning.kind === 'change' && meaning.actions.includes(action)
}

function heldById({ id, key }: { readonly id: string; readonly key: KeyId }, named: readonly KeyId[]): Held {
  if (named.length === 0 || named.includes(key)) return { verdict: 'matched', keys: [key] }
  return { verdict: 'stray', keys: named, finding: `on record as the request of ${id}, which is of the key ${key}` }
}

function accountsFor(book: Book, call: TrailCall, key: KeyId): boolean {
  const { operation, meaning, time } = call
  const within = (moments: Moments | undefined) => (moments?.firstIn(time - book.slack, time + book.slack) ?? -1) >= 0
  if (meaning.kind === 'use' && operation !== 'kms:Sign' && within(book.openings.get(key))) return true
  // Parameter Store asks KMS in the caller's name, under a request id of its own, at every request that has one on record.
  const forwarded = call.context['PARAMETER_ARN'] !== undefined
  if (meaning.kind === 'use' && forwarded && within(book.closed.get(key))) return true
  if (meaning.kind === 'use') return within(book.open.get(key))
  if (meaning.kind === 'change') {
    // Where the ids of its requests are on record, this is none of them.
    const excused = (name: string) => !within(book.requested.get(name)) && within(book.actions.get(name))
    return meaning.actions.some((action) => excused(`${key} ${action}`))
  }
  if (meaning.kind === 'end') return (book.actions.get(`${key} key.schedule-deletion`)?.firstIn(0, time) ?? -1) >= 0
  // The steps of making one may lie long before its entry, where an interrupted creation was finished later.
  return meaning.kind === 'make' && time <= (book.begun.get(key) ?? -Infinity) + book.slack
}

function holdOther({ keyEncryptionKey, starts, slack }: Book, call: TrailCall): Held | undefined {
  const { names, operation, meaning, time } = call
  if (keyEncryptionKey === undefined || !names.includes(keyEncryptionKey)) return undefined
  if (meaning.kind === 'look') return { verdict: 'look' }
  const opening = operation === 'kms:Decrypt' || operation === 'kms:Encrypt'
  if (opening && starts.firstIn(time - slack, time + longestStart) >= 0) return { verdict: 'matched', keys: [] }
  const finding = 'on the key around the key-encryption key, and no process of the service started then'
  return { verdict: 'stray', keys: [], finding }
}

function findingOf({ closed, until, slack }: Book, { meaning, time }: TrailCall, named: readonly KeyId[]): string {
  if (time > until + slack) return `later than the last entry of the register (${isoTime(until)}): export it again`
  if (meaning.kind === 'strange') return 'nothing the service ever asks'
  const near = named.some((key) => (closed.get(key)?.firstIn(time - slack, time + slack) ?? -1) >= 0)
  if (meaning.kind !== 'use') return 'no such change of the key is on record at that time, or it took other requests'
  return near
    ? 'no entry; attempts of then have other request ids (a lost answer that was asked for again looks like this)'
    : 'no attempt with its key is on record at that time'
}

interface Timed {
  readonly key: KeyId
  readonly time: number
}

function grouped(all: readonly Timed[]): ReadonlyMap<KeyId, Moments> {
  return groupedBy(all, ({ key }) => key)
}

function groupedBy<T extends Timed, K>(all: readonly T[], nameOf: (one: T) => K): ReadonlyMap<K, Moments> {
  const groups = Map.groupBy(all, nameOf)
  return new Map([...groups].map(([name, list]) => [name, momentsOf(list.map(({ time }) => time))] as const))
}

function lastOf(all: readonly Timed[]): ReadonlyMap<KeyId, number> {
  const last = new Map<KeyId, number>()
  for (const { key, time } of all) last.set(key, Math.max(time, last.get(key) ?? -Infinity))
  return last
}
