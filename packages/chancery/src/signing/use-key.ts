/** The one place where a key is used: cleared payloads in, verified signatures out. */
import { atMost, DeadlineExceeded, left, within, type Deadline } from '../base/deadline.ts'
import { sideBySide } from '../base/side-by-side.ts'
import { canSignMany, type KeyBackend } from '../core/backend.ts'
import type { DutyClaim, GuardRow } from '../core/claim.ts'
import { Failed, Refused } from '../core/errors.ts'
import { refOf, type KeyRecord, type PublicKey } from '../core/key.ts'
import type { AttemptId } from '../core/names.ts'
import type { Payload, RawSignature, Signature, StoredSignature } from '../core/payload.ts'
import type { Attempt } from './attempt.ts'
import { clear, clearedLifetime } from './clear.ts'
import type { SigningRooms } from './rooms.ts'

/** Key uses of one attempt at once: a transaction of 300 inputs leaves others their share of a KMS's requests. */
export const usesAtOnce = 32

/**
 * Signs every payload of a recorded attempt, some at a time: each is cleared when its turn comes, so that none expires while it
 * waits. A payload whose signature is stored is not signed again.
 * @throws Failed `backend-…`, `bad-signature`, `deadline-exceeded`
 */
export function usePayloads(
  rooms: SigningRooms,
  attempt: Attempt,
  stored: readonly StoredSignature[],
  deadline: Deadline,
): Promise<readonly Signature[]> {
  const { guards, duties, judged, payloads } = attempt
  const { backend, key, publicKey } = judged
  const standing = new Map(stored.map((one) => [`${one.publicKey} ${one.payload}`, one.signature]))
  return sideBySide(payloads, usesAtOnce, async ({ payload, hash, publicKey: by }) => {
    const earlier = standing.get(`${by} ${hash}`)
    const use = { backend, key, publicKey, payload, attempt: attempt.id, guards, duties, sampled: true } as const
    return earlier ? kept(rooms, use, earlier) : useKey(rooms, use, deadline)
  })
}

/** One use of one key, for an attempt that is on record. */
export interface KeyUse {
  readonly backend: KeyBackend
  readonly key: KeyRecord
  /** Whose signature it is, where the payload names no other signer. */
  readonly publicKey: PublicKey
  readonly attempt: AttemptId
  readonly guards: readonly GuardRow[]
  readonly duties: readonly DutyClaim[]
  readonly payload: Payload
  /** May be one of those of which a sample is verified; absent: it is verified. */
  readonly sampled?: true
}

/** @throws Failed `backend-…`, `bad-signature`, `deadline-exceeded` */
export async function useKey(
  rooms: Pick<SigningRooms, 'clock' | 'verifier'>,
  use: KeyUse,
  deadline: Deadline,
): Promise<Signature> {
  const { backend, payload } = use
  const cleared = clear(payload, use.attempt, use, rooms.clock)
  const limit = atMost(deadline, clearedLifetime)
  const signing = backend.sign(refOf(use.key), cleared, limit).then((raw) => proved(rooms, use, raw, limit))
  return within(limit, 'the key back-end', signing).catch(late)
}

/**
 * As `useKey` for each, in fewer steps where the back-end can: all have one back-end. An answer each, in their order.
 */
export async function useKeys(
  rooms: Pick<SigningRooms, 'clock' | 'verifier'>,
  uses: readonly KeyUse[],
  deadline: Deadline,
): Promise<readonly (Signature | Refused | Failed)[]> {
  const backend = uses[0]?.backend
  if (backend === undefined || !canSignMany(backend)) {
    return Promise.all(uses.map((use) => useKey(rooms, use, deadline).catch(refusalIn)))
  }
  const limit = atMost(deadline, clearedLifetime)
  const asked = uses.map((use) => ({ ref: refOf(use.key), cleared: clear(use.payload, use.attempt, use, rooms.clock) }))
  const raws = await within(limit, 'the key back-end', backend.signMany(asked, limit))
    .catch(late)
    .catch((error: unknown) => uses.map(() => refusalIn(error)))
  return Promise.all(uses.map((use, i) => signatureIn(rooms, use, raws[i], limit).catch(refusalIn)))
}

async function signatureIn(
  rooms: Pick<SigningRooms, 'verifier'>,
  use: KeyUse,
  raw: RawSignature | Refused | Failed | undefined,
  limit: Deadline,
): Promise<Signature> {
  if (raw === undefined) throw new Failed('internal', 'The key back-end left a key out')
  if (raw instanceof Error) throw raw
  return proved(rooms, use, raw, limit)
}

function refusalIn(error: unknown): Refused | Failed {
  if (error instanceof Refused || error instanceof Failed) return error
  throw error
}

/**
 * "Verify before it leaves", and in its time: a process that was frozen finds answers of long ago in its hands, before its
 * timers fire, and meanwhile the key may have been deleted or somebody else may have it.
 * @throws Failed `bad-signature`, `deadline-exceeded`
 */
async function proved(
  rooms: Pick<SigningRooms, 'verifier'>,
  use: KeyUse,
  raw: RawSignature,
  limit: Deadline,
): Promise<Signature> {
  const signature = await normalised(rooms, use, raw).catch(notByThisKey)
  if (left(limit) === 0) late(new DeadlineExceeded('the key back-end'))
  return raw.evidence === undefined ? signature : { ...signature, evidence: raw.evidence }
}

function notByThisKey(cause: unknown): never {
  if (!(cause instanceof RangeError)) throw cause
  throw new Failed('bad-signature', 'The key back-end returned a signature that is not by this key', { cause })
}

function normalised({ verifier }: Pick<SigningRooms, 'verifier'>, use: KeyUse, raw: RawSignature): Promise<Signature> {
  const { payload, backend } = use
  const publicKey = signerOf(use)
  const support = use.sampled && backend.algorithms.find(({ algorithm }) => algorithm === publicKey.algorithm)
  const oneIn = support?.verifiedOneIn
  if (oneIn === undefined || verifier.sampled === undefined) {
    return verifier.normalise(raw, payload.bytes, publicKey)
  }
  const always = payload.urgency === 2 || payload.verified === 'always'
  return verifier.sampled(raw, payload.bytes, publicKey, always ? 1 : oneIn)
}

/**
 * "Nothing unverified leaves" holds for what the store kept as well: a store can be edited.
 * @throws Failed `store-corrupt`
 */
export async function kept(
  rooms: Pick<SigningRooms, 'verifier'>,
  use: Pick<KeyUse, 'payload' | 'publicKey'>,
  { bytes }: Signature,
): Promise<Signature> {
  try {
    return await rooms.verifier.normalise({ encoding: 'compact', bytes }, use.payload.bytes, signerOf(use))
  } catch (cause) {
    if (!(cause instanceof RangeError)) throw cause
    throw new Failed('store-corrupt', 'The signature kept for this payload is not by this key', { cause })
  }
}

function signerOf({ payload, publicKey }: Pick<KeyUse, 'payload' | 'publicKey'>): PublicKey {
  return payload.signer?.publicKey ?? publicKey
}

function late(error: unknown): never {
  if (!(error instanceof DeadlineExceeded)) throw error
  throw new Failed('deadline-exceeded', `It took too long: ${error.message}`, { cause: error })
}
