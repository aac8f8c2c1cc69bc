/** What waits for a commit: one item, the people who wait for it, and what it may not share a round with. */
import { clearAlarm, setAlarm, type Alarm } from '../base/alarm.ts'
import { left, type Deadline } from '../base/deadline.ts'
import type { DutyClaim } from '../core/claim.ts'
import { Failed } from '../core/errors.ts'
import type { Recorded, RecordItem } from '../core/recorder.ts'
import type { Entry } from '../core/store.ts'
import { addressNames, walletNames } from '../core/wallet-names.ts'
import { requireNamed } from './naming.ts'
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
  readonly alarm: Alarm
  resolve(recorded: Recorded): void
  reject(error: Failed): void
}

/** @throws Failed `internal` for an item whose entries do not say what it takes. */
export function admit(item: RecordItem): Pending {
  if (item.bodies.length === 0) throw new Failed('internal', 'Nothing is recorded without an entry')
  requireNamed(item)
  return {
    item,
    entries: item.bodies.map(entryOf),
    contested: contestedNames(item),
    windows: windowNames(item),
    state: 'waiting',
  }
}

/** As `admit`, with a caller who is answered at the deadline at the latest. */
export function admitFor(item: RecordItem, deadline: Deadline, answer: Pick<Caller, 'resolve' | 'reject'>): Pending {
  const alarm = setAlarm(left(deadline), () => expire(pending))
  const pending: Pending = { ...admitOr(item, alarm), caller: { deadline, alarm, ...answer } }
  return pending
}

function admitOr(item: RecordItem, alarm: Alarm): Pending {
  try {
    return admit(item)
  } catch (error) {
    clearAlarm(alarm)
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
  if (pending.caller !== undefined) clearAlarm(pending.caller.alarm)
}

const none: readonly string[] = []

function windowNames({ windows }: RecordItem): readonly string[] {
  if (windows === undefined) return none
  return [...new Set(windows.map(({ scope, period }) => JSON.stringify(['window', scope, period])))]
}

/** Everything a second item of the same round could only be judged by after the first is durable. */
function contestedNames(item: RecordItem): readonly string[] {
  const { guards, windows = [], duties = [], raises = [], idempotency, signatures = [], transactions = [] } = item
  const { wallets = [], addresses = [] } = item
  return [
    ...duties.map(({ kind, scope }) => dutyName(kind, scope)),
    ...raises.flatMap(({ scope }) => [dutyName('block', scope), dutyName('attestation', scope)]),
    ...guards.map((row) => JSON.stringify([row.kind, row.scope, row.item])),
    ...windows.map(({ scope, period, root }) => JSON.stringify(['use', scope, period, root.toLowerCase()])),
    ...(idempotency ? [JSON.stringify(['idempotency', idempotency.client, idempotency.route, idempotency.key])] : []),
    ...signatures.map(({ publicKey, payload }) => JSON.stringify(['signature', publicKey, payload])),
    ...transactions.flatMap((row) => [
      JSON.stringify(['transaction', row.id]),
      ...(row.nonce === undefined ? [] : [JSON.stringify(['nonce', row.network, row.sender, String(row.nonce)])]),
    ]),
    ...wallets.flatMap(walletNames),
    ...addresses.flatMap(addressNames),
  ]
}

/** Unlike the others it is no JSON: this one is made ten thousand times a second. */
function dutyName(kind: DutyClaim['kind'], scope: string): string {
  return `${kind} ${scope}`
}
