/**
 * The bodies of register entries. Each is one canonical JSON text and one leaf of the tree. Nothing here is ever a secret:
 * signatures stand as hashes, key references and client secrets as hashes of their records.
 */
import type { Hex } from '../base/bytes.ts'
import type { JsonObject } from '../base/json.ts'
import type { EntryDuty, EntryWindow, GuardRow } from './claim.ts'
import type { Check } from './decision.ts'
import type { Code } from './errors.ts'
import type { AttemptId, ClientId, KeyId, Network, Purpose, SignOperation, WalletId } from './names.ts'
import type { EntryRaise } from './protection.ts'
import type { EntryBody } from './recorder.ts'
import type { StateRecord } from './store.ts'
import type { Tier, WalletState } from './wallet-store.ts'

/** A guard row as an entry names it. Every row an item takes stands in one of its entries, so the leaves cover the claims. */
export type EntryGuard = Pick<GuardRow, 'kind' | 'scope' | 'item' | 'root' | 'replaces'>

/** What is about to be signed: committed before a key is used. */
export interface AttemptEntry extends EntryBody {
  readonly kind: 'attempt'
  readonly id: AttemptId
  /** ISO 8601 in UTC, like every time of an entry. */
  readonly time: string
  readonly client: ClientId
  readonly key: KeyId
  readonly publicKey: Hex
  readonly network?: Network
  /** `prove`: the test signature without which no new key's address is shown. */
  readonly operation: SignOperation | 'prove'
  /** Asked for by a part of the service, and judged by rules of its own (`rules` names version 0). */
  readonly purpose?: Purpose
  /** The intent, as people read it. */
  readonly summary: JsonObject
  /** SHA-256 of each payload's bytes, in the order they are signed. */
  readonly payloads: readonly Hex[]
  /** Whose signatures they get, in that order, where keys made from this one sign: its children, or tweaked. */
  readonly signers?: readonly Hex[]
  readonly guards: readonly EntryGuard[]
  /** Absent where nothing is counted. */
  readonly windows?: readonly EntryWindow[]
  /** `*` in a scope stands for the public key. */
  readonly duties?: readonly EntryDuty[]
  /** The version of the key's rules that allowed it. */
  readonly rules: { readonly version: number }
  readonly epoch: number
  /** SHA-256 of the request's canonical body. */
  readonly request?: Hex
}

/** What many keys are about to sign, each the same: one entry, in which `*` in a duty's scope stands for each public key. */
export interface SharedAttemptEntry extends EntryBody {
  readonly kind: 'attempt'
  readonly id: AttemptId
  readonly time: string
  readonly client: ClientId
  readonly keys: readonly KeyId[]
  readonly publicKeys: readonly Hex[]
  readonly network?: Network
  readonly operation: SignOperation
  readonly summary: JsonObject
  readonly payloads: readonly Hex[]
  readonly guards: readonly EntryGuard[]
  readonly duties?: readonly EntryDuty[]
  readonly rules: { readonly version: number }
  readonly epoch: number
}

/** A signature that was made: `hash` is SHA-256 of its bytes. */
export type SignatureMade = { readonly publicKey: Hex; readonly payload: Hex; readonly hash: Hex }

/** What became of an attempt: signatures, or the code of what went wrong. Its time is its segment's. */
export interface OutcomeEntry extends EntryBody {
  readonly kind: 'outcome'
  readonly attempt: AttemptId
  readonly signatures?: readonly SignatureMade[]
  /** What the back-end's own log calls the requests that made them: in AWS the request ids that CloudTrail shows. */
  readonly evidence?: readonly string[]
  readonly error?: Code
}

/** What became of many attempts of one payload each: `hash` is SHA-256 of the signature's bytes. */
export interface OutcomesEntry extends EntryBody {
  readonly kind: 'outcomes'
  readonly made: readonly { readonly attempt: AttemptId; readonly hashes: readonly Hex[] }[]
}

/** A request that was understood and not done. */
export interface RefusedEntry extends EntryBody {
  readonly kind: 'refused'
  readonly client: ClientId
  readonly operation?: SignOperation
  readonly key?: KeyId
  readonly code: Code
  readonly checks?: readonly Check[]
}

/** The first entry of every stream: who writes it, with which key, after what. */
export interface StreamEntry extends EntryBody {
  readonly kind: 'stream'
  readonly stream: string
  /** Ed25519, 32 bytes: signs every segment of the stream. Its private half never leaves the process. */
  readonly publicKey: Hex
  readonly binary: string
  readonly startedAt: string
  /** The checkpoint the stream's first `prev` is the hash of; absent before the first checkpoint. */
  readonly checkpoint?: { readonly size: number; readonly root: Hex }
  /** The last head this process had acknowledged before it started anew. */
  readonly after?: { readonly stream: string; readonly seq: number; readonly hash: Hex }
  /** HMAC-SHA-256 under the state key: whoever holds only the database cannot open a stream. */
  readonly mac: Hex
}

/** A change of state. `root` and `epoch` are those of the fence it made. */
export interface ChangeEntry extends EntryBody {
  readonly kind: 'change'
  readonly time: string
  readonly actor: string
  readonly action: string
  readonly about: JsonObject
  readonly epoch: number
  readonly halted: boolean
  readonly root: Hex
  /** SHA-256 of each record's canonical body: the bodies themselves hold sealed references and keyed hashes. */
  readonly puts: readonly {
    readonly kind: StateRecord['kind']
    readonly id: string
    readonly version: number
    readonly hash: Hex
  }[]
}

/** A version of a wallet's row: what its latest entry says is what the row must be. Its time is its segment's. */
export interface WalletEntry extends EntryBody {
  readonly kind: 'wallet'
  readonly id: WalletId
  readonly version: number
  readonly user: string
  readonly asset: string
  readonly network: Network
  readonly tier: Tier
  readonly state: WalletState
  readonly address?: string
  readonly key?: KeyId
  /** SHA-256 of the canonical row, without the MAC in its body. */
  readonly hash: Hex
}

/** An administrator accepted that the store is behind its witness. */
export interface GapAcceptedEntry extends EntryBody {
  readonly kind: 'gap-accepted'
  readonly time: string
  readonly actor: string
  readonly reason: string
  /** What did not fit. */
  readonly behind: string
  /** Windows whose period holds this moment count as full until it ends: what they held may be lost. */
  readonly windowsFull: true
}

/** Slashing protection was raised: what each validator may not go below from here on. */
export interface ProtectionEntry extends EntryBody {
  readonly kind: 'protection'
  readonly time: string
  readonly actor: string
  /** `new-key`: a key that came, or came back, without history; `gap`: history may be lost; `thaw`: all was frozen. */
  readonly reason: 'import' | 'watermark' | 'new-key' | 'gap' | 'repair' | 'thaw'
  readonly raises: readonly EntryRaise[]
  /** How many duties joined the history. */
  readonly history?: number
  /** SHA-256 of the interchange file they came from. */
  readonly source?: Hex
}
