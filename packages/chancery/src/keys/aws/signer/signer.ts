/**
 * What the AWS signer process does with each question: has AWS decrypt, signs, wipes. Several questions are at work at
 * once; each waits for AWS no longer than its own deadline.
 */
import { equal, utf8 } from '../../../base/bytes.ts'
import type { Clock } from '../../../base/clock.ts'
import { atMost, type Deadline, DeadlineExceeded, deadlineIn, within } from '../../../base/deadline.ts'
import type { BackendCall } from '../../../core/backend.ts'
import { Failed, Refused } from '../../../core/errors.ts'
import { sealBackup } from '../../../signers/backup.ts'
import { decodeMoment, machineTime, requireAlive, takeClaims } from '../../../signers/clearance.ts'
import { type EnvelopeKeys, generateEnvelopeKeys } from '../../../signers/envelope.ts'
import { type Frame, kinds } from '../../../signers/frame.ts'
import { signingHalf } from '../../../signers/halves.ts'
import { importContext, useImported } from '../../../signers/imported.ts'
import { halfOf, signerOf, signWith } from '../../../signers/key-use.ts'
import { fail } from '../../../signers/refusal.ts'
import { createSeenClaims, type SeenClaims } from '../../../signers/seen-claims.ts'
import { decodeWordList, type WordList } from '../../../signers/words.ts'
import type { Credentials } from '../client.ts'
import { type Connection, connect } from '../connection.ts'
import { noFrame } from './answer.ts'
import { createHeldKeys, type FetchedKey, type HeldKeys } from './held.ts'
import { createPending, type Pending, type PendingKey } from './pending.ts'
import { decodeJson, encodeJson, type Placement, questions, type Settings, type Source } from './questions.ts'
import { openSource, putParameter } from './sources.ts'

/** All processes of a machine share the monotonic clock, so deadlines cross the pipe as they are. */
const machineClock: Clock = { now: Date.now, monotonic: machineTime }

/** A fetch that several wait for must not end with the first one's deadline. */
const fetchLimit = 5_000

interface Room {
  readonly connection: Connection
  readonly envelopeKeys: EnvelopeKeys
  readonly held: HeldKeys
  readonly pending: Pending
  readonly claims: SeenClaims
  readonly list: WordList | undefined
  /** What AWS said last to fetches that are asked again, by the names of `held`. */
  readonly throttled: Map<string, Error>
  credentials: Credentials | undefined
}

export interface AwsSigner {
  answer(question: Frame): Promise<Frame>
  /** Wipes what is held. */
  close(): void
}

type Fields = readonly Uint8Array[]
type Task = (room: Room, fields: Fields) => Fields | Promise<Fields>

const tasks: Readonly<Record<number, Task>> = {
  [questions.generate]: generate,
  [questions.take]: take,
  [questions.put]: put,
  [questions.open]: open,
  [questions.sign]: sign,
  [questions.forget]: forget,
}

export function createAwsSigner(observe: (call: BackendCall) => void): AwsSigner {
  const envelopeKeys = generateEnvelopeKeys()
  let room: Room | undefined
  return {
    async answer({ id, kind, fields }) {
      try {
        if (kind === kinds.start) {
          room = await openRoom(room, envelopeKeys, fields, observe)
          return { id, kind: kinds.done, fields: [envelopeKeys.publicKey] }
        }
        const task = tasks[kind]
        if (room === undefined || task === undefined) throw fail('internal', 'The signer process does not expect this')
        return { id, kind: kinds.done, fields: await task(room, fields) }
      } catch (error) {
        return noFrame(id, error)
      }
    },
    close() {
      room?.held.forget(() => true)
      room?.pending.clear()
    },
  }
}

async function openRoom(
  room: Room | undefined,
  envelopeKeys: EnvelopeKeys,
  [settings, list]: Fields,
  observe: (call: BackendCall) => void,
): Promise<Room> {
  if (room !== undefined) throw fail('internal', 'The signer process was started already')
  const { region, endpoint, cacheMilliseconds } = decodeJson<Settings>(settings)
  const opened: { credentials: Credentials | undefined } = { credentials: undefined }
  const credentials = async (): Promise<Credentials> => {
    // The SDK remembers an identity until it expires; this one is to be asked for each time.
    if (opened.credentials !== undefined) return { ...opened.credentials, expiration: new Date(0) }
    throw new Failed('backend-denied', 'The signer process has no AWS credentials')
  }
  const options = { region, ...(endpoint !== undefined && { endpoint }), credentials, clock: machineClock, observe }
  return Object.assign(opened, {
    connection: await connect(options),
    envelopeKeys,
    held: createHeldKeys(cacheMilliseconds),
    pending: createPending(),
    claims: createSeenClaims(),
    list: list === undefined ? undefined : decodeWordList(list),
    throttled: new Map<string, Error>(),
  })
}

function generate(room: Room, [id, algorithm, list, recipient]: Fields): Fields {
  const { half, algorithm: name } = halfOf(signingHalf, algorithm)
  const privateKey = half.generate()
  return takingOver(room, text(id), { privateKey, algorithm: name }, () => [
    half.publicKeyOf(privateKey),
    ...backupOf(privateKey, [id, algorithm, list, recipient]),
  ])
}

/** The key waits for `put` once `answer` could be made of it, and is wiped where it could not. */
function takingOver(room: Room, id: string, key: PendingKey, answer: () => Fields): Fields {
  try {
    const fields = answer()
    room.pending.put(id, key)
    return fields
  } catch (error) {
    key.privateKey.fill(0)
    throw error
  }
}

function backupOf(privateKey: Uint8Array, [id, algorithm, list, recipient]: (Uint8Array | undefined)[]): Uint8Array[] {
  if (list === undefined || recipient === undefined || recipient.length === 0) return []
  return [sealBackup(privateKey, { id: text(id), algorithm: text(algorithm), list, recipient })]
}

function take(room: Room, [id, algorithm, envelope]: Fields): Fields {
  const { half, algorithm: name } = halfOf(signingHalf, algorithm)
  return useImported(room.envelopeKeys, importContext(text(id), name), envelope, half, (privateKey) =>
    takingOver(room, text(id), { privateKey, algorithm: name }, () => [half.publicKeyOf(privateKey)]),
  )
}

/** An answer that was lost may have been a success: then the parameter holds this key, and that is what was wanted. */
async function put(room: Room, [credentials, until, id, placement]: Fields): Promise<Fields> {
  const deadline = entitled(room, credentials, until)
  const key = room.pending.get(text(id))
  if (key === undefined) throw fail('backend-unavailable', 'The signer process no longer has the key it was to store')
  const where = decodeJson<Placement>(placement)
  const version = await putParameter(room.connection, key, where, deadline).catch(async (error: unknown) => {
    const written = isInDoubt(error) ? await ownVersion(room, key, where.path, deadline) : undefined
    if (written === undefined) throw error
    return written
  })
  room.pending.forget(text(id))
  return [encodeJson({ version })]
}

function isInDoubt(error: unknown): boolean {
  if (error instanceof Refused) return error.code === 'already-exists'
  return error instanceof Failed && error.code === 'backend-unavailable'
}

async function ownVersion(
  { connection, list }: Room,
  { privateKey, algorithm }: PendingKey,
  path: string,
  deadline: Deadline,
): Promise<number | undefined> {
  const opening = { connection, algorithm, list }
  const opened = await openSource(opening, { kind: 'parameter', path }, deadline).catch(() => undefined)
  if (opened === undefined) return undefined
  const same = equal(opened.privateKey, privateKey)
  opened.privateKey.fill(0)
  return same ? opened.found.version : undefined
}

async function open(room: Room, fields: Fields): Promise<Fields> {
  const [credentials, until, id, algorithm, source, list, backupList, recipient] = fields
  const deadline = entitled(room, credentials, until)
  const { half, algorithm: name } = halfOf(signingHalf, algorithm)
  const given = list === undefined || list.length === 0 ? room.list : decodeWordList(list)
  const opening = { connection: room.connection, algorithm: name, list: given }
  const { privateKey, found } = await openSource(opening, decodeJson<Source>(source), deadline)
  try {
    const backup = backupOf(privateKey, [id, algorithm, backupList, recipient])
    return [publicKeyOf(half, privateKey), encodeJson(found), ...backup]
  } finally {
    privateKey.fill(0)
  }
}

function publicKeyOf(half: ReturnType<typeof halfOf>['half'], privateKey: Uint8Array): Uint8Array {
  try {
    return half.publicKeyOf(privateKey)
  } catch (error) {
    if (error instanceof RangeError)
      throw fail('backend-failed', 'What AWS decrypted is no private key of the algorithm')
    throw error
  }
}

async function sign(room: Room, fields: Fields): Promise<Fields> {
  const [credentials, until, id, algorithm, source, publicKey, expiry, message, derivation, ...guards] = fields
  const deadline = entitled(room, credentials, until)
  requireAlive(expiry, machineTime())
  const name = `${text(id)} ${text(algorithm)} ${Buffer.from(publicKey ?? []).toString('hex')} ${text(source)}`
  const use = (key: FetchedKey): Fields => {
    // Asked again: AWS took its time.
    requireAlive(expiry, machineTime())
    const signer = signerOf(key, halfOf(signingHalf, algorithm).algorithm, derivation)
    takeClaims(room.claims, guards)
    return [signWith(signer, message), utf8(key.requestId ?? '')]
  }
  const fetch = () => fetchKey(room, name, { algorithm, source: decodeJson<Source>(source), pinned: publicKey })
  return inTime(deadline, room.held.use(name, fetch, use), () => room.throttled.get(name))
}

interface Fetching {
  readonly algorithm: Uint8Array | undefined
  readonly source: Source
  readonly pinned: Uint8Array | undefined
}

/** While AWS throttles a fetch, whoever has to give up waiting for it says so. */
async function fetchKey(room: Room, name: string, fetching: Fetching): Promise<FetchedKey> {
  try {
    return await fetchPinned(room, fetching, (answer) => room.throttled.set(name, answer))
  } finally {
    room.throttled.delete(name)
  }
}

/** Checked at every opening: whatever stands in the parameter by then, only the pinned key signs (safety rule 1). */
async function fetchPinned(
  { connection, list }: Room,
  { algorithm, source, pinned }: Fetching,
  throttled: (answer: Error) => void,
): Promise<FetchedKey> {
  const { half, algorithm: name } = halfOf(signingHalf, algorithm)
  const opening = { connection, algorithm: name, list, throttled }
  const { privateKey, requestId } = await openSource(opening, source, deadlineIn(fetchLimit, machineClock))
  try {
    if (equal(publicKeyOf(half, privateKey), pinned ?? new Uint8Array(0))) {
      return { ...half.load(privateKey), ...(requestId !== undefined && { requestId }) }
    }
  } catch (error) {
    privateKey.fill(0)
    throw error
  }
  privateKey.fill(0)
  const what = source.kind === 'parameter' ? `the parameter ${source.path}` : 'the ciphertext'
  throw new Failed(
    'backend-failed',
    `ADDRESS MISMATCH: ${what} holds the private key of another address than this key's`,
    {
      particulars: {
        hint: 'Somebody replaced it: sign nothing until it is known who; its earlier versions are in AWS',
      },
    },
  )
}

async function inTime<T>(deadline: Deadline, work: Promise<T>, reason: () => Error | undefined): Promise<T> {
  try {
    return await within(deadline, 'AWS', work)
  } catch (error) {
    if (!(error instanceof DeadlineExceeded)) throw error
    const known = reason()
    if (known !== undefined) throw known
    throw new Failed('deadline-exceeded', 'AWS did not decrypt the key in time')
  }
}

function forget(room: Room, [id]: Fields): Fields {
  room.held.forget((name) => name.startsWith(`${text(id)} `))
  room.pending.forget(text(id))
  return []
}

/** Takes the credentials over, and says until when to work. */
function entitled(room: Room, credentials: Uint8Array | undefined, until: Uint8Array | undefined): Deadline {
  room.credentials = decodeJson<Credentials>(credentials)
  credentials?.fill(0)
  return atMost({ at: decodeMoment(until) - wayBack, clock: machineClock }, longest)
}

/** So much sooner than whoever asked stops listening, that the reason still arrives. Milliseconds. */
const wayBack = 30

/** Less than the service waits for a silent process. */
const longest = 15_000

function text(bytes: Uint8Array | undefined): string {
  return Buffer.from(bytes ?? []).toString('latin1')
}
