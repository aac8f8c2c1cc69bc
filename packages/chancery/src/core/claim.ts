/**
 * What a signature would use up. A list is all or nothing. `scope` is (public key or address, network), never a key id;
 * `root` is the hash of what would be signed: the same root may be signed again, another root may not.
 */
import type { Hex } from '../base/bytes.ts'

export type Claim =
  | { readonly kind: 'block'; readonly scope: string; readonly slot: bigint; readonly root: Hex }
  | {
      readonly kind: 'attestation'
      readonly scope: string
      readonly source: bigint
      readonly target: bigint
      readonly root: Hex
    }
  | {
      readonly kind: 'nonce'
      readonly scope: string
      readonly nonce: bigint
      readonly root: Hex
      readonly replaces?: Hex
    }
  | {
      readonly kind: 'outpoint'
      readonly scope: string
      readonly outpoint: Hex
      readonly root: Hex
      readonly replaces?: Hex
    }
  | { readonly kind: 'once'; readonly scope: string; readonly id: Hex; readonly root: Hex }
  | {
      readonly kind: 'window'
      /** What is counted, and for whom: a policy's name, an asset, an account. */
      readonly scope: string
      /** A calendar period in UTC: `2026-11-21` is a day, `2026-11-21T09` an hour. */
      readonly period: string
      readonly amount: bigint
      readonly limit: bigint
      /** What is counted once, however often it is signed again. */
      readonly root: Hex
    }

/** What a validator may say once: the claims of slashing protection (EIP-3076). `protection.ts` has the rows they meet. */
export type DutyClaim = Extract<Claim, { kind: 'block' | 'attestation' }>

export function isDuty(claim: Claim): claim is DutyClaim {
  return claim.kind === 'block' || claim.kind === 'attestation'
}

export type WindowClaim = Extract<Claim, { kind: 'window' }>

/**
 * One row that a claim takes in the store. `(kind, scope, item)` is the row's key; taking it succeeds when it is free,
 * already holds the same root, or holds exactly `replaces`.
 */
export interface GuardRow {
  readonly kind: Claim['kind']
  readonly scope: string
  readonly item: Hex
  readonly root: Hex
  readonly replaces?: Hex
}

/**
 * What a claim counts in a window, which is a scope in a period. `(scope, period, root)` is the row's key: the same root
 * with the same amount counts once, whenever it comes again; with another amount it is refused. A new one fits when all
 * amounts that count, and its own, are at most `limit`, and the period is the present one by the store's clock.
 */
export type WindowRow = Omit<WindowClaim, 'kind'>

/** Everything a list of claims takes in the store. */
export interface ClaimRows {
  readonly guards: readonly GuardRow[]
  readonly windows: readonly WindowRow[]
  readonly duties: readonly DutyClaim[]
}

/** A duty as its entry names it: slots and epochs in decimal, so that the leaves cover them too. */
export type EntryDuty =
  | { readonly kind: 'block'; readonly scope: string; readonly slot: string; readonly root: Hex }
  | {
      readonly kind: 'attestation'
      readonly scope: string
      readonly source: string
      readonly target: string
      readonly root: Hex
    }

/** How the scope of a duty begins that every public key of its entry has. */
export const eachKey = '*@'

export function entryDuty(claim: DutyClaim): EntryDuty {
  if (claim.kind === 'block') return { ...claim, slot: String(claim.slot) }
  return { ...claim, source: String(claim.source), target: String(claim.target) }
}

/** What an item counts in windows, as its entry names it: amounts in decimal, so that the leaves cover them too. */
export type EntryWindow = {
  readonly scope: string
  readonly period: string
  readonly root: Hex
  readonly amount: string
  readonly limit: string
}

export function entryWindow({ scope, period, root, amount, limit }: WindowRow): EntryWindow {
  return { scope, period, root, amount: String(amount), limit: String(limit) }
}
