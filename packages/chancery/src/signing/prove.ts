/** Proof of possession: no address is shown before a signature by its key was verified (safety rule 13). */
import { atMost, type Deadline } from '../base/deadline.ts'
import { fromHex, sha256, toHex, utf8 } from '../base/bytes.ts'
import { isoTime } from '../base/clock.ts'
import { newId } from '../base/id.ts'
import type { KeyBackend } from '../core/backend.ts'
import type { AttemptEntry, OutcomeEntry } from '../core/entries.ts'
import { Failed, Refused } from '../core/errors.ts'
import type { KeyRecord } from '../core/key.ts'
import type { AttemptId, ClientId } from '../core/names.ts'
import type { Payload } from '../core/payload.ts'
import { payloadHash } from './attempt.ts'
import { evidenceOf } from './outcome.ts'
import type { SigningRooms } from './rooms.ts'
import { useKey } from './use-key.ts'

/**
 * Milliseconds, as long as a change of state may take: nobody waits for a proof as for a duty, and at a start, when thousands of keys
 * come in, a disk that is slow once would leave some out.
 */
const recordLimit = 10_000

export interface ProofRequest {
  readonly key: KeyRecord
  readonly backend: KeyBackend
  readonly client: ClientId
  readonly deadline: Deadline
}

/**
 * Signs a statement no chain can read as anything, on record like every use of a key.
 * @throws Refused `frozen`
 * @throws Failed `bad-signature` when the key is not the one whose public half was given
 */
export async function prove(
  rooms: Pick<SigningRooms, 'clock' | 'verifier' | 'recorder' | 'state'>,
  request: ProofRequest,
): Promise<void> {
  const { key, backend, deadline } = request
  const payload = proofPayload(key)
  const id = newId('att', rooms.clock.now())
  const { epoch } = rooms.state.current()
  const entry = proofEntry(request, id, payload, epoch, rooms.clock.now())
  const item = { bodies: [entry], guards: [], signs: true }
  const recorded = await rooms.recorder.record(item, atMost(deadline, recordLimit))
  if (recorded.status === 'halted') throw new Refused('frozen', 'All signing is frozen')
  if (recorded.status !== 'recorded') throw new Failed('in-doubt', 'The test signature could not be put on record')
  const publicKey = { algorithm: key.algorithm, bytes: fromHex(key.publicKey) }
  const made = await useKey(rooms, { backend, key, publicKey, attempt: id, guards: [], duties: [], payload }, deadline)
  const outcome: OutcomeEntry = { kind: 'outcome', attempt: id, signatures: [], ...evidenceOf([made]) }
  rooms.recorder.trail({ bodies: [outcome], guards: [], signs: false })
}

function proofPayload(key: KeyRecord): Payload {
  const bytes = sha256(utf8(`chancery: proof of possession of ${key.id} ${key.publicKey}`))
  return { key: key.id, algorithm: key.algorithm, bytes, prehashed: key.algorithm === 'secp256k1-ecdsa', urgency: 0 }
}

function proofEntry(
  { key, client }: ProofRequest,
  id: AttemptId,
  payload: Payload,
  epoch: number,
  now: number,
): AttemptEntry {
  return {
    kind: 'attempt',
    id,
    time: isoTime(now),
    client,
    key: key.id,
    publicKey: toHex(fromHex(key.publicKey)),
    operation: 'prove',
    summary: { proof: 'possession' },
    payloads: [payloadHash(payload)],
    guards: [],
    rules: { version: 0 },
    epoch,
  }
}
