/**
 * The `sealed` key back-end: secrets encrypted under a key-encryption key, opened only inside signer processes
 * (safety rules 11 and 12). What it keeps of a key is in the key's record; nothing is left behind by a creation that was
 * interrupted.
 */
import { availableParallelism } from 'node:os'
import { utf8 } from '../../base/bytes.ts'
import type { Clock } from '../../base/clock.ts'
import { type Deadline, deadlineIn } from '../../base/deadline.ts'
import type { Secret } from '../../base/secret.ts'
import {
  type AlgorithmSupport,
  type ExtendedPublicKey,
  type ImportedSecret,
  type KeyBackend,
  type KeyBulkImporter,
  type KeyCreator,
  keyFinding,
  type KeyKeeper,
  type KeyOpener,
  type KeyProber,
  type ManySigner,
  type NewKey,
  type NewKeyRequest,
  type Probed,
  type TreeKeeper,
} from '../../core/backend.ts'
import { Failed, Refused } from '../../core/errors.ts'
import type { Algorithm, KeyRef, PublicKey } from '../../core/key.ts'
import type { Cleared, RawSignature } from '../../core/payload.ts'
import { encodeMoment, guardFields, machineTime } from '../../signers/clearance.ts'
import { derivationField, encodePath } from '../../signers/derivation.ts'
import { kinds } from '../../signers/frame.ts'
import { sealImport, wipeImported } from '../../signers/import-envelope.ts'
import { formOf } from '../../signers/key-form.ts'
import { createOutOfUse, deletionDate, type OutOfUse } from '../../signers/out-of-use.ts'
import { encodeWordList } from '../../signers/words.ts'
import { Lane, type LaneOptions, startLimit } from '../../signers/lane.ts'
import { Creations } from './creations.ts'
import { importMany, type Take, type Wanted } from './import-many.ts'
import { deriveSubkeys } from './key-encryption-key.ts'
import { keyFields } from './key-fields.ts'
import { newKey } from './new-key.ts'
import { Pool } from './pool.ts'
import { type Program, programOf, programs } from './programs.ts'
import { signMany, type Answer, type Use } from './sign-many.ts'

export interface SealedOptions {
  /** 32 bytes. Only a subkey of it is kept: the caller may wipe it afterwards. */
  readonly keyEncryptionKey: Secret
  readonly clock: Clock
  /** Signer processes; absent for one. More than cores only compete. */
  readonly processes?: number
  /** Whether BLS signatures may be made by the addon, where it was built; absent: they may. */
  readonly addon?: boolean
}

export interface SealedBackend
  extends KeyBackend, KeyCreator, KeyBulkImporter, KeyKeeper, KeyOpener, KeyProber, ManySigner, TreeKeeper {
  /** The signer processes that run now, those of imports included. */
  processes(): readonly number[]
}

/** A frame holds at most 1 MiB. */
const maxMessage = 512 * 1024

const algorithms: readonly AlgorithmSupport[] = [
  { algorithm: 'secp256k1-ecdsa', random: false },
  { algorithm: 'secp256k1-schnorr', random: false },
  { algorithm: 'ed25519', random: false, maxMessage },
  // A check costs three to six signatures; a sixty-fourth of them is then 10 µs a signature.
  { algorithm: 'bls12-381', random: false, maxMessage, verifiedOneIn: 64 },
]

const patience = 5_000
/** One scrypt of the largest allowed keystore takes about a second; a slow machine may need several. */
const importPatience = 30_000
/** Keys opened ahead at once, for each core: whoever comes meanwhile waits for few of them, 100 µs each. */
const openedAtOnce = 2

/** How a signer process of this back-end is started. */
export function laneOptions(
  sealingKey: Secret,
  clock: Clock,
  patience: number,
  { sign: entry, rights }: Pick<Program, 'sign' | 'rights'> = programOf('secp256k1-ecdsa'),
): LaneOptions {
  return { entry, rights, start: (send) => sealingKey.use((key) => send([key])), clock, patience }
}

/** What may not be read is not loaded. */
function withoutAddon(program: Program): Program {
  return { ...program, rights: () => ({ ...program.rights(), read: [] }) }
}

/** @throws Failed `backend-unavailable` when the signer processes do not start. */
export async function createSealed({
  keyEncryptionKey,
  clock,
  processes = 1,
  addon = true,
}: SealedOptions): Promise<SealedBackend> {
  const { sealing } = deriveSubkeys(keyEncryptionKey, 'sealing')
  const cores = availableParallelism()
  const pools = new Map(
    programs.map((program) => {
      const count = program.late ? cores : Math.max(1, Math.min(processes, cores))
      const signing = addon ? program : withoutAddon(program)
      return [program, new Pool(() => new Lane(laneOptions(sealing, clock, patience, signing)), count)]
    }),
  )
  const backend = new Sealed(pools, sealing, clock)
  try {
    const first = programs.flatMap((program) => (program.late ? [] : (pools.get(program)?.start() ?? [])))
    await Promise.all(first.map((lane) => lane.envelopeKey(deadlineIn(startLimit, clock))))
  } catch (error) {
    await backend.close()
    throw error
  }
  return backend
}

class Sealed implements SealedBackend {
  readonly name = 'sealed'
  readonly algorithms = algorithms
  readonly #pools: ReadonlyMap<Program, Pool>
  readonly #sealing: Secret
  readonly #clock: Clock
  readonly #outOfUse: OutOfUse
  readonly #creations = new Creations()
  readonly #importing = new Set<Lane>()

  constructor(pools: ReadonlyMap<Program, Pool>, sealing: Secret, clock: Clock) {
    this.#pools = pools
    this.#sealing = sealing
    this.#clock = clock
    this.#outOfUse = createOutOfUse(clock)
  }

  processes(): readonly number[] {
    return [...this.#signing, ...this.#importing].flatMap(({ pid }) => (pid === undefined ? [] : [pid]))
  }

  /** Only what fills the cores is worth waiting for: the others are through in no time. */
  room(): Promise<void> | undefined {
    const busy = programs.flatMap((program) => (program.late ? (this.#pools.get(program)?.lanes ?? []) : []))
    const waits = busy.map((lane) => lane.room())
    return waits.length > 0 && waits.every((wait) => wait !== undefined) ? Promise.race(waits) : undefined
  }

  waiting(): number {
    return this.#signing.reduce((total, lane) => total + lane.waiting, 0)
  }

  async publicKey(ref: KeyRef, deadline: Deadline): Promise<PublicKey> {
    const question = { kind: kinds.open, fields: keyFields(ref), urgency: 0 } as const
    const [bytes] = await this.#lane(ref).ask(question, deadline)
    return { algorithm: ref.algorithm, bytes: owned(bytes) }
  }

  async extendedPublicKey(ref: KeyRef, path: readonly number[], deadline: Deadline): Promise<ExtendedPublicKey> {
    const question = { kind: kinds.extended, fields: [...keyFields(ref), encodePath(path)], urgency: 0 } as const
    const [bytes, chainCode] = await this.#lane(ref).ask(question, deadline)
    return { publicKey: { algorithm: ref.algorithm, bytes: owned(bytes) }, chainCode: owned(chainCode) }
  }

  async openAhead(refs: Iterable<KeyRef>, signal: AbortSignal): Promise<void> {
    const rest = refs[Symbol.iterator]()
    const open = async (): Promise<void> => {
      for (let next = rest.next(); next.done !== true && !signal.aborted; next = rest.next()) {
        await this.publicKey(next.value, deadlineIn(patience, this.#clock)).catch(() => {})
      }
    }
    await Promise.all(Array.from({ length: openedAtOnce * availableParallelism() }, open))
  }

  async sign(ref: KeyRef, cleared: Cleared, deadline: Deadline): Promise<RawSignature> {
    const fields = this.#signFields({ ref, cleared })
    const { urgency } = cleared.payload
    const [signature] = await this.#lane(ref).ask({ kind: kinds.sign, fields, urgency }, deadline)
    return { encoding: 'compact', bytes: owned(signature) }
  }

  signMany(uses: readonly Use[], deadline: Deadline): Promise<readonly Answer[]> {
    return signMany({ lane: ({ ref }) => this.#lane(ref), fields: (use) => this.#signFields(use) }, uses, deadline)
  }

  #signFields({ ref, cleared }: Use): readonly Uint8Array[] {
    this.#outOfUse.refuse(ref.id)
    const remaining = cleared.expiresAt - this.#clock.monotonic()
    if (remaining <= 0) throw new Failed('deadline-exceeded', 'The clearance expired before the key was used')
    const expiry = encodeMoment(machineTime() + remaining)
    const { payload } = cleared
    return [...keyFields(ref), expiry, payload.bytes, derivationField(payload, ref), ...guardFields(cleared)]
  }

  async create(request: NewKeyRequest, deadline: Deadline): Promise<NewKey> {
    const earlier = this.#creations.find(request)
    if (earlier !== undefined) return earlier
    const fields = [...nameFields(request), ...backupFields(request)]
    const made = newKey(request, await this.#lane(request).ask({ kind: kinds.create, fields, urgency: 0 }, deadline))
    this.#creations.add(request, made)
    return made
  }

  /** In a process of its own, so that a slow keystore delays no signature and its password ends with it. */
  async import(request: NewKeyRequest, secret: ImportedSecret, deadline: Deadline): Promise<NewKey> {
    const lane = this.#importLane(request.algorithm)
    try {
      const recipient = await lane.envelopeKey(deadline)
      const envelope = sealImport(recipient, request, secret)
      const fields = [...nameFields(request), envelope]
      return newKey(request, await lane.ask({ kind: kinds.import, fields, urgency: 0 }, deadline))
    } finally {
      wipeImported(secret)
      await this.#endImport(lane)
    }
  }

  importMany(wanted: Iterable<Wanted>, take: Take, deadline: Deadline): Promise<void> {
    const open = (algorithm: Algorithm) => this.#importLane(algorithm)
    return importMany({ open, end: (lane) => this.#endImport(lane) }, wanted, take, deadline)
  }

  /** What an import seals is kept by whoever asked for it, so one that is dropped leaves nothing. */
  async preview(request: NewKeyRequest, secret: ImportedSecret, deadline: Deadline): Promise<PublicKey> {
    return (await this.import(request, secret, deadline)).publicKey
  }

  async probe(ref: KeyRef, deadline: Deadline): Promise<Probed> {
    try {
      await this.publicKey(ref, deadline)
      return { ok: true }
    } catch (error) {
      return { ok: false, ...keyFinding(error) }
    }
  }

  async enable(ref: KeyRef): Promise<void> {
    this.#outOfUse.remove(ref.id)
  }

  async disable(ref: KeyRef, deadline: Deadline): Promise<void> {
    this.#outOfUse.add(ref.id)
    this.#creations.forget(ref.id)
    await this.#lane(ref).ask({ kind: kinds.forget, fields: [utf8(ref.id)], urgency: 2 }, deadline)
  }

  async scheduleDeletion(ref: KeyRef, days: number, deadline: Deadline): Promise<Date> {
    const date = deletionDate(days, this.#clock)
    await this.disable(ref, deadline)
    return date
  }

  /** As in AWS KMS, the key stays out of use until it is enabled. */
  async cancelDeletion(ref: KeyRef): Promise<void> {
    this.#outOfUse.add(ref.id)
  }

  async close(): Promise<void> {
    await Promise.all([...this.#pools.values(), ...this.#importing].map((one) => one.close()))
    this.#sealing.wipe()
  }

  get #signing(): readonly Lane[] {
    return [...this.#pools.values()].flatMap((pool) => pool.lanes)
  }

  #lane({ id, algorithm }: Pick<KeyRef, 'id' | 'algorithm'>): Lane {
    const pool = this.#pools.get(programOf(algorithm))
    if (pool === undefined) throw new Failed('backend-unavailable', 'There is no signer process')
    return pool.lane(id)
  }

  #importLane(algorithm: Algorithm): Lane {
    const { import: sign, rights } = programOf(algorithm)
    const lane = new Lane(laneOptions(this.#sealing, this.#clock, importPatience, { sign, rights }))
    this.#importing.add(lane)
    return lane
  }

  async #endImport(lane: Lane): Promise<void> {
    await lane.close()
    this.#importing.delete(lane)
  }
}

function nameFields(request: NewKeyRequest): Uint8Array[] {
  return [utf8(request.id), utf8(formOf(request))]
}

/** The words of a tree are those of BIP-39. */
function backupFields({ backup, tree }: NewKeyRequest): Uint8Array[] {
  if (backup === undefined) return []
  if (tree === undefined && backup.words === undefined)
    throw new Refused('not-supported', 'Keys of this family have no words')
  return [backup.words === undefined ? new Uint8Array(0) : encodeWordList(backup.words), backup.recipient]
}

function owned(bytes: Uint8Array | undefined): Uint8Array {
  if (bytes === undefined) throw new Failed('internal', 'The signer process answered too little')
  return Uint8Array.from(bytes)
}
