/** What a chain means: from a request to an intent, its facts, the bytes to sign, and the finished thing. All pure. */
import type { Hex } from '../base/bytes.ts'
import type { Json, JsonObject } from '../base/json.ts'
import type { Facts } from './facts.ts'
import type { Algorithm, PublicKey } from './key.ts'
import type { ChainId, KeyId, Network, SignOperation } from './names.ts'
import type { LedgerParameters } from './node.ts'
import type { Payload, Signature } from './payload.ts'
import type { Rules } from './rules.ts'

/** What a request says, decoded once and strictly. A chain's own intents add fields that only it reads. */
export interface Intent {
  readonly chain: ChainId
  readonly operation: SignOperation
  /** Absent only for a raw digest, which belongs to no network. */
  readonly network?: Network
  /** What people read and the register keeps: complete, in the chain's own words, amounts as decimal strings. */
  readonly summary: JsonObject
}

/** One thing a chain signs: the member of the request body that carries it, and that member's shape. */
export interface SignSchema {
  readonly operation: SignOperation
  /** `transaction`, `message`, `typedData`, `authorization` or `digest`. */
  readonly field: string
  /** JSON Schema, closed (`additionalProperties: false`). */
  readonly schema: JsonObject
  /** One full value of `schema`, run by a test. */
  readonly example: Json
}

export interface SignRequestBody {
  readonly operation: SignOperation
  readonly network?: Network
  /** The value of the schema's field, of the right shape but not yet believed. */
  readonly value: unknown
  /** The key's public key: a `from` in the value must be its address. */
  readonly publicKey: PublicKey
  /** Accounts besides the key's own address that it signs for without being told to. */
  readonly accounts?: readonly string[]
}

/** What a signed intent looks like: JSON for the caller. `hash` is the chain's own id of a transaction. */
export interface Signed {
  readonly result: JsonObject
  readonly raw?: Uint8Array
  readonly hash?: string
  /** Where a request holds several transactions: each as it was signed, undefined where the key signed none of it. */
  readonly parts?: readonly (Uint8Array | undefined)[]
}

export interface Chain<I extends Intent = Intent> {
  readonly id: ChainId
  readonly algorithms: readonly Algorithm[]
  readonly schemas: readonly SignSchema[]
  /** Networks this instance was configured for. */
  readonly networks: readonly Network[]
  /** @throws Refused with where, got and wanted; an unknown or non-canonical field is refused, never dropped. */
  parse(request: SignRequestBody): I
  facts(intent: I, publicKey: PublicKey): Facts
  payloads(intent: I, key: KeyId): readonly Payload[]
  /** The address of a public key in the chain's one text form. */
  address(publicKey: PublicKey, network?: Network): string
  /** The one text form of an address somebody typed. @throws Refused */
  parseAddress(text: string, where: string): string
  /** The same of what calls are made to, where that is not an address. */
  parseContract?(text: string, where: string): string
  assemble(intent: I, signatures: readonly Signature[]): Signed
  /** Chains whose accounts can be handed to another key. */
  readonly accounts?: Accounts
  readonly sponsoring?: Sponsoring
  /** What people call a network, such as `testnet`; absent: its CAIP-2 reference. */
  networkName?(network: Network): string
  /** How people write its private keys down; absent where a chain has no words. */
  readonly words?: Words
}

/** Wallet transactions to sign, as values of `sign:transaction`, and rules that allow them and nothing beside them. */
export interface Built {
  readonly transactions: Json
  readonly rules: Rules
  /** By which the ledger tells of them. */
  readonly id: string
  readonly lastValid: bigint
}

export interface ToSelf {
  readonly account: string
  readonly network: Network
  readonly parameters: LedgerParameters
  readonly note: string
}

export interface HandOver {
  readonly account: string
  /** Addresses of the keys: the one that signs for the account now, and the one that shall. */
  readonly from: string
  readonly to: string
  readonly network: Network
  readonly parameters: LedgerParameters
}

/** What the service builds itself for an account. All pure. */
export interface Accounts {
  /** For what is signed and never sent, where no node can be asked. @throws Refused `not-configured` */
  unsent(network: Network): LedgerParameters
  /** Pays nothing to itself: the least that proves a key. @throws Refused `denied` for an absurd fee */
  toSelf(about: ToSelf): Built
  /**
   * Changes the key, and proves in the same atomic step that the new one can sign: `byOld` and `byNew` are one group, each
   * with the part of one key to sign. @throws Refused `denied` for an absurd fee
   */
  handOver(about: HandOver): Omit<Built, 'transactions'> & { readonly byOld: Json; readonly byNew: Json }
}

/** What a sponsor pays for, as its operator wrote it down. Everything else is refused. */
export interface SponsorTerms {
  /** The most one group may cost the sponsor, in base units. */
  readonly perGroup: bigint
  /** The most that a sponsor gives to a user beside the fee, so that its account can hold something; 0 for nothing. */
  readonly topUp: bigint
  /** Contracts that may be called, by number, and their methods: signatures or selectors. */
  readonly applications: readonly { readonly id: string; readonly methods: readonly string[] | '*' }[]
  /** Assets that users may move and opt in to, by number. */
  readonly assets: readonly string[]
  /** Whether users may pay each other in the chain's own coin. */
  readonly payments: boolean
  /** Whether a user's account may change its key in the same group. */
  readonly rekeying: boolean
  /** Rounds, at most, that what the sponsor signs stays valid. */
  readonly longestLife: bigint
}

export interface SponsorAsk {
  readonly network: Network
  /** The account that pays, and the address of its key. */
  readonly sponsor: string
  readonly authority: string
  readonly terms: SponsorTerms
  /** A user's transactions as they were sent: not yet believed. */
  readonly value: unknown
  /** What contracts will add, and the group pays for as well. */
  readonly inner: number
  /** Given by the user; absent for what is needed. */
  readonly fee?: bigint
  readonly topUp?: { readonly to: string; readonly amount: bigint }
  /** The least fee and the suggested one, where a node told them. */
  readonly fees: Pick<LedgerParameters, 'minFee' | 'feePerByte'>
  /** The present round, where a node told it: what is signed for a far day would be spent outside of every day's limit. */
  readonly round?: bigint
}

/** A user's group with the one transaction that the sponsor signs. */
export interface SponsoredGroup {
  /** The group's own id, by which it is paid for once. */
  readonly group: Hex
  readonly ids: readonly string[]
  /** The place of the sponsor's transaction. */
  readonly index: number
  /** All of them as they stand, signed or not, but the sponsor's. */
  readonly others: readonly { readonly raw: Uint8Array; readonly signedBy?: string }[]
  /** To sign it, as a value of `sign:transaction`, and what allows it and nothing beside it. */
  readonly transactions: Json
  readonly rules: Rules
  readonly fee: bigint
  readonly topUp: bigint
  /** Who else takes part: whose budgets it counts against. */
  readonly users: readonly string[]
  readonly lastValid: bigint
  /** For a simulation: the whole group, signatures left out where there are none. */
  readonly unsigned: readonly Uint8Array[]
}

/** Paying the fees of others. All pure. */
export interface Sponsoring {
  /** @throws Refused `invalid-payload`, `not-canonical`, `wrong-network`; `denied` for what the terms do not allow */
  prepare(ask: SponsorAsk): SponsoredGroup
  /** The terms as configured, in the chain's one form. @throws RangeError */
  readTerms(terms: SponsorTerms): SponsorTerms
}

/**
 * Private keys as words: 11 bits a word, least significant first, and a checksum word at the end. Only data, because the
 * secret is in words or bytes inside a signer process alone, which loads no chain.
 */
export interface Words {
  /** 2,048 words. */
  readonly list: readonly string[]
  /** What the last word's 11 bits are taken from: the hash of the private key. */
  readonly checksum: 'sha512-256'
}
