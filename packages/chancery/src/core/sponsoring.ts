/** Fees paid for others: what a sponsor gives, what a chain makes of it, and what the edge can ask for. */
import type { Hex } from '../base/bytes.ts'
import type { Json } from '../base/json.ts'
import type { Call } from './call.ts'
import type { ChainId, KeyId, Network } from './names.ts'
import type { LedgerParameters } from './node.ts'
import type { Rules } from './rules.ts'

/** Who pays whose fees, as its operator wrote it down: what is not named is not paid for. */
export interface Sponsor {
  /** Alias of the key, so that a rotation changes nothing here. */
  readonly key: string
  /** The address it pays from, and from no other that the key may come to sign for. */
  readonly account?: string
  readonly network: Network
  readonly terms: SponsorTerms
  /** The most that groups a user takes part in may cost in a day (UTC), in base units. */
  readonly perSenderDay: bigint
  /** The most that all groups may cost in a day. */
  readonly perDay: bigint
  readonly groupsPerSenderDay: number
  /** Nothing is paid for while the sponsor has less. */
  readonly minimumBalance: bigint
  /** Whether a group is run on a node before it is signed. */
  readonly simulate: boolean
  /** Whether the sponsor signs last: then nobody uses up the day of somebody who knows nothing of it. */
  readonly signedOnly: boolean
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
export interface ChainSponsoring {
  /** @throws Refused `invalid-payload`, `not-canonical`, `wrong-network`; `denied` for what the terms do not allow */
  prepare(ask: SponsorAsk): SponsoredGroup
  /** The terms as configured, in the chain's one form. @throws RangeError */
  readTerms(terms: SponsorTerms): SponsorTerms
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
