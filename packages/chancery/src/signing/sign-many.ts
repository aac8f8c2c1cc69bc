/**
 * One thing that many keys sign, such as the attestation of a slot: the steps of `sign.ts`, with an answer a key. What the
 * keys share is hashed and written down once.
 */
import { chunksOf } from '../base/chunks.ts'
import { atMost } from '../base/deadline.ts'
import { equal, sha256Hex, type Hex } from '../base/bytes.ts'
import { newId } from '../base/id.ts'
import type { Call } from '../core/call.ts'
import { isDuty, type DutyClaim } from '../core/claim.ts'
import { conflict } from '../core/conflict.ts'
import { Failed, Refused } from '../core/errors.ts'
import type { AttemptId } from '../core/names.ts'
import { commitLimit, type Recorded } from '../core/recorder.ts'
import type { SignManyAnswer, SignManyRequest, SignReply, SignRequest } from '../core/services.ts'
import type { Snapshot } from '../core/state.ts'
import { sharedAttemptItem, type IdentifiedPayload } from './attempt.ts'
import { isSampled, judge, type Judged } from './judge.ts'
import { protectUsed } from './protect-used.ts'
import { denied, trailRefusal } from './refusal.ts'
import type { SigningRooms } from './rooms.ts'
import { useKeys } from './use-key.ts'

/** Keys of one entry: a transaction that takes a row for each stays under 50 ms (safety rule 22). */
const mostTogether = 512

interface Batch {
  readonly rooms: SigningRooms
  readonly request: SignManyRequest
  readonly call: Call
  /** By the name of the key. */
  readonly answers: Map<string, SignManyAnswer>
  /** The flow of one signature, for what the keys do not share after all. */
  signOne(request: SignRequest, call: Call): Promise<SignReply>
}

/** One key's part. */
export interface Share {
  readonly name: string
  readonly judged: Judged
  readonly duties: readonly DutyClaim[]
  readonly payload: IdentifiedPayload['payload']
}

interface SharedAttempt {
  readonly id: AttemptId
  readonly shares: readonly Share[]
}

export async function signMany(
  rooms: SigningRooms,
  request: SignManyRequest,
  call: Call,
  signOne: Batch['signOne'],
): Promise<readonly SignManyAnswer[]> {
  const { keys } = request
  refuseTwice(keys)
  const batch: Batch = { rooms, request, call, answers: new Map(), signOne }
  await Promise.all(Array.from(chunksOf(keys, mostTogether), (some) => signTogether(batch, some)))
  return keys.map((key) => batch.answers.get(key) ?? { error: new Failed('internal', 'A key was left out') })
}

/** The second use would be refused for the first, or be it again. */
function refuseTwice(keys: readonly string[]): void {
  const seen = new Set(keys.map((key) => key.toLowerCase()))
  if (seen.size === keys.length) return
  throw new Refused('invalid-request', 'A key is named twice', { where: 'keys', wanted: 'each key once' })
}

/** Again for as long as the state moves, or the store refuses some of the keys: then the others go on without them. */
async function signTogether(batch: Batch, keys: readonly string[]): Promise<void> {
  const { rooms, call } = batch
  let snapshot = rooms.state.current()
  let names = keys
  for (;;) {
    const shares = names.flatMap((name) => judgeShare(batch, snapshot, name))
    if (shares.length === 0) return
    if (!isShared(shares)) return signEach(batch, names)
    const attempt = { id: newId('att', rooms.clock.now()), shares }
    const recorded = await record(batch, attempt)
    if (recorded === undefined) return
    if (recorded.status === 'recorded') return useAll(batch, attempt)
    if (recorded.status === 'halted') return refuseAll(batch, shares, new Refused('frozen', 'All signing is frozen'))
    if (recorded.status === 'stale') snapshot = await rooms.state.refresh(atMost(call.deadline, commitLimit))
    else refuseFaulted(batch, shares, recorded.faults)
    names = shares.map(({ name }) => name).filter((name) => !batch.answers.has(name))
  }
}

function judgeShare(batch: Batch, snapshot: Snapshot, name: string): readonly Share[] {
  const { rooms, call } = batch
  try {
    const judged = judge(rooms, snapshot, requestFor(batch, name), call.principal)
    if (judged.decision.verdict !== 'allow') throw denied(judged.decision)
    const [payload] = judged.payloads
    if (payload === undefined) throw new Failed('internal', 'There is nothing to sign')
    const { network } = judged.intent
    const { duties } = rooms.claimRows(judged.facts.claims, network && snapshot.ceilings.get(network)?.value)
    return [{ name, judged, duties, payload }]
  } catch (error) {
    refuse(batch, name, error)
    return []
  }
}

function requestFor({ request }: Batch, key: string): SignRequest {
  const { operation, network, value } = request
  return { key, operation, value, ...(network && { network }) }
}

function refuse({ rooms, call, answers, ...batch }: Batch, name: string, error: unknown): void {
  if (!(error instanceof Refused || error instanceof Failed)) throw error
  answers.set(name, { error })
  if (error instanceof Refused) trailRefusal(rooms, requestFor({ rooms, call, answers, ...batch }, name), call, error)
}

/** Whether one entry tells it all: the same single payload for every key, and nothing but duties claimed for it. */
function isShared(shares: readonly Share[]): boolean {
  const [first] = shares
  return shares.every(
    ({ judged, payload }) =>
      first !== undefined &&
      equal(payload.bytes, first.payload.bytes) &&
      judged.payloads.length === 1 &&
      judged.backend === first.judged.backend &&
      judged.facts.claims.every(isDuty) &&
      isSampled(judged),
  )
}

async function signEach(batch: Batch, names: readonly string[]): Promise<void> {
  const signing = names.map(async (name) => {
    try {
      batch.answers.set(name, { reply: await batch.signOne(requestFor(batch, name), batch.call) })
    } catch (error) {
      // The flow of one has put its refusal on record itself.
      if (!(error instanceof Refused || error instanceof Failed)) throw error
      batch.answers.set(name, { error })
    }
  })
  await Promise.all(signing)
}

/** Undefined where it could not be recorded: all are answered then. */
async function record(batch: Batch, { id, shares }: SharedAttempt): Promise<Recorded | undefined> {
  const { rooms, call } = batch
  try {
    const protecting = protectUsed(rooms, shares, call)
    if (protecting !== undefined) await protecting
    const item = sharedAttemptItem(id, shares, call, rooms.clock.now())
    return await rooms.recorder.record(item, atMost(call.deadline, commitLimit))
  } catch (error) {
    for (const { name } of shares) refuse(batch, name, error)
    return undefined
  }
}

function refuseAll(batch: Batch, shares: readonly Share[], error: Refused): void {
  for (const { name } of shares) refuse(batch, name, error)
}

/** Only duties are claimed, so every fault but a bug's is one of a key's duty. */
function refuseFaulted(
  batch: Batch,
  shares: readonly Share[],
  faults: Extract<Recorded, { status: 'refused' }>['faults'],
): void {
  const { rooms } = batch
  const byScope = new Map(shares.flatMap((share) => share.duties.map(({ scope }) => [scope, share.name] as const)))
  for (const fault of faults) {
    const name = fault.reason === 'duty' ? byScope.get(fault.duty.scope) : undefined
    if (name === undefined || fault.reason !== 'duty')
      throw new Failed('internal', 'The store refused what was not asked')
    refuse(batch, name, conflict(fault, rooms.clock.now()))
  }
}

async function useAll({ rooms, call, answers }: Batch, { id, shares }: SharedAttempt): Promise<void> {
  const uses = shares.map(({ judged: { backend, key, publicKey }, duties, payload }) => {
    return { backend, key, publicKey, attempt: id, guards: [], duties, payload, sampled: true } as const
  })
  const hashes: Hex[] = []
  for (const [i, signature] of (await useKeys(rooms, uses, call.deadline)).entries()) {
    const share = shares[i]
    if (share === undefined) continue
    if (signature instanceof Error) answers.set(share.name, { error: signature })
    else {
      const { chain, intent, key } = share.judged
      hashes.push(sha256Hex(signature.bytes))
      answers.set(share.name, { reply: { attempt: id, key: key.id, signed: chain.assemble(intent, [signature]) } })
    }
  }
  rooms.recorder.trailOutcome(id, hashes)
}
