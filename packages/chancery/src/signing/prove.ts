/** Proof of possession: no address is shown before a signature by its key was verified (safety rule 13). */
import { atMost, type Deadline } from '../base/deadline.ts'
import { fromHex, sha256, toHex, utf8 } from '../base/bytes.ts'
import { isoTime } from '../base/clock.ts'
import { newId } from '../base/id.ts'
import { canKeepTrees, type KeyBackend } from '../core/backend.ts'
import type { AttemptEntry, OutcomeEntry } from '../core/entries.ts'
import { Failed, Refused } from '../core/errors.ts'
import { refOf, type KeyRecord } from '../core/key.ts'
import type { AttemptId, ClientId } from '../core/names.ts'
import type { DerivedSigner, Payload } from '../core/payload.ts'
import { identify, signersOf } from './attempt.ts'
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
  /** The child of a tree that proves itself in the place of the key. */
  readonly signer?: DerivedSigner
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
  const payload = proofPayload(key, request.signer ?? (await treeSigner(request)))
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

/** The root of a tree signs nothing: its first hardened child proves that the tree is there. */
async function treeSigner({ key, backend, deadline }: ProofRequest): Promise<DerivedSigner | undefined> {
  if (key.tree === undefined) return undefined
  if (!canKeepTrees(backend)) throw new Failed('internal', `${backend.name} keeps no trees of keys`)
  const path = [0x8000_0000]
  const { publicKey } = await backend.extendedPublicKey(refOf(key), path, deadline)
  return { path, publicKey }
}

function proofPayload(key: KeyRecord, signer: DerivedSigner | undefined): Payload {
  const whose = signer === undefined ? key.publicKey : toHex(signer.publicKey.bytes)
  const bytes = sha256(utf8(`chancery: proof of possession of ${key.id} ${whose}`))
  const algorithm = signer?.publicKey.algorithm ?? key.algorithm
  const prehashed = algorithm.startsWith('secp256k1')
  return { key: key.id, algorithm, bytes, prehashed, urgency: 0, ...(signer && { signer }) }
}

function proofEntry(
  { key, client }: ProofRequest,
  id: AttemptId,
  payload: Payload,
  epoch: number,
  now: number,
): AttemptEntry {
  const identified = identify(payload, key)
  return {
    kind: 'attempt',
    id,
    time: isoTime(now),
    client,
    key: key.id,
    publicKey: toHex(fromHex(key.publicKey)),
    operation: 'prove',
    summary: { proof: 'possession' },
    payloads: [identified.hash],
    ...signersOf([identified]),
    guards: [],
    rules: { version: 0 },
    epoch,
  }
}
