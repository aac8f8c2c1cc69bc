/** Accounts that outlive their keys: what a chain builds for them. */
import type { Json } from '../base/json.ts'
import type { Network } from './names.ts'
import type { LedgerParameters } from './node.ts'
import type { Rules } from './rules.ts'

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
