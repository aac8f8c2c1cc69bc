/**
 * The `aws-data-key` key back-end: many independent keys under one symmetric KMS key. Each private key is a ciphertext in
 * the key's record and in a file beside; AWS decrypts it on use, in a signer process (safety rule 12).
 */
import { type Deadline, deadlineIn } from '../../base/deadline.ts'
import {
  type KeyBackend,
  type KeyCreator,
  keyFinding,
  type KeyKeeper,
  type KeyProber,
  type KeyPurger,
  type Probed,
} from '../../core/backend.ts'
import { Failed } from '../../core/errors.ts'
import type { KeyRef } from '../../core/key.ts'
import type { Cleared, RawSignature } from '../../core/payload.ts'
import { startLimit } from '../../signers/lane.ts'
import { createOutOfUse, deletionDate, type OutOfUse } from '../../signers/out-of-use.ts'
import { localAlgorithms } from './aws-ssm.ts'
import { parseKeyName } from './arn.ts'
import { connect, type Connection } from './connection.ts'
import { makingOn } from './heard.ts'
import { type Copies, openCopies } from './data-key/copies.ts'
import { contextOf, create } from './data-key/create.ts'
import { pinnedOf } from './pinned.ts'
import { dryRun } from './sign.ts'
import { pairSpecNameOf } from './specs.ts'
import type { Source } from './signer/questions.ts'
import { type SignerProcess, type SignerProcessOptions, startSignerProcess } from './signer/signer-process.ts'

export interface AwsDataKeyOptions extends SignerProcessOptions {
  readonly installation: string
  /** Id, ARN or alias of the symmetric KMS key. */
  readonly key: string
  /** The folder for second copies, outside the data directory. */
  readonly copies: string
}

export interface AwsDataKeyBackend extends KeyBackend, KeyCreator, KeyKeeper, KeyProber, KeyPurger {
  processes(): readonly number[]
}

interface Room {
  readonly connection: Connection
  readonly installation: string
  readonly signer: SignerProcess
  readonly copies: Copies
  readonly key: string
  readonly outOfUse: OutOfUse
}

/**
 * Starts the signer process; asks AWS nothing yet.
 * @throws Refused `invalid-request` when `key` names no KMS key of the region; Failed `not-configured` for the folder
 */
export async function createAwsDataKey(options: AwsDataKeyOptions): Promise<AwsDataKeyBackend> {
  const { installation, key, clock } = options
  parseKeyName(key, options.region)
  const copies = await openCopies(options.copies)
  const connection = await connect(options)
  const signer = startSignerProcess(connection, options)
  const room: Room = { connection, installation, signer, copies, key, outOfUse: createOutOfUse(clock) }
  try {
    await signer.started(deadlineIn(startLimit, clock))
  } catch (error) {
    await closeRoom(room)
    throw error
  }
  return backendIn(room)
}

function backendIn(room: Room): AwsDataKeyBackend {
  const { connection, signer, copies, outOfUse } = room
  return {
    name: 'aws-data-key',
    algorithms: localAlgorithms,
    async publicKey(ref, deadline) {
      const { publicKey: bytes } = await signer.open(ref, sourceOf(room, ref), deadline)
      return { algorithm: ref.algorithm, bytes }
    },
    sign: (ref, cleared, deadline) => sign(room, ref, cleared, deadline),
    create: (request, deadline) =>
      create({ ...room, connection: makingOn(connection, request.heard) }, request, deadline),
    // The KMS key serves all accounts, so one account's state is in its record alone.
    enable: async (ref) => outOfUse.remove(ref.id),
    disable: (ref, deadline) => takeOutOfUse(room, ref, deadline),
    async scheduleDeletion(ref, days, deadline) {
      const date = deletionDate(days, connection.clock)
      await takeOutOfUse(room, ref, deadline)
      return date
    },
    cancelDeletion: async (ref) => outOfUse.add(ref.id),
    probe: (ref, deadline) => probe(room, ref, deadline),
    purge: (ref) => copies.remove(ref.id),
    isEmulated: (data) => data['emulator'] === true,
    describe: (data) => (typeof data['arn'] === 'string' ? { kmsKey: data['arn'] } : {}),
    keySpec: pairSpecNameOf,
    processes: () => (signer.pid === undefined ? [] : [signer.pid]),
    close: () => closeRoom(room),
  }
}

async function sign(room: Room, ref: KeyRef, cleared: Cleared, deadline: Deadline): Promise<RawSignature> {
  room.outOfUse.refuse(ref.id)
  const remaining = cleared.expiresAt - room.connection.clock.monotonic()
  if (remaining <= 0) throw new Failed('deadline-exceeded', 'The clearance expired before the key was used')
  return room.signer.sign(ref, sourceOf(room, ref), cleared, deadline)
}

async function takeOutOfUse({ outOfUse, signer }: Room, { id }: KeyRef, deadline: Deadline): Promise<void> {
  outOfUse.add(id)
  await signer.forget(id, deadline)
}

/** A dry run of Decrypt: needs the same permission and state, and hands no secret to the service. */
async function probe(room: Room, ref: KeyRef, deadline: Deadline): Promise<Probed> {
  try {
    const { key: KeyId, ciphertext, context } = sourceOf(room, ref)
    const CiphertextBlob = Buffer.from(ciphertext, 'base64')
    const input = { KeyId, CiphertextBlob, EncryptionContext: { ...context }, DryRun: true }
    const target = { operation: 'Decrypt', key: KeyId }
    return await room.connection.call(target, (kms, http) => dryRun(kms.decrypt(input, http)), deadline)
  } catch (error) {
    return { ok: false, ...keyFinding(error) }
  }
}

function sourceOf({ connection, installation }: Room, ref: KeyRef): Extract<Source, { readonly kind: 'data-key' }> {
  const { arn } = pinnedOf(ref, connection.region)
  const { ciphertext } = ref.data
  if (typeof ciphertext !== 'string') throw new Failed('backend-failed', 'The key record holds no ciphertext')
  return { kind: 'data-key', key: arn, ciphertext, context: contextOf(installation, ref.id, ref.algorithm) }
}

async function closeRoom({ connection, signer }: Room): Promise<void> {
  await signer.close()
  connection.close()
}
