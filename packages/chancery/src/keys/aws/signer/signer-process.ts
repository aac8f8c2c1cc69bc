/** The AWS signer process as the service sees it: questions carry the credentials of the moment. */
import { utf8 } from '../../../base/bytes.ts'
import { type Deadline, left } from '../../../base/deadline.ts'
import type { BackendCall, ImportedSecret, NewKeyRequest } from '../../../core/backend.ts'
import type { Words } from '../../../core/words.ts'
import { Failed, Refused } from '../../../core/errors.ts'
import type { KeyRef } from '../../../core/key.ts'
import type { Cleared, RawSignature } from '../../../core/payload.ts'
import { encodeMoment, guardFields, machineTime } from '../../../signers/clearance.ts'
import { derivationField } from '../../../signers/derivation.ts'
import { sealImport } from '../../../signers/import-envelope.ts'
import type { Fields } from '../../../signers/job.ts'
import { Lane } from '../../../signers/lane.ts'
import { encodeWordList } from '../../../signers/words.ts'
import type { Credentials } from '../client.ts'
import type { Connection, ConnectionOptions } from '../connection.ts'
import { evidenceIn } from '../evidence.ts'
import { requireSingle } from '../single.ts'
import {
  decodeJson,
  encodeJson,
  type Found,
  type Placement,
  questions,
  type Settings,
  type Source,
} from './questions.ts'

export interface SignerProcessOptions extends ConnectionOptions {
  /** How long an opened secret may stay in the process; absent: until its last waiting user has signed. */
  readonly cacheSeconds?: number
  /** For keys that are kept as words. */
  readonly words?: Words
}

/** A key that the process made or took, and holds until it is stored. */
export interface Held {
  readonly publicKey: Uint8Array
  readonly backup?: Uint8Array
}

export interface OpenedKey extends Held {
  readonly found: Found
}

export interface SignerProcess {
  readonly pid: number | undefined
  /** Waits for the process to start. @throws Failed `backend-unavailable` */
  started(deadline: Deadline): Promise<void>
  generate(request: NewKeyRequest, deadline: Deadline): Promise<Held>
  /** Leaves `secret` to be wiped. */
  take(request: NewKeyRequest, secret: ImportedSecret, deadline: Deadline): Promise<Held>
  /** Stores what `generate` or `take` left, and wipes it. The version of the parameter. */
  put(id: string, placement: Placement, deadline: Deadline): Promise<number | undefined>
  open(request: NewKeyRequest, source: Source, deadline: Deadline): Promise<OpenedKey>
  sign(ref: KeyRef, source: Source, cleared: Cleared, deadline: Deadline): Promise<RawSignature>
  forget(id: string, deadline: Deadline): Promise<void>
  close(): Promise<void>
}

/** A silent process is killed: it answers by the deadline of each question, which is never longer than 15 seconds. */
const patience = 20_000
/** Its questions wait for AWS beside each other. */
const inFlight = 1_024
/** New credentials are asked for at most so often. */
const renewalPause = 10_000

export function startSignerProcess(connection: Connection, options: SignerProcessOptions): SignerProcess {
  const lane = new Lane({
    entry: new URL('./process.ts', import.meta.url),
    start: (send) => send(startFields(options)),
    clock: options.clock,
    patience,
    inFlight,
    notice: ([call]) => options.observe?.(decodeJson<BackendCall>(call)),
  })
  const ask = (kind: number, fields: Fields, deadline: Deadline, urgency: 0 | 1 | 2 = 0) =>
    lane.ask({ kind, fields, urgency }, deadline)
  const askAws = entitling(connection, ask)
  return {
    get pid() {
      return lane.pid
    },
    started: async (deadline) => void (await lane.envelopeKey(deadline)),
    generate: async (request, deadline) =>
      heldOf(await ask(questions.generate, [...nameFields(request), ...backupFields(request)], deadline)),
    async take(request, secret, deadline) {
      requireSingle(request)
      const envelope = sealImport(await lane.envelopeKey(deadline), request, secret)
      return heldOf(await ask(questions.take, [...nameFields(request), envelope], deadline))
    },
    async put(id, placement, deadline) {
      const [found] = await askAws(questions.put, [utf8(id), encodeJson(placement)], deadline)
      return decodeJson<Found>(found).version
    },
    async open(request, source, deadline) {
      const list = request.words === undefined ? new Uint8Array(0) : encodeWordList(request.words)
      const fields = [...nameFields(request), encodeJson(source), list, ...backupFields(request)]
      const [publicKey, found, backup] = await askAws(questions.open, fields, deadline)
      return { ...heldOf([publicKey, backup]), found: decodeJson<Found>(found) }
    },
    async sign(ref, source, cleared, deadline) {
      const { bytes, urgency } = cleared.payload
      const expiry = encodeMoment(machineTime() + cleared.expiresAt - connection.clock.monotonic())
      const key = [...nameFields(ref), encodeJson(source), ref.publicKey]
      const fields = [...key, expiry, bytes, derivationField(cleared.payload, ref), ...guardFields(cleared)]
      const [signature, requestId] = await askAws(questions.sign, fields, deadline, urgency)
      const evidence = evidenceIn(Buffer.from(requestId ?? []).toString('latin1'))
      return { encoding: 'compact', bytes: owned(signature), ...(evidence !== undefined && { evidence }) }
    },
    forget: async (id, deadline) => void (await ask(questions.forget, [utf8(id)], deadline, 2)),
    close: () => lane.close(),
  }
}

function startFields({ region, endpoint, cacheSeconds = 0, words }: SignerProcessOptions): Fields {
  const settings: Settings = { region, ...(endpoint && { endpoint }), cacheMilliseconds: 1_000 * cacheSeconds }
  return [encodeJson(settings), ...(words === undefined ? [] : [encodeWordList(words)])]
}

type Ask = (kind: number, fields: Fields, deadline: Deadline, urgency?: 0 | 1 | 2) => Promise<Fields>

/**
 * Puts credentials and deadline before the fields. The SDK's chain renews credentials before they expire; where AWS refuses
 * them all the same, they are fetched anew, and if they are others, the question is asked again.
 */
function entitling(connection: Connection, ask: Ask): Ask {
  let renewedAt = -Infinity
  const renewed = async (former: Credentials, deadline: Deadline): Promise<Credentials | undefined> => {
    if (connection.clock.monotonic() - renewedAt < renewalPause) return undefined
    renewedAt = connection.clock.monotonic()
    const now = await connection.credentials(deadline, 'renew').catch(() => undefined)
    const same = now?.accessKeyId === former.accessKeyId && now.sessionToken === former.sessionToken
    return same ? undefined : now
  }
  return async (kind, fields, deadline, urgency) => {
    const send = (credentials: Credentials) =>
      ask(kind, [credentialsField(credentials), momentOf(deadline), ...fields], deadline, urgency)
    const credentials = await connection.credentials(deadline)
    try {
      return await send(credentials)
    } catch (error) {
      if (!(error instanceof Failed) || error.code !== 'backend-denied') throw error
      const others = await renewed(credentials, deadline)
      if (others === undefined) throw error
      return send(others)
    }
  }
}

/** Only what signs requests: the SDK's object carries more. */
function credentialsField({ accessKeyId, secretAccessKey, sessionToken }: Credentials): Uint8Array {
  return encodeJson({ accessKeyId, secretAccessKey, ...(sessionToken && { sessionToken }) })
}

function momentOf(deadline: Deadline): Uint8Array {
  return encodeMoment(machineTime() + left(deadline))
}

function nameFields({ id, algorithm }: Pick<NewKeyRequest, 'id' | 'algorithm'>): Uint8Array[] {
  return [utf8(id), utf8(algorithm)]
}

function backupFields({ backup }: NewKeyRequest): Uint8Array[] {
  if (backup === undefined) return []
  if (backup.words === undefined) throw new Refused('not-supported', 'Keys of this family have no words')
  return [encodeWordList(backup.words), backup.recipient]
}

function heldOf([publicKey, backup]: readonly (Uint8Array | undefined)[]): Held {
  return { publicKey: owned(publicKey), ...(backup && { backup: owned(backup) }) }
}

function owned(bytes: Uint8Array | undefined): Uint8Array {
  if (bytes === undefined) throw new Failed('internal', 'The signer process answered too little')
  return Uint8Array.from(bytes)
}
