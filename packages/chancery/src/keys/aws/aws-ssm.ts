/**
 * The `aws-ssm` key back-end: private keys as SecureStrings in Parameter Store, under a symmetric KMS key each. AWS decrypts
 * on use; the secret is in a signer process for as long as it takes to sign (safety rule 12).
 */
import type { Deadline } from '../../base/deadline.ts'
import { deadlineIn } from '../../base/deadline.ts'
import {
  type AlgorithmSupport,
  type ImportedSecret,
  type KeyBackend,
  type KeyCreator,
  type KeyEnroller,
  type KeyImporter,
  type KeyKeeper,
  type KeyProber,
  type KeyPurger,
  type KeyWatcher,
  type NewKey,
  type NewKeyRequest,
  type OrphanFinder,
} from '../../core/backend.ts'
import { Failed } from '../../core/errors.ts'
import type { KeyRef, PublicKey } from '../../core/key.ts'
import type { Cleared, RawSignature } from '../../core/payload.ts'
import { wipeImported } from '../../signers/import-envelope.ts'
import { startLimit } from '../../signers/lane.ts'
import { connect, type Connection } from './connection.ts'
import { cancelDeletion, disable, enable, requireDeletable, requireEnding, scheduleDeletion } from './keep.ts'
import { heardOn } from './heard.ts'
import { findOrphans } from './orphans.ts'
import { type SignerProcess, type SignerProcessOptions, startSignerProcess } from './signer/signer-process.ts'
import { makeKey } from './ssm/create.ts'
import { enrol } from './ssm/enrol.ts'
import { inspect, probe, unproven } from './ssm/inspect.ts'
import { deleteParameter } from './ssm/parameter.ts'
import { describeStored, sourceOf, storedOf } from './ssm/stored.ts'

export interface AwsSsmOptions extends SignerProcessOptions {
  /** The installation's id, which the owner tag must hold. */
  readonly installation: string
}

export interface AwsSsmBackend
  extends KeyBackend, KeyCreator, KeyImporter, KeyEnroller, KeyKeeper, KeyProber, KeyPurger, KeyWatcher, OrphanFinder {
  /** The signer processes that run now, those of imports included. */
  processes(): readonly number[]
}

/** A frame holds at most 1 MiB. */
const maxMessage = 512 * 1024

export const localAlgorithms: readonly AlgorithmSupport[] = [
  { algorithm: 'secp256k1-ecdsa', random: false },
  { algorithm: 'secp256k1-schnorr', random: false },
  { algorithm: 'ed25519', random: false, maxMessage },
]

interface Room {
  readonly options: AwsSsmOptions
  readonly connection: Connection
  readonly signer: SignerProcess
  readonly importing: Set<SignerProcess>
}

/** Starts the signer process; asks AWS nothing yet. @throws Failed `backend-unavailable` when it does not start. */
export async function createAwsSsm(options: AwsSsmOptions): Promise<AwsSsmBackend> {
  const connection = await connect(options)
  const signer = startSignerProcess(connection, options)
  const room: Room = { options, connection, signer, importing: new Set() }
  try {
    await signer.started(deadlineIn(startLimit, options.clock))
  } catch (error) {
    await closeRoom(room)
    throw error
  }
  return backendIn(room)
}

function backendIn(room: Room): AwsSsmBackend {
  const { options, connection, signer } = room
  const { installation } = options
  const firsts = { firstSeen: new Map<string, string>(), firstTagged: new Map<string, string>() }
  const watch = { connection, installation, ...firsts, keySpec: 'SYMMETRIC_DEFAULT' }
  return {
    name: 'aws-ssm',
    algorithms: localAlgorithms,
    publicKey: (ref, deadline) => publicKey(room, ref, deadline),
    sign: (ref, cleared, deadline) => sign(room, ref, cleared, deadline),
    create: (request, deadline) =>
      makeKey(
        {
          connection: heardOn(connection, request.heard),
          installation,
          signer,
          obtain: () => signer.generate(request, deadline),
        },
        request,
        deadline,
      ),
    import: (request, secret, deadline) => importKey(room, request, secret, deadline),
    preview: (request, secret, deadline) =>
      withImport(room, secret, async (one) => {
        const { publicKey: bytes } = await one.take(request, secret, deadline)
        return { algorithm: request.algorithm, bytes }
      }),
    enrol: (request, deadline) => enrol({ connection, installation, signer }, request, deadline),
    enable: (ref, deadline, heard) => enable(heardOn(connection, heard), ref, deadline),
    disable: (ref, deadline, heard) =>
      forgetting(signer, ref, deadline, () => disable(heardOn(connection, heard), ref, deadline)),
    scheduleDeletion: (ref, days, deadline, heard) =>
      forgetting(signer, ref, deadline, () => scheduleDeletion(heardOn(connection, heard), ref, days, deadline)),
    requireDeletable: (ref, deadline) => requireDeletable(connection, ref, deadline),
    requireEnding: (ref, now, deadline) => requireEnding(connection, ref, now, deadline),
    cancelDeletion: (ref, deadline, heard) => cancelDeletion(heardOn(connection, heard), ref, deadline),
    unproven,
    probe: (ref, deadline) => probe(watch, ref, deadline),
    inspect: (ref, recorded, deadline) => inspect(watch, ref, recorded, deadline),
    purge: (ref, deadline, heard) =>
      deleteParameter(heardOn(connection, heard), storedOf(ref, connection.region).path, deadline),
    orphans: (recorded, deadline) => findOrphans({ connection, installation }, recorded, deadline),
    isEmulated: (data) => data['emulator'] === true,
    describe: describeStored,
    processes: () => [signer, ...room.importing].flatMap(({ pid }) => (pid === undefined ? [] : [pid])),
    close: () => closeRoom(room),
  }
}

async function publicKey({ connection, signer }: Room, ref: KeyRef, deadline: Deadline): Promise<PublicKey> {
  const opened = await signer.open(ref, sourceOf(ref, connection.region), deadline)
  return { algorithm: ref.algorithm, bytes: opened.publicKey }
}

async function sign(
  { connection, signer }: Room,
  ref: KeyRef,
  cleared: Cleared,
  deadline: Deadline,
): Promise<RawSignature> {
  const remaining = cleared.expiresAt - connection.clock.monotonic()
  if (remaining <= 0) throw new Failed('deadline-exceeded', 'The clearance expired before the key was used')
  return signer.sign(ref, sourceOf(ref, connection.region), cleared, deadline)
}

/** Before, because AWS may not answer; and after, because until then the key may have been opened once more. */
async function forgetting<T>(
  signer: SignerProcess,
  { id }: KeyRef,
  deadline: Deadline,
  change: () => Promise<T>,
): Promise<T> {
  await signer.forget(id, deadline)
  const result = await change()
  await signer.forget(id, deadline)
  return result
}

async function importKey(
  room: Room,
  request: NewKeyRequest,
  secret: ImportedSecret,
  deadline: Deadline,
): Promise<NewKey> {
  const { connection, options } = room
  return withImport(room, secret, async (signer) => {
    const held = await signer.take(request, secret, deadline)
    const heard = heardOn(connection, request.heard)
    const making = { connection: heard, installation: options.installation, signer, expected: held.publicKey }
    return makeKey({ ...making, obtain: async () => held }, request, deadline)
  })
}

/** In a process of its own, so that a slow keystore delays no signature and its password ends with it. */
async function withImport<T>(
  { options, connection, importing }: Room,
  secret: ImportedSecret,
  work: (signer: SignerProcess) => Promise<T>,
): Promise<T> {
  const signer = startSignerProcess(connection, options)
  importing.add(signer)
  try {
    return await work(signer)
  } finally {
    wipeImported(secret)
    await signer.close()
    importing.delete(signer)
  }
}

async function closeRoom({ connection, signer, importing }: Room): Promise<void> {
  await Promise.all([signer, ...importing].map((one) => one.close()))
  connection.close()
}
