/** Accounts that outlive their keys: what a chain builds for them, and what the edge can ask for. */
import type { Json, JsonObject } from '../base/json.ts'
import type { Call } from './call.ts'
import type { KeyRecord } from './key.ts'
import type { Network } from './names.ts'
import type { LedgerAccount, LedgerParameters } from './node.ts'
import type { Rules } from './rules.ts'
import type { Page } from './page.ts'

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
export interface ChainAccounts {
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
