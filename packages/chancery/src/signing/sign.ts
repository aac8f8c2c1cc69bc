/** The flow of one signature, top to bottom. */
import { newId } from '../base/id.ts'
import { atMost, type Deadline } from '../base/deadline.ts'
import type { Call } from '../core/call.ts'
import type { Claim } from '../core/claim.ts'
import { conflict } from '../core/conflict.ts'
import { Refused } from '../core/errors.ts'
import type { AttemptId } from '../core/names.ts'
import { commitLimit, type Recorded } from '../core/recorder.ts'
import type { Snapshot } from '../core/state.ts'
import type { Joined, OwnUse, SigningFlow, SignReply, SignRequest, Verdict } from '../core/services.ts'
import { attemptItem, idempotencyOf, identify, type Attempt, type IdentifiedPayload } from './attempt.ts'
import { judge, type Judged } from './judge.ts'
import { settle, trailFailure } from './outcome.ts'
import { protectUsed } from './protect-used.ts'
import { denied, trailRefusal } from './refusal.ts'
import { resume } from './resume.ts'
import { signMany } from './sign-many.ts'
import type { SigningRooms } from './rooms.ts'
import { usePayloads } from './use-key.ts'

/** One asking for a signature. */
interface Asked {
  readonly request: SignRequest
  readonly call: Call
  readonly joined?: Joined
  readonly own?: OwnUse
}

export function createSigning(rooms: SigningRooms): SigningFlow {
  return {
    sign: (request, call) => sign(rooms, { request, call }),
    signJoined: (request, call, joined, own) => sign(rooms, { request, call, joined, ...(own && { own }) }),
    signMany: (request, call) => signMany(rooms, request, call, (one) => sign(rooms, { request: one, call })),
    signOwn: (request, call, own) => sign(rooms, { request, call, own }),
    judge: async (request, call) => verdict(judge(rooms, rooms.state.current(), request, call.principal)),
    judgeOwn: async (request, call, own) => verdict(judge(rooms, rooms.state.current(), request, call.principal, own)),
  }
}

function verdict({ decision, intent, facts }: Judged): Verdict {
  return { decision, summary: intent.summary, facts }
}

async function sign(rooms: SigningRooms, asked: Asked): Promise<SignReply> {
  const { request, call, joined } = asked
  try {
    const { attempt, recorded } = await reserve(rooms, asked)
    const signatures = await usePayloads(rooms, attempt, recorded.signatures, call.deadline).catch((error: unknown) => {
      trailFailure(rooms, attempt, error)
      throw error
    })
    const signed = await settle(rooms, attempt, signatures, joined, call.deadline)
    return { attempt: attempt.id, key: attempt.judged.key.id, signed }
  } catch (error) {
    // What joins tells of it in its own row, and would tell the register at every try.
    if (error instanceof Refused && joined === undefined) trailRefusal(rooms, request, call, error)
    throw error
  }
}

type Reserved = { readonly attempt: Attempt; readonly recorded: Extract<Recorded, { status: 'recorded' }> }

/** Judges and records, again for as long as the state moves between the two. */
async function reserve(rooms: SigningRooms, asked: Asked): Promise<Reserved> {
  const { request, call, joined, own } = asked
  let earlier = request.idempotency && (await resume(rooms, request, call))
  let snapshot = rooms.state.current()
  for (;;) {
    const judged = judge(rooms, snapshot, request, call.principal, own)
    if (judged.decision.verdict !== 'allow') throw denied(judged.decision)
    if (joined === undefined && claimsNonce(judged)) {
      await refuseManagedNonce(rooms, judged, atMost(call.deadline, commitLimit))
    }
    const attempt = prepare(rooms, judged, snapshot, asked, earlier)
    const protecting = protectUsed(rooms, [attempt], call)
    if (protecting !== undefined) await protecting
    if (attempt.windows.length > 0) await rooms.agreedTime(atMost(call.deadline, commitLimit))
    const idempotency = earlier ? undefined : idempotencyOf(request, call, attempt.id)
    const item = attemptItem(attempt, call, rooms.clock.now(), idempotency, joined?.rows ?? [])
    const recorded = await rooms.recorder.record(item, atMost(call.deadline, commitLimit))
    if (recorded.status === 'recorded') return { attempt, recorded }
    if (recorded.status === 'halted') throw new Refused('frozen', 'All signing is frozen')
    if (recorded.status === 'stale') snapshot = await rooms.state.refresh(atMost(call.deadline, commitLimit))
    else if (recorded.fault.reason === 'idempotency') earlier = await resume(rooms, request, call)
    else throw conflict(recorded.fault, rooms.clock.now())
  }
}

function prepare(
  rooms: SigningRooms,
  judged: Judged,
  { ceilings }: Snapshot,
  asked: Asked,
  earlier: AttemptId | undefined,
): Attempt {
  const { request, joined, own } = asked
  const id = earlier ?? newId('att', rooms.clock.now())
  const payloads = judged.payloads.map((payload) => identify(payload, judged.key))
  const claims = [...judged.facts.claims, ...(request.windows ?? []), ...joinedClaims(payloads, joined)]
  const { network } = judged.intent
  const ceiling = network && ceilings.get(network)?.value
  return { id, judged, payloads, ...rooms.claimRows(claims, ceiling), ...(own && { purpose: own.purpose }) }
}

function joinedClaims([first]: readonly IdentifiedPayload[], joined: Joined | undefined): readonly Claim[] {
  return joined && first ? [{ ...joined.once, root: first.hash }] : []
}

function claimsNonce({ facts }: Judged): boolean {
  return facts.claims.some((claim) => claim.kind === 'nonce')
}

/** Safety rule 9: where the relay hands out nonces, a nonce chosen by a caller could strand everything behind it. */
async function refuseManagedNonce(rooms: SigningRooms, judged: Judged, deadline: Deadline): Promise<void> {
  const { intent, chain, publicKey } = judged
  const { network } = intent
  if (network === undefined) return
  if (!(await rooms.relayManages(network, chain.address(publicKey, network), deadline))) return
  const hint = 'Send it through POST /v1/transactions without a nonce'
  throw new Refused('denied', 'The relay manages the nonces of this sender', { where: 'transaction.nonce', hint })
}
