/** An attempt: what is written before a key is used. */
import { isoTime } from '../base/clock.ts'
import { sha256Hex, toHex, type Hex } from '../base/bytes.ts'
import type { Call } from '../core/call.ts'
import {
  eachKey,
  entryDuty,
  entryWindow,
  type ClaimRows,
  type DutyClaim,
  type EntryDuty,
  type GuardRow,
} from '../core/claim.ts'
import type { AttemptEntry, EntryGuard, SharedAttemptEntry } from '../core/entries.ts'
import { Failed } from '../core/errors.ts'
import type { KeyRecord } from '../core/key.ts'
import type { AttemptId, Purpose } from '../core/names.ts'
import type { Payload } from '../core/payload.ts'
import type { RecordItem } from '../core/recorder.ts'
import type { SignRequest } from '../core/services.ts'
import type { Idempotency, TransactionRow } from '../core/store.ts'
import { isSampled, type Judged } from './judge.ts'

export interface Attempt extends ClaimRows {
  readonly id: AttemptId
  readonly judged: Judged
  /** The payloads of what was judged, in its order. */
  readonly payloads: readonly IdentifiedPayload[]
  /** What a part of the service asked for it for; absent where the caller did. */
  readonly purpose?: Purpose
}

export interface IdentifiedPayload {
  readonly payload: Payload
  readonly hash: Hex
  /** Whose signature it gets: two children of a tree may sign the same, and neither gets the other's. */
  readonly publicKey: Hex
}

export function identify(payload: Payload, { publicKey }: Pick<KeyRecord, 'publicKey'>): IdentifiedPayload {
  const { signer } = payload
  return { payload, hash: payloadHash(payload), publicKey: signer ? toHex(signer.publicKey.bytes) : publicKey }
}

/** The identity of what is signed, in the register and among stored signatures. */
function payloadHash(payload: Payload): Hex {
  return sha256Hex(payload.bytes)
}

/** The item of the reserving round: claims, attempt, idempotency and whatever joins, all or nothing. */
export function attemptItem(
  attempt: Attempt,
  call: Call,
  now: number,
  idempotency: Idempotency | undefined,
  rows: readonly TransactionRow[],
): RecordItem {
  const { judged, guards, windows, duties } = attempt
  return {
    bodies: [attemptEntry(attempt, call, now)],
    epoch: judged.epoch,
    signs: true,
    guards,
    ...(windows.length > 0 && { windows }),
    ...(duties.length > 0 && { duties }),
    // What is made again the same is never looked for among kept signatures.
    ...(!isSampled(judged) && { signing: signingOf(attempt) }),
    transactions: rows,
    ...(idempotency && { idempotency }),
    ...(attempt.payloads.some(({ payload }) => payload.urgency === 2) && { urgent: true }),
  }
}

/** The item of a payload that many keys sign: what they share stands in its one entry once. */
export function sharedAttemptItem(
  id: AttemptId,
  shares: readonly { readonly judged: Judged; readonly duties: readonly DutyClaim[]; readonly payload: Payload }[],
  call: Call,
  now: number,
): RecordItem {
  const duties = shares.flatMap((share) => share.duties)
  const [first] = shares
  if (first === undefined) throw new Failed('internal', 'An attempt of nobody')
  const { judged, payload } = first
  const entry: SharedAttemptEntry = {
    client: call.principal.client,
    ...(duties.length > 0 && { duties: first.duties.map(ofEachKey) }),
    epoch: judged.epoch,
    guards: [],
    id,
    keys: shares.map((share) => share.judged.key.id),
    kind: 'attempt',
    ...(judged.intent.network && { network: judged.intent.network }),
    operation: judged.intent.operation,
    payloads: [payloadHash(payload)],
    publicKeys: shares.map((share) => share.judged.key.publicKey),
    rules: { version: judged.rulesVersion },
    summary: judged.intent.summary,
    time: isoTime(now),
  }
  return {
    bodies: [entry],
    epoch: judged.epoch,
    signs: true,
    guards: [],
    ...(duties.length > 0 && { duties }),
    ...(payload.urgency === 2 && { urgent: true }),
  }
}

/** The public key stands in the entry already. */
function ofOwnKey(duty: DutyClaim, publicKey: Hex): EntryDuty {
  return duty.scope.startsWith(`${publicKey}@`) ? ofEachKey(duty) : entryDuty(duty)
}

/** What follows the public key in a scope is the network's, the same for all. */
function ofEachKey(duty: DutyClaim): EntryDuty {
  const entry = entryDuty(duty)
  return { ...entry, scope: `${eachKey}${entry.scope.slice(entry.scope.indexOf('@') + 1)}` }
}

function signingOf({ payloads }: Attempt): NonNullable<RecordItem['signing']> {
  return payloads.map(({ publicKey, hash }) => ({ publicKey, payload: hash }))
}

/** The entry's member of that name. */
export function signersOf(payloads: readonly IdentifiedPayload[]): Pick<AttemptEntry, 'signers'> {
  const derived = payloads.some(({ payload }) => payload.signer !== undefined)
  return derived ? { signers: payloads.map(({ publicKey }) => publicKey) } : {}
}

function attemptEntry(attempt: Attempt, call: Call, now: number): AttemptEntry {
  const { id, judged, payloads, guards, windows, duties, purpose } = attempt
  const { key, intent, rulesVersion, epoch } = judged
  // In the order of canonical JSON, which then has nothing to sort.
  return {
    client: call.principal.client,
    ...(duties.length > 0 && { duties: duties.map((duty) => ofOwnKey(duty, key.publicKey)) }),
    epoch,
    guards: guards.map(entryGuard),
    id,
    key: key.id,
    kind: 'attempt',
    ...(intent.network && { network: intent.network }),
    operation: intent.operation,
    payloads: payloads.map(({ hash }) => hash),
    publicKey: key.publicKey,
    ...(purpose && { purpose }),
    rules: { version: rulesVersion },
    ...signersOf(payloads),
    summary: intent.summary,
    time: isoTime(now),
    ...(windows.length > 0 && { windows: windows.map(entryWindow) }),
  }
}

function entryGuard({ kind, scope, item, root, replaces }: GuardRow): EntryGuard {
  return { kind, scope, item, root, ...(replaces && { replaces }) }
}

export function idempotencyOf(request: SignRequest, call: Call, made: AttemptId): Idempotency | undefined {
  return request.idempotency && { ...request.idempotency, client: call.principal.client, made }
}
