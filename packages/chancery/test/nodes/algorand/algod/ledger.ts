/** What the test server needs from a ledger. One is in memory and small; one runs on a third party's runtime. */
import type { Transaction, SignedTransaction } from 'algosdk'

/** A transaction of a group whose form and signature were looked at. */
export interface Entry {
  readonly id: string
  readonly bytes: Uint8Array
  readonly signed: SignedTransaction
  readonly transaction: Transaction
  /** Whose key signed it; absent where a simulation goes without. */
  readonly authoriser?: string
}

export interface Account {
  readonly balance: bigint
  readonly minimum: bigint
  readonly authority?: string
  readonly assetsHeld: number
  readonly assetsMade: number
  readonly appsMade: number
}

export interface Ledger {
  readonly name: string
  account(address: string): Account
  controlledBy(address: string): readonly string[]
  /** Units of an asset; undefined for who has not opted in. */
  holding(address: string, asset: bigint): bigint | undefined
  fund(address: string, amount: bigint): void
  /** Makes an asset whose units are all its creator's. */
  makeAsset(creator: string, total: bigint): bigint
  /** Makes an application that approves every call and adds `inner` transactions to it. @throws LedgerRefusal */
  makeApplication(creator: string, inner: number): bigint
  /**
   * All transactions in order, or none of them.
   * @returns how many transactions each one added
   * @throws LedgerRefusal in algod's words
   */
  apply(group: readonly Entry[], round: bigint): readonly number[]
  /** @returns what puts the ledger back to where it is now */
  save(): () => void
}

/** The ledger does not take it: status 400, with words as algod has them. */
export class LedgerRefusal extends Error {
  override readonly name = 'LedgerRefusal'

  constructor(words: string, at?: number) {
    super(words)
    if (at !== undefined) this.at = at
  }

  /** The place in the group of the transaction that failed. */
  readonly at?: number
}

export const minFee = 1_000n
