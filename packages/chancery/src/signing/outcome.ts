/** The end of an attempt, written down: before the reply where the signature is random, behind it where it is not. */
import { sha256Hex, toHex } from '../base/bytes.ts'
import { atMost, type Deadline } from '../base/deadline.ts'
import type { Signed } from '../core/chain.ts'
import type { OutcomeEntry } from '../core/entries.ts'
import { Failed, Refused } from '../core/errors.ts'
import type { Signature, StoredSignature } from '../core/payload.ts'
import { commitLimit, type RecordItem } from '../core/recorder.ts'
import type { Joined } from '../core/services.ts'
import type { Attempt } from './attempt.ts'
import { isSampled } from './judge.ts'
import type { SigningRooms } from './rooms.ts'
import { kept } from './use-key.ts'

/**
 * @returns the finished thing with the signatures that stand: those of an earlier winner where one came first
 * @throws Failed `in-doubt`: then the signature must not leave
 */
export async function settle(
  rooms: SigningRooms,
  attempt: Attempt,
  signatures: readonly Signature[],
  joined: Joined | undefined,
  deadline: Deadline,
): Promise<Signed> {
  const { chain, intent } = attempt.judged
  const signed = chain.assemble(intent, signatures)
  const [only, second] = signatures
  if (only !== undefined && second === undefined && joined === undefined && isSampled(attempt.judged)) {
    rooms.recorder.trailOutcome(attempt.id, [sha256Hex(only.bytes)])
    return signed
  }
  const ours = keptSignatures(attempt, signatures)
  const item = outcomeItem(attempt, ours)
  if (!isRandom(attempt) && joined === undefined) {
    rooms.recorder.trail(item)
    return signed
  }
  const finished = joined?.finish(signed)
  const whole = { ...item, signatures: ours, ...(finished && { transactions: finished.rows, signed: finished.signed }) }
  const recorded = await rooms.recorder.record(whole, atMost(deadline, commitLimit))
  if (recorded.status === 'refused' && recorded.fault.reason === 'version') throw overtaken()
  if (recorded.status !== 'recorded') throw new Failed('internal', 'The outcome could not be recorded')
  const standing = winners(ours, recorded.signatures)
  return standing === undefined ? signed : chain.assemble(intent, await verified(rooms, attempt, standing))
}

function overtaken(): Refused {
  return new Refused('version-conflict', 'The transaction was changed by another process in the meantime')
}

function isRandom({ judged }: Attempt): boolean {
  return judged.payloads.some(
    ({ algorithm }) => judged.backend.algorithms.find((support) => support.algorithm === algorithm)?.random ?? true,
  )
}

function keptSignatures({ payloads }: Attempt, signatures: readonly Signature[]): readonly StoredSignature[] {
  return payloads.flatMap(({ publicKey, hash }, index) => {
    const signature = signatures[index]
    return signature ? [{ publicKey, payload: hash, signature }] : []
  })
}

/** Undefined when ours were first. */
function winners(
  ours: readonly StoredSignature[],
  standing: readonly StoredSignature[],
): readonly Signature[] | undefined {
  const found = ours.map((own) => standing.find((one) => isOfSame(one, own))?.signature ?? own.signature)
  const same = found.every(
    (signature, index) => toHex(signature.bytes) === toHex(ours[index]?.signature.bytes ?? signature.bytes),
  )
  return same ? undefined : found
}

/** Whether both are of the same payload, and by the same key. */
function isOfSame(
  one: Pick<StoredSignature, 'publicKey' | 'payload'>,
  other: Pick<StoredSignature, 'publicKey' | 'payload'>,
): boolean {
  return one.payload === other.payload && one.publicKey === other.publicKey
}

function verified(
  rooms: SigningRooms,
  { judged }: Attempt,
  signatures: readonly Signature[],
): Promise<readonly Signature[]> {
  const { payloads, publicKey } = judged
  const checks = payloads.flatMap((payload, index) => {
    const signature = signatures[index]
    return signature ? [kept(rooms, { payload, publicKey }, signature)] : []
  })
  return Promise.all(checks)
}

function outcomeItem(attempt: Attempt, signatures: readonly StoredSignature[]): RecordItem {
  const entry: OutcomeEntry = {
    kind: 'outcome',
    attempt: attempt.id,
    signatures: signatures.map(({ publicKey, payload, signature }) => ({
      publicKey,
      payload,
      hash: sha256Hex(signature.bytes),
    })),
    ...evidenceOf(signatures.map(({ signature }) => signature)),
  }
  return { bodies: [entry], guards: [], signs: false }
}

/** The outcome's member of that name: absent where the back-end gave none. */
export function evidenceOf(signatures: readonly Signature[]): Pick<OutcomeEntry, 'evidence'> {
  const evidence = signatures.flatMap((signature) => signature.evidence ?? [])
  return evidence.length === 0 ? {} : { evidence }
}

/** A key use that failed: recorded behind the reply. The claim stays taken for this root (safety, "record, then sign"). */
export function trailFailure(rooms: SigningRooms, attempt: Attempt, error: unknown): void {
  const code = error instanceof Failed || error instanceof Refused ? error.code : 'internal'
  const entry: OutcomeEntry = { kind: 'outcome', attempt: attempt.id, error: code }
  rooms.recorder.trail({ bodies: [entry], guards: [], signs: false })
}
