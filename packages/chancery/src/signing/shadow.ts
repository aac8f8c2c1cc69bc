/**
 * A test signature over what somebody else has signed with the same key: proof that the key here signs the same. It claims
 * nothing, because it opens nothing: the same transaction is out already, with a signature that was verified first. It is on
 * record like every use of a key, and handed to nobody.
 */
import { atMost, type Deadline } from '../base/deadline.ts'
import { isoTime } from '../base/clock.ts'
import { counted } from '../base/counted.ts'
import { newId } from '../base/id.ts'
import { sideBySide } from '../base/side-by-side.ts'
import type { JsonObject } from '../base/json.ts'
import type { KeyBackend } from '../core/backend.ts'
import type { AttemptEntry, OutcomeEntry } from '../core/entries.ts'
import { Failed, Refused } from '../core/errors.ts'
import type { KeyRecord, PublicKey } from '../core/key.ts'
import type { AttemptId, ClientId, Network } from '../core/names.ts'
import type { Payload } from '../core/payload.ts'
import { commitLimit } from '../core/recorder.ts'
import { identify, signersOf } from './attempt.ts'
import { refuseFrozen } from './judge.ts'
import { evidenceOf } from './outcome.ts'
import type { SigningRooms } from './rooms.ts'
import { useKey, usesAtOnce } from './use-key.ts'

export interface ShadowRequest {
  readonly key: KeyRecord
  readonly backend: KeyBackend
  /** The key's own, or its child's. */
  readonly publicKey: PublicKey
  readonly payloads: readonly Payload[]
  /** Signatures by the other signer, in the order of the payloads. */
  readonly theirs: readonly Uint8Array[]
  readonly network: Network
  readonly summary: JsonObject
  readonly client: ClientId
  readonly deadline: Deadline
}

type Rooms = Pick<SigningRooms, 'clock' | 'verifier' | 'recorder' | 'state'>

/**
 * @throws Refused `invalid-payload` unless `theirs` are by this key over these payloads: then nothing is signed; `frozen`,
 * `key-state`
 * @throws Failed `bad-signature` when the key here is another one, and back-end faults
 */
export async function signShadow(rooms: Rooms, request: ShadowRequest): Promise<AttemptId> {
  await requireTheirs(rooms, request)
  const snapshot = rooms.state.current()
  refuseFrozen(snapshot, request.key)
  if (request.key.state !== 'enabled') {
    throw new Refused('key-state', 'This key is not enabled', { got: request.key.state, wanted: 'enabled' })
  }
  const id = newId('att', rooms.clock.now())
  const entry = entryOf(request, id, snapshot.epoch, rooms.clock.now())
  const item = { bodies: [entry], guards: [], signs: true }
  const recorded = await rooms.recorder.record(item, atMost(request.deadline, commitLimit))
  if (recorded.status === 'halted') throw new Refused('frozen', 'All signing is frozen')
  if (recorded.status !== 'recorded') throw new Failed('in-doubt', 'The test signature could not be put on record')
  const { key, backend, publicKey, payloads, deadline } = request
  const use = { backend, key, publicKey, attempt: id, guards: [], duties: [] } as const
  const made = await sideBySide(payloads, usesAtOnce, (payload) => useKey(rooms, { ...use, payload }, deadline))
  const outcome: OutcomeEntry = { kind: 'outcome', attempt: id, signatures: [], ...evidenceOf(made) }
  rooms.recorder.trail({ bodies: [outcome], guards: [], signs: false })
  return id
}

/** Each over its own payload, by verification: other bytes than ours are as right. */
async function requireTheirs({ verifier }: Rooms, { payloads, theirs, publicKey }: ShadowRequest): Promise<void> {
  const { length } = payloads
  if (length === 0 || length !== theirs.length) {
    throw notTheirs(counted(theirs.length, 'signature'), `${length}, one for each use of the key`)
  }
  const checks = payloads.map(async (payload, i) => {
    const raw = { encoding: 'compact', bytes: theirs[i] ?? new Uint8Array() } as const
    const asked = verifier.normalise(raw, payload.bytes, payload.signer?.publicKey ?? publicKey)
    await asked.catch((error: unknown) => {
      if (!(error instanceof RangeError)) throw error
      throw notTheirs(`signature ${i + 1} of ${length}`, 'one by the public key on record')
    })
  })
  await Promise.all(checks)
}

function notTheirs(got: string, wanted: string): Refused {
  return new Refused('invalid-payload', "The signature is not by the wallet's key over what would be signed here", {
    where: 'raw',
    got,
    wanted,
  })
}

function entryOf(request: ShadowRequest, id: AttemptId, epoch: number, now: number): AttemptEntry {
  const { key, client, network, summary, payloads } = request
  const identified = payloads.map((payload) => identify(payload, key))
  return {
    kind: 'attempt',
    id,
    time: isoTime(now),
    client,
    key: key.id,
    publicKey: key.publicKey,
    network,
    operation: 'sign:transaction',
    purpose: 'shadow',
    summary,
    payloads: identified.map(({ hash }) => hash),
    ...signersOf(identified),
    guards: [],
    rules: { version: 0 },
    epoch,
  }
}
