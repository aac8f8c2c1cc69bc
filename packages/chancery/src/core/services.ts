/** What the edge (HTTP, the command line's socket) can ask for: everything the service does, built by `compose.ts`. */
import type { Hex } from '../base/bytes.ts'
import type { Deadline } from '../base/deadline.ts'
import type { JsonObject } from '../base/json.ts'
import type { ClientIdentity, ClientRecord, Grant, Principal } from './access.ts'
import type { Accounts } from './accounts.ts'
import type { Call } from './call.ts'
import type { SignSchema, Signed } from './chain.ts'
import type { OwnScripts } from './own-scripts.ts'
import type { Claim, WindowClaim } from './claim.ts'
import type { Decision } from './decision.ts'
import type { Code, Failed, Refused } from './errors.ts'
import type { Facts } from './facts.ts'
import type { Keyring } from './keyring.ts'
import type {
  AttemptId,
  ChainId,
  ClientId,
  KeyId,
  Network,
  Operation,
  Purpose,
  SignOperation,
  TransactionId,
  WalletId,
} from './names.ts'
import type { Rules } from './rules.ts'
import type { Sponsoring } from './sponsoring.ts'
import type { Snapshot, Versioned } from './state.ts'
import type { IdempotencyKey, TransactionView } from './transactions.ts'
import type { KeyLoading, Validators } from './validators.ts'
import type { WalletPolicies } from './wallet-policies.ts'
import type { Wallets } from './wallets.ts'
import type { Page } from './page.ts'
import type { PlacedEntry, SignedTransaction, TransactionRow, TransactionState } from './store.ts'

export interface SignRequest {
  /** Id, alias, public key or address. */
  readonly key: string
  readonly operation: SignOperation
  readonly network?: Network
  readonly value: unknown
  readonly idempotency?: IdempotencyKey
  /** What the service that asks counts beside the claims of the chain. No route fills it from a body. */
  readonly windows?: readonly WindowClaim[]
  /** What a wallet's record says is its own. No route fills it from a body. */
  readonly own?: OwnScripts
}

export interface SignManyRequest {
  readonly keys: readonly string[]
  readonly operation: SignOperation
  readonly network?: Network
  readonly value: unknown
}

export type SignManyAnswer = { readonly reply: SignReply } | { readonly error: Refused | Failed }

export interface SignReply {
  readonly attempt: AttemptId
  readonly key: KeyId
  readonly signed: Signed
}

export interface Verdict {
  readonly decision: Decision
  readonly summary: JsonObject
  /** What it would do, and claim. */
  readonly facts: Facts
}

export interface Signing {
  /**
   * The flow of one signature.
   * @throws Refused `key-not-found`, `denied` with its checks, `conflicts-with-earlier`, `limit-reached`, `frozen`, and what
   * the chain refuses
   * @throws Failed store, register and back-end faults
   */
  sign(request: SignRequest, call: Call): Promise<SignReply>
  /**
   * The same thing with many keys, each named once: an answer a key, in their order, and one refused key hinders no other.
   * @throws Refused where the request makes no sense whichever key it is for
   */
  signMany(request: SignManyRequest, call: Call): Promise<readonly SignManyAnswer[]>
  /** What the flow would decide: records nothing, claims nothing, signs nothing. */
  judge(request: SignRequest, call: Call): Promise<Verdict>
}

export interface NewClient {
  readonly name: string
  readonly grants: readonly Grant[]
  readonly sources?: readonly string[]
  readonly identity?: ClientIdentity
  /** `assumedAcknowledgement`, to the letter, where the identity has `assumedFrom`: it goes on record. */
  readonly acknowledge?: string
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

/** `asset` is a CAIP-19 id or a symbol: a symbol means every asset that is called so, on whatever network. */
export type FreezeTarget =
  | { readonly everything: true }
  | { readonly key: string }
  | { readonly client: ClientId }
  | { readonly wallet: WalletId }
  | { readonly user: string }
  | { readonly asset: string }

export interface SendTransaction {
  readonly key: string
  readonly network: Network
  /** The chain's transaction value; what the relay fills in (nonce, gas, fees) may be absent, a nonce must be. */
  readonly value: unknown
  readonly idempotency?: IdempotencyKey
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
  /** Enabled validator keys, however they came, and whoever may use them. Absent where no network is configured. */
  validatorKeys?(): number
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

/** How far the look for keys is that are ours and that no record names, and what it has found. */
export interface OrphanKeys {
  /** It goes on, and more may be found. */
  readonly looking: boolean
  /** Keys looked at, of those that are. */
  readonly looked: number
  readonly of: number
  /** Keys that no record names, as far as is known. */
  readonly found: number
  /** Once it has ended: each of them, and what could not be looked at, 1,000 at most. */
  readonly findings: readonly Finding[]
  /** Findings beyond those. */
  readonly more: number
}

/** What only an administrator asks for, usually over the socket. */
export interface Operator {
  doctor(call: Call): Promise<readonly Finding[]>
  /** Begins a look, or waits some seconds for the one under way. */
  orphans(call: Call): Promise<OrphanKeys>
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

export type Credential = { readonly address: string } & (
  | { readonly scheme: 'api-key'; readonly secret: string }
  /** As TLS proved it: `name` only where the configured authority signed it. */
  | { readonly scheme: 'certificate'; readonly fingerprint: string; readonly name?: string }
  /** No credential at all: the address is all there is. `otherwise` comes in where no client is known by it. */
  | { readonly scheme: 'source'; readonly otherwise?: Principal }
)

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
  readonly wallets: Wallets
  readonly walletPolicy: WalletPolicies
  readonly register: RegisterReader
  readonly health: Health
  readonly operator: Operator
  readonly metrics: Metrics
  readonly authenticator: Authenticator
  /** Whether a caller holds one of these on some key or other. @throws Refused `denied` */
  requireAny(principal: Principal, operations: readonly Operation[]): void
  readonly kmsBackend?: KmsBackendCompat
  /** Where a validator network is configured. */
  readonly validators?: Validators
  readonly loading?: KeyLoading
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
  /** What the part's own records forbid, asked of every snapshot that decides: a frozen wallet, say. */
  refusal?(snapshot: Snapshot): Refused | undefined
}

/** The flow as the rooms inside use it: the same steps, whoever asks. */
export interface SigningFlow extends Signing {
  signOwn(request: SignRequest, call: Call, own: OwnUse): Promise<SignReply>
  /** As `judge`, for what `signOwn` would sign. */
  judgeOwn(request: SignRequest, call: Call, own: OwnUse): Promise<Verdict>
  /** With the relay's rows in the same rounds. */
  signJoined(request: SignRequest, call: Call, joined: Joined, own?: OwnUse): Promise<SignReply>
}
