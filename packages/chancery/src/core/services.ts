/** What the edge (HTTP, the command line's socket) can ask for: everything the service does, built by `compose.ts`. */
import type { Hex } from '../base/bytes.ts'
import type { Deadline } from '../base/deadline.ts'
import type { JsonObject } from '../base/json.ts'
import type { ClientRecord, Grant, Principal } from './access.ts'
import type { SignSchema, Signed } from './chain.ts'
import type { Claim, WindowClaim } from './claim.ts'
import type { Decision } from './decision.ts'
import type { Algorithm, KeyKind, KeyRecord } from './key.ts'
import type {
  AttemptId,
  ChainId,
  ClientId,
  KeyId,
  Network,
  Operation,
  SignOperation,
  TransactionId,
  Purpose,
} from './names.ts'
import type { LedgerAccount } from './node.ts'
import type { Rules } from './rules.ts'
import type { Versioned } from './state.ts'
import type { Page, PlacedEntry, SignedTransaction, TransactionRow, TransactionState } from './store.ts'
import type { Code } from './errors.ts'

/** Every call says who asks and until when an answer is wanted. */
export interface Call {
  readonly principal: Principal
  readonly deadline: Deadline
}

export interface IdempotencyKey {
  readonly route: string
  readonly key: string
  /** SHA-256 of the canonical body. */
  readonly bodyHash: Hex
}

export interface SignRequest {
  /** Id, alias, public key or address. */
  readonly key: string
  readonly operation: SignOperation
  readonly network?: Network
  readonly value: unknown
  readonly idempotency?: IdempotencyKey
  /** What the service that asks counts beside the claims of the chain. No route fills it from a body. */
  readonly windows?: readonly WindowClaim[]
}

export interface SignReply {
  readonly attempt: AttemptId
  readonly key: KeyId
  readonly signed: Signed
}

export interface Verdict {
  readonly decision: Decision
  readonly summary: JsonObject
}

export interface Signing {
  /**
   * The flow of one signature.
   * @throws Refused `key-not-found`, `denied` with its checks, `conflicts-with-earlier`, `limit-reached`, `frozen`, and what
   * the chain refuses
   * @throws Failed store, register and back-end faults
   */
  sign(request: SignRequest, call: Call): Promise<SignReply>
  /** What the flow would decide: records nothing, claims nothing, signs nothing. */
  judge(request: SignRequest, call: Call): Promise<Verdict>
}

export interface CreateKey {
  readonly backend: string
  readonly family: ChainId
  readonly kind: KeyKind
  readonly algorithm?: Algorithm
  readonly alias?: string
  /** The one network it signs for, fixed for good; absent: any of its family. */
  readonly network?: Network
  /** For back-ends whose keys others find by name: what the path begins with, and the name. */
  readonly place?: { readonly project: string; readonly name: string }
}

export interface BackedUpKey {
  readonly key: KeyRecord
  /** The private key in words, encrypted to the recipient that was named: nobody else reads it, here or on the way. */
  readonly backup: Hex
}

export interface KeyView {
  readonly key: KeyRecord
  readonly rulesVersion: number
}

export interface Keyring {
  create(request: CreateKey, call: Call): Promise<KeyRecord>
  /** `recipient` is an X25519 public key of the caller's. Needs `admin`: who makes a key this way has it. */
  createBackedUp(request: CreateKey & { readonly recipient: Hex }, call: Call): Promise<BackedUpKey>
  /**
   * `secret` is read once, wiped, never recorded.
   * @throws Refused `invalid-payload` when it is of another address than `expectAddress`: then nothing was kept
   */
  import(request: ImportKey, call: Call): Promise<KeyRecord>
  /** The address that an import would have: keeps nothing, signs nothing. */
  preview(request: Omit<ImportKey, 'expectAddress'>, call: Call): Promise<{ readonly address: string }>
  /** Takes an existing key of a back-end into use, by the back-end's own name for it. Needs `admin`. */
  enrol(request: CreateKey & { readonly name: string }, call: Call): Promise<KeyRecord>
  get(name: string, call: Call): Promise<KeyView>
  /** Only keys the caller holds a grant on. */
  list(page: Page, call: Call): Promise<{ readonly keys: readonly KeyRecord[]; readonly next?: string }>
  disable(name: string, call: Call): Promise<KeyRecord>
  enable(name: string, call: Call): Promise<KeyRecord>
  /**
   * `days` is 7 to 30. Refused while something would be lost with the key, as far as its ledger can tell, unless it is
   * `forced`.
   */
  scheduleDeletion(name: string, days: number, call: Call, how?: { readonly forced?: boolean }): Promise<KeyRecord>
  cancelDeletion(name: string, call: Call): Promise<KeyRecord>
  /** Destroys the secret for good; only after the window has passed. */
  purge(name: string, call: Call): Promise<KeyRecord>
  rules(name: string, call: Call): Promise<Versioned<Rules>>
  /** `expect` is the version replaced; addresses are brought to the chain's text form. */
  putRules(name: string, rules: Rules, expect: number, call: Call): Promise<Versioned<Rules>>
  /** One sentence a finding for `doctor`: keys that cannot sign, aliases that moved. */
  probe(call: Call): Promise<readonly { readonly key: KeyId; readonly ok: boolean; readonly finding?: string }[]>
}

export interface ImportKey extends CreateKey {
  readonly secret: ImportSecret
  readonly expectAddress?: string
}

/** The raw private key as hex, its words, or a Web3 keystore v3 with its password. */
export type ImportSecret =
  | { readonly format: 'hex'; readonly hex: string }
  | { readonly format: 'words'; readonly words: string }
  | { readonly format: 'keystore-v3'; readonly keystore: string; readonly password: string }

export interface AccountView {
  readonly key: KeyRecord
  readonly network: Network
  /** The account the key signs for: handed to it, or its own address. */
  readonly account: string
  /** What a node says, where one is configured and answers. Amounts in base units. */
  readonly ledger?: LedgerAccount
  /** Why `ledger` is missing, or what of it does not fit. */
  readonly finding?: string
  /** Where the back-end keeps it, in its own words; for administrators only. */
  readonly kept?: Readonly<Record<string, string>>
}

export interface AccountTest {
  readonly account: string
  readonly network: Network
  /** By which the ledger tells of the transaction. */
  readonly id: string
  readonly signed: JsonObject
  /** The round it was confirmed in; absent where nothing was sent. */
  readonly round?: bigint
}

export interface HandedOver {
  readonly account: string
  readonly network: Network
  /** The key that signs for the account now, and the one that did. */
  readonly key: KeyRecord
  readonly former: KeyRecord
  /** Absent where the ledger had it already: an earlier call was interrupted before it was recorded. */
  readonly sent?: { readonly id: string; readonly round: bigint }
}

/** Accounts that outlive their keys. All of it needs `admin` on the keys, but for looking. */
export interface Accounts {
  /** Of keys the caller holds a grant on. Asks nodes, decrypts nothing. */
  list(page: Page, call: Call): Promise<{ readonly accounts: readonly AccountView[]; readonly next?: string }>
  /** Pays nothing to itself: signed and verified; sent and waited for only if `submit`. */
  test(name: string, how: { readonly network?: Network; readonly submit: boolean }, call: Call): Promise<AccountTest>
  /**
   * Lets another key sign for the account, which keeps its address. Name, rules and grants move to that key. Repeatable: what
   * an interrupted call left half done is finished. Said the other way round, it is undone.
   */
  handOver(name: string, to: string, how: { readonly network?: Network }, call: Call): Promise<HandedOver>
}

export interface SponsorRequest {
  /** The sponsor's key by any name; absent where one sponsor serves the network. */
  readonly key?: string
  readonly family: ChainId
  readonly network: Network
  /** A user's transactions as they were sent. */
  readonly value: unknown
  readonly inner: number
  readonly fee?: bigint
  readonly topUp?: { readonly to: string; readonly amount: bigint }
  /** Send the group and wait for it, where every signature of it is there. */
  readonly broadcast: boolean
}

export interface Sponsored {
  readonly key: KeyId
  readonly sponsor: string
  readonly group: Hex
  readonly ids: readonly string[]
  readonly index: number
  /** In the group's order: the sponsor's signed, the others as they are. */
  readonly transactions: readonly Uint8Array[]
  readonly fee: bigint
  readonly topUp: bigint
  /** Absent where it was not sent. */
  readonly round?: bigint
}

export interface Sponsoring {
  /**
   * Adds the sponsor's transaction to a user's group, or takes the one that is there, and signs that one alone. Needs
   * `sponsor` on key and network.
   * @throws Refused `denied` for what the sponsor does not pay for; `limit-reached` when a window is used up or the sponsor
   * has less than its minimum; `not-executable` when a node says so
   */
  sponsor(request: SponsorRequest, call: Call): Promise<Sponsored>
}

export interface NewClient {
  readonly name: string
  readonly grants: readonly Grant[]
  readonly sources?: readonly string[]
  /** Days until the first secret ends; absent for 90. */
  readonly days?: number
}

export interface Clients {
  /** The secret is returned once and never again. */
  create(request: NewClient, call: Call): Promise<{ readonly client: ClientRecord; readonly secret: string }>
  get(id: ClientId, call: Call): Promise<Versioned<ClientRecord>>
  list(page: Page, call: Call): Promise<{ readonly clients: readonly ClientRecord[]; readonly next?: string }>
  putGrants(id: ClientId, grants: readonly Grant[], expect: number, call: Call): Promise<Versioned<ClientRecord>>
  /** Adds a second secret; the older one goes on until it is removed or ends. At most two. */
  addSecret(id: ClientId, days: number, call: Call): Promise<{ readonly client: ClientRecord; readonly secret: string }>
  removeSecret(id: ClientId, secret: string, call: Call): Promise<ClientRecord>
  remove(id: ClientId, call: Call): Promise<void>
}

export interface Freezing {
  freeze(what: FreezeTarget, call: Call): Promise<void>
  thaw(what: FreezeTarget, call: Call): Promise<void>
}

export type FreezeTarget = { readonly everything: true } | { readonly key: string } | { readonly client: ClientId }

export interface SendTransaction {
  readonly key: string
  readonly network: Network
  /** The chain's transaction value; what the relay fills in (nonce, gas, fees) may be absent, a nonce must be. */
  readonly value: unknown
  readonly idempotency?: IdempotencyKey
}

export interface TransactionView {
  readonly row: TransactionRow
  readonly signed: readonly SignedTransaction[]
}

export interface Relay {
  /** Accepts, durably; everything after happens by itself and survives a crash. */
  send(request: SendTransaction, call: Call): Promise<TransactionView>
  get(id: TransactionId, call: Call): Promise<TransactionView>
  list(
    filter: { readonly states?: readonly TransactionState[]; readonly key?: string },
    page: Page,
    call: Call,
  ): Promise<readonly TransactionRow[]>
  /** Resolves when the state is no longer one of `whileIn`, or the deadline passes; then with what is known. */
  wait(id: TransactionId, whileIn: readonly TransactionState[], call: Call): Promise<TransactionView>
}

export interface RegisterReader {
  /** Newest first. */
  tail(
    page: Page,
    call: Call,
  ): Promise<{ readonly entries: readonly (PlacedEntry & { readonly time: number })[]; readonly next?: string }>
  checkpoint(call: Call): Promise<{ readonly size: number; readonly root: string; readonly note: string } | undefined>
  /** Everything that does not fit, by name; empty when all is well. */
  verify(
    call: Call,
  ): Promise<{ readonly segments: number; readonly entries: number; readonly findings: readonly string[] }>
}

export interface Health {
  /** Whether the service can record what it is sent. That it stops, only its listeners know. */
  ready(): { readonly ready: boolean; readonly reasons: readonly string[] }
  /** Truthful, one line a part. */
  parts(
    deadline: Deadline,
  ): Promise<readonly { readonly name: string; readonly ok: boolean; readonly detail: string }[]>
}

export interface Finding {
  readonly subject: string
  readonly level: 'ok' | 'warning' | 'problem'
  readonly got: string
  /** What to do about it. */
  readonly advice?: string
}

/** What only an administrator asks for, usually over the socket. */
export interface Operator {
  doctor(call: Call): Promise<readonly Finding[]>
  /** Writes a backup into an empty or absent folder on the service's machine. */
  backup(folder: string, call: Call): Promise<{ readonly folder: string; readonly files: readonly string[] }>
  /** Writes the register as JSON lines to a new file on the service's machine. Needs `admin` or `register:read`. */
  exportRegister(path: string, call: Call): Promise<{ readonly path: string; readonly lines: number }>
  /** Accepts, on record, that the store is behind its witness: signing goes on. */
  acceptGap(reason: string, call: Call): Promise<void>
}

/** How the HTTP edge turns a credential into a principal. */
export interface Authenticator {
  /** @throws Refused `unauthenticated`, in constant work whether the client exists or not. */
  authenticate(credential: Credential): Promise<Principal>
}

export type Credential = { readonly scheme: 'api-key'; readonly secret: string; readonly address: string }

/** What one request came to, for logs and metrics. */
export interface Observation {
  readonly route: string
  readonly status: number
  readonly code?: Code
  readonly milliseconds: number
}

export interface Metrics {
  observe(observation: Observation): void
  /** Prometheus text. */
  text(): Promise<string>
}

/** One opaque key and one raw-transaction relay, both from the environment: what the compatible routes stand on. */
export interface KmsBackendCompat {
  /** The built-in client when `key` is the configured one, compared in constant time. */
  authenticate(key: string): Principal | undefined
  address(call: Call): Promise<string>
  signDigest(digest: Hex, call: Call): Promise<Signed>
  /**
   * Hands the bytes to the node and gives back its whole JSON-RPC answer. Absent without an RPC URL.
   * @throws Refused `wrong-network`, `invalid-payload`; Failed `node-unavailable`
   */
  sendRaw?(raw: Hex, call: Call): Promise<{ readonly answer: JsonObject; readonly ok: boolean }>
}

export interface Services {
  readonly signing: Signing
  readonly keyring: Keyring
  readonly accounts: Accounts
  readonly sponsoring: Sponsoring
  readonly clients: Clients
  readonly freezing: Freezing
  readonly relay: Relay
  readonly register: RegisterReader
  readonly health: Health
  readonly operator: Operator
  readonly metrics: Metrics
  readonly authenticator: Authenticator
  readonly kmsBackend?: KmsBackendCompat
  /** What can be signed, as the chains declare it. */
  readonly schemas: readonly (SignSchema & { readonly chain: ChainId })[]
}

/** What a caller inside the service makes durable together with a signature: the relay's rows. */
export interface Joined {
  /** In the reserving round, with the claims. */
  readonly rows: readonly TransactionRow[]
  /** Claimed too, for what is signed first: the same may be signed for it again, nothing else ever. */
  readonly once: Omit<Extract<Claim, { kind: 'once' }>, 'root'>
  /** In the round of the outcome, before the signature is handed over. */
  finish(signed: Signed): { readonly rows: readonly TransactionRow[]; readonly signed: readonly SignedTransaction[] }
}

/** A signature that a part of the service asks for on a caller's behalf, over what it has built itself. */
export interface OwnUse {
  readonly purpose: Purpose
  /** What the caller must be granted on key and network, in the place of the operation itself. */
  readonly right: Operation
  /** Judged by these in the place of the key's own: they allow what was built and nothing beside it. */
  readonly rules: Rules
}

/** The flow as the rooms inside use it: the same steps, whoever asks. */
export interface SigningFlow extends Signing {
  signOwn(request: SignRequest, call: Call, own: OwnUse): Promise<SignReply>
  /** With the relay's rows in the same rounds. */
  signJoined(request: SignRequest, call: Call, joined: Joined): Promise<SignReply>
}
