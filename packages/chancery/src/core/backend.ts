/**
 * Key back-ends: where secrets live and raw signatures are made. A back-end knows algorithms and bytes, never a chain.
 * More power is an optional capability, asked for with the type guards below.
 */
import type { Deadline } from '../base/deadline.ts'
import type { JsonObject } from '../base/json.ts'
import type { Secret } from '../base/secret.ts'
import type { Words } from './words.ts'
import { Failed, Refused, type Code } from './errors.ts'
import type { Algorithm, KeyRef, KeyState, PublicKey } from './key.ts'
import type { KeyId } from './names.ts'
import type { Cleared, RawSignature } from './payload.ts'

export interface AlgorithmSupport {
  readonly algorithm: Algorithm
  /** Whether the same payload signed twice may give two signatures: then the outcome is stored before it is released. */
  readonly random: boolean
  /** Largest message in bytes where the payload is not prehashed. */
  readonly maxMessage?: number
  /**
   * Made and checked in processes of our own, where one verification costs several signatures: then of those that are not
   * urgent one in so many is verified, and every repeated message once. Absent: all are verified.
   */
  readonly verifiedOneIn?: number
}

export interface KeyBackend {
  readonly name: string
  readonly algorithms: readonly AlgorithmSupport[]
  /** @throws Failed when the back-end cannot say. Asked once, at enrolment; pinned after that. */
  publicKey(ref: KeyRef, deadline: Deadline): Promise<PublicKey>
  /**
   * @throws Failed with a `backend-…` code, its message one sentence that names the missing permission or key state.
   * @throws Refused `key-state` when the key is disabled, deleted or held elsewhere.
   */
  sign(ref: KeyRef, cleared: Cleared, deadline: Deadline): Promise<RawSignature>
  /** Where more cleared payloads wait than its own processes can begin soon: resolves when they can. Undefined: now. */
  room?(): Promise<void> | undefined
  /** Cleared payloads that wait for its own processes, or are being signed by them. Absent where others sign. */
  waiting?(): number
  /** Where the secret is kept, in the words by which people find it there: for administrators. */
  describe?(data: JsonObject): Readonly<Record<string, string>>
  /** What the back-end calls keys of this algorithm, where it has a name of its own: AWS `ECC_SECG_P256K1`. */
  keySpec?(algorithm: Algorithm): string | undefined
  /** Whether the key lives in an emulator, so that anybody may have it. Absent: never. */
  isEmulated?(data: JsonObject): boolean
  close(): Promise<void>
}

/** Back-ends that use many keys in fewer steps than one by one. */
export interface ManySigner extends KeyBackend {
  /** As `sign`, an answer each, in their order; what fails for one fails for no other. Never rejects. */
  signMany(
    uses: readonly { readonly ref: KeyRef; readonly cleared: Cleared }[],
    deadline: Deadline,
  ): Promise<readonly (RawSignature | Refused | Failed)[]>
}

/** Told what a back-end's own log calls a request that was made for somebody: in AWS the request id that CloudTrail shows. */
export type Heard = (request: string) => void

/** One attempt at a remote back-end, for metrics. */
export interface BackendCall {
  readonly operation: string
  readonly region: string
  readonly milliseconds: number
  /** Counted from 1, for each thing asked. */
  readonly attempt: number
  readonly outcome: CallOutcome
}

/** `throttled` and `transient` may pass by waiting, `credentials` by fetching new ones. `final` will not pass. */
export const callOutcomes = ['ok', 'throttled', 'transient', 'credentials', 'final'] as const
export type CallOutcome = (typeof callOutcomes)[number]

/** A key as a back-end made, found or took it: `data` goes into the key record. */
export interface NewKey {
  readonly publicKey: PublicKey
  readonly data: JsonObject
  /** Where a backup was asked for: the private key in words, encrypted to its recipient. */
  readonly backup?: Uint8Array
}

export interface NewKeyRequest {
  readonly id: KeyId
  readonly algorithm: Algorithm
  readonly alias?: string
  /** Where to keep it, for back-ends whose keys others find by name. */
  readonly place?: KeyPlace
  /**
   * For `create`: hands out the private key once, in words; those of a tree are BIP-39's, and none are named. Back-ends whose
   * secrets never leave refuse it.
   */
  readonly backup?: { readonly words?: Words; readonly recipient: Uint8Array }
  /** What the key is for, to be found by in the back-end where it keeps labels: few, and nobody's name. No route sets them. */
  readonly labels?: Readonly<Record<string, string>>
  /** Told of each request made for it that did more than list and describe, also of those that failed. */
  readonly heard?: Heard
  /** Told whether there may now be a key that was asked for elsewhere and is not to be seen yet: before it is asked for, too. */
  readonly unseen?: (mayBe: boolean) => void
  /** How the family writes private keys as words, where it does. */
  readonly words?: Words
  /** The root of a tree instead of a single key: its secret is BIP-39 entropy, its public key the master's (BIP-32). */
  readonly tree?: 'bip32'
}

/** Names and labels of a key outside the service. The family composes them; a back-end copies them and reads nothing in them. */
export interface KeyPlace {
  /** Such as `confio-testnet-sponsor`; in AWS the alias is `alias/confio-testnet-sponsor`. */
  readonly name: string
  /** Such as `/confio/algorand/confio-testnet-sponsor/private-key`. */
  readonly path: string
  /** Labels to find it by, such as address, network and project. */
  labels(publicKey: PublicKey): Readonly<Record<string, string>>
}

export interface KeyCreator extends KeyBackend {
  /** Makes a key. Repeatable: the same id finds what an interrupted creation left, never makes a second key. */
  create(request: NewKeyRequest, deadline: Deadline): Promise<NewKey>
}

/**
 * A private key on its way in, each part UTF-8 text: hex as its curve encodes it, with or without `0x`, words of the
 * request's list, or a Web3 keystore v3 with its password.
 */
export type ImportedSecret =
  | { readonly format: 'hex'; readonly hex: Secret }
  | { readonly format: 'words'; readonly words: Secret }
  | { readonly format: 'keystore-v3'; readonly keystore: Secret; readonly password: Secret }
  /** EIP-2335, the keystores of validators. */
  | { readonly format: 'keystore-v4'; readonly keystore: Secret; readonly password: Secret }
  /** A BIP-39 mnemonic and an EIP-2334 path, such as `m/12381/3600/0/0/0`; of a tree it is `m`. */
  | { readonly format: 'mnemonic'; readonly mnemonic: Secret; readonly path: string; readonly passphrase?: Secret }

/** Half of a node of a tree of keys: whoever has it knows every public key below that is not hardened (BIP-32). */
export interface ExtendedPublicKey {
  /** secp256k1-ecdsa, 33 bytes. */
  readonly publicKey: PublicKey
  /** 32 bytes. */
  readonly chainCode: Uint8Array
}

/** Back-ends that keep the roots of trees (`NewKeyRequest.tree`) and sign by their children (`Payload.signer`). */
export interface TreeKeeper extends KeyBackend {
  /**
   * `path` ends with a hardened index: with an extended public key and one private key below it the one above is known, so
   * nothing is handed out of which a single leaf would give the root away.
   * @throws Refused `not-supported` for a key that is no tree, or another path
   */
  extendedPublicKey(ref: KeyRef, path: readonly number[], deadline: Deadline): Promise<ExtendedPublicKey>
}

export interface KeyImporter extends KeyBackend {
  /**
   * Takes a private key. Wipes `secret` whatever happens.
   * @throws Refused `invalid-payload` when it is no private key of the algorithm, or the password does not open it.
   */
  import(request: NewKeyRequest, secret: ImportedSecret, deadline: Deadline): Promise<NewKey>
  /** The public key that an import would have. Keeps nothing; wipes `secret` as well. */
  preview(request: NewKeyRequest, secret: ImportedSecret, deadline: Deadline): Promise<PublicKey>
}

export interface KeyBulkImporter extends KeyImporter {
  /**
   * As `import`, many at once, as fast as memory and cores allow; in any order, one answer each, a refusal for a key that
   * cannot be had. Wipes each secret as soon as it is through.
   */
  importMany(
    wanted: Iterable<{ readonly request: NewKeyRequest; readonly secret: ImportedSecret }>,
    take: (request: NewKeyRequest, key: NewKey | Refused | Failed) => void,
    deadline: Deadline,
  ): Promise<void>
}

export interface KeyEnroller extends KeyBackend {
  /**
   * Finds an existing key by the back-end's own name for it (AWS: id, ARN or alias) and pins what it finds.
   * @throws Refused when it is not marked as this installation's (safety rule 13); the hint is the command that marks it.
   */
  enrol(request: NewKeyRequest & { readonly name: string }, deadline: Deadline): Promise<NewKey>
}

/** State changes that the back-end itself must carry out. The record in the store changes first. `heard` as in `NewKeyRequest`. */
export interface KeyKeeper extends KeyBackend {
  /**
   * Asked before the record of a key that is to end changes. Absent: nothing outside keeps a key.
   * @throws Refused `key-state` while its deletion could not begin
   */
  requireDeletable?(ref: KeyRef, deadline: Deadline): Promise<void>
  /**
   * Asked before the record of a key whose window has passed forgets where it is. Absent: nothing outside keeps a key. `now` is
   * the time that the store agrees with, in milliseconds.
   * @throws Refused `key-state` while it is kept there; Failed where that cannot be seen for now
   */
  requireEnding?(ref: KeyRef, now: number, deadline: Deadline): Promise<void>
  enable(ref: KeyRef, deadline: Deadline, heard?: Heard): Promise<void>
  disable(ref: KeyRef, deadline: Deadline, heard?: Heard): Promise<void>
  /** `days` is 7 to 30. Returns when the back-end will allow, or itself carry out, the destruction. */
  scheduleDeletion(ref: KeyRef, days: number, deadline: Deadline, heard?: Heard): Promise<Date>
  cancelDeletion(ref: KeyRef, deadline: Deadline, heard?: Heard): Promise<void>
}

/** Back-ends of which a key's first signature waits for more than the others do. */
export interface KeyOpener extends KeyBackend {
  /**
   * Makes keys ready for their first signature, behind everything that waits, until `signal` is aborted. `refs` is asked for
   * the next key when its turn comes. A key that does not open is passed over: its use says why. Does not reject.
   */
  openAhead(refs: Iterable<KeyRef>, signal: AbortSignal): Promise<void>
}

/** Back-ends that keep a secret, or its ciphertext, outside the service's records. */
export interface KeyPurger extends KeyBackend {
  /** Takes away what is kept of a key whose record says that it was purged. Repeatable. `ref` is as it was before. */
  purge(ref: KeyRef, deadline: Deadline, heard?: Heard): Promise<void>
}

/** What is wrong with a key in its back-end. */
export interface KeyFinding {
  /** One sentence. */
  readonly finding: string
  /** Of the error, where asking failed: then the key itself may be well. */
  readonly code?: Code
  /** Where nothing changed, but a change would go unseen: what would let it be seen. */
  readonly unwatched?: string
}

/** The finding that an error is. */
export function keyFinding(error: unknown): KeyFinding {
  const finding = error instanceof Error ? error.message : 'The key back-end failed without saying why'
  return error instanceof Refused || error instanceof Failed ? { finding, code: error.code } : { finding }
}

export type Probed = { readonly ok: true } | ({ readonly ok: false } & KeyFinding)

export interface KeyProber extends KeyBackend {
  /** What a key that is found well was not asked, and when it will show; absent: nothing is left open. */
  readonly unproven?: string
  /** Whether the key could sign now, without signing or decrypting anything: AWS `Sign` with `DryRun`. */
  probe(ref: KeyRef, deadline: Deadline): Promise<Probed>
}

/** Says what changed outside the service: an alias re-pointed, a key disabled or enabled, a policy edited. */
export interface KeyWatcher extends KeyBackend {
  /**
   * `recorded` is the state on record, any but `purged`. While the service itself changes it the back-end may differ for a
   * moment: who alarms looks twice.
   */
  inspect(ref: KeyRef, recorded: KeyState, deadline: Deadline): Promise<readonly KeyFinding[]>
}

/** What an interrupted creation left in a back-end. */
export interface Orphan {
  /** Of the key as which it is marked. */
  readonly id: string
  /** What the `data` of a record of it would hold. */
  readonly data: Readonly<Record<string, string>>
  /** One sentence that names it. */
  readonly finding: string
  readonly remedy: string
}

/** How far a look is, and what it found since the step before. */
export interface OrphanStep {
  readonly found: readonly Orphan[]
  /** Keys looked at so far. */
  readonly looked: number
  /** Keys that are looked at, as far as is known by now. */
  readonly of: number
}

export interface OrphanFinder extends KeyBackend {
  /**
   * What carries this installation's mark and belongs to none of the keys on record, step by step.
   * @throws Failed where it may not look, or not at everything: what was found before stands
   */
  orphans(recorded: readonly Pick<KeyRef, 'id' | 'data'>[], deadline: Deadline): AsyncIterable<OrphanStep>
}

/** Encrypts the key-encryption key under a key that never leaves its KMS, so that only its ciphertext is kept. */
export interface KeyWrapper {
  /** As the configuration names it; kept beside the ciphertext. */
  readonly name: string
  /** Leaves `key` as it is. */
  wrap(key: Secret, deadline: Deadline): Promise<Uint8Array>
  /** @throws Failed when the ciphertext is of another key or installation, or the KMS does not allow it. */
  unwrap(ciphertext: Uint8Array, deadline: Deadline): Promise<Secret>
}

const has = (backend: KeyBackend, ...methods: readonly string[]) =>
  methods.every((method) => typeof Reflect.get(backend, method) === 'function')

export const canCreate = (backend: KeyBackend): backend is KeyCreator => has(backend, 'create')
export const canImport = (backend: KeyBackend): backend is KeyImporter => has(backend, 'import')
export const canImportMany = (backend: KeyBackend): backend is KeyBulkImporter => has(backend, 'import', 'importMany')
export const canKeepTrees = (backend: KeyBackend): backend is TreeKeeper => has(backend, 'extendedPublicKey')
export const canSignMany = (backend: KeyBackend): backend is ManySigner => has(backend, 'sign', 'signMany')
export const canEnrol = (backend: KeyBackend): backend is KeyEnroller => has(backend, 'enrol')
export const canKeep = (backend: KeyBackend): backend is KeyKeeper =>
  has(backend, 'enable', 'disable', 'scheduleDeletion')
export const canOpenAhead = (backend: KeyBackend): backend is KeyOpener => has(backend, 'openAhead')
export const canProbe = (backend: KeyBackend): backend is KeyProber => has(backend, 'probe')
export const canWatch = (backend: KeyBackend): backend is KeyWatcher => has(backend, 'inspect')
export const canFindOrphans = (backend: KeyBackend): backend is OrphanFinder => has(backend, 'orphans')
export const canPurge = (backend: KeyBackend): backend is KeyPurger => has(backend, 'purge')
