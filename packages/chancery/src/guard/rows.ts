/** Turns the claims of one attempt into the rows it takes in the store. The store decides; nothing here reads. */
import {
  isDuty,
  type Claim,
  type ClaimRows,
  type DutyClaim,
  type GuardRow,
  type WindowClaim,
  type WindowRow,
} from '../core/claim.ts'
import { Refused } from '../core/errors.ts'
import type { Ceiling } from '../core/protection.ts'
import { dutyRow } from './duty.ts'
import { nonceRow } from './nonce.ts'
import { onceRow } from './once.ts'
import { outpointRow } from './outpoint.ts'
import { windowRow } from './window.ts'

type GuardClaim = Exclude<Claim, WindowClaim | DutyClaim>
type GuardClaimOf = { readonly [K in GuardClaim['kind']]: Extract<GuardClaim, { kind: K }> }

/** One row maker a kind. */
const makers: { readonly [K in GuardClaim['kind']]: (claim: GuardClaimOf[K]) => GuardRow } = {
  nonce: nonceRow,
  once: onceRow,
  outpoint: outpointRow,
}

/**
 * The rows of a list of claims, each row once. Two claims may meet on a row only if they say the same.
 * `ceiling` is the high watermark of the network the duties are of.
 * @throws Refused `invalid-payload` for a claim that is none and for a list that contradicts itself, and what `dutyRow` does
 */
export function claimRows(claims: readonly Claim[], ceiling?: Ceiling): ClaimRows {
  return {
    guards: guardRows(claims.filter(isGuard)),
    windows: windowRows(claims.filter(isWindow)),
    duties: dutyRows(claims.filter(isDuty), ceiling),
  }
}

function isWindow(claim: Claim): claim is WindowClaim {
  return claim.kind === 'window'
}

function isGuard(claim: Claim): claim is GuardClaim {
  return !isWindow(claim) && !isDuty(claim)
}

function guardRows(claims: readonly GuardClaim[]): readonly GuardRow[] {
  const rows = claims.map((claim) => rowOf(claim.kind, claim))
  return once(
    rows,
    ({ kind, scope, item }) => [kind, scope, item],
    (a, b) => a.root === b.root && a.replaces === b.replaces,
    ({ kind, scope, item }) => `${kind} ${item} of ${scope}`,
  )
}

function rowOf<K extends GuardClaim['kind']>(kind: K, claim: GuardClaimOf[K]): GuardRow {
  return makers[kind](claim)
}

function windowRows(claims: readonly WindowClaim[]): readonly WindowRow[] {
  return once(
    claims.map(windowRow),
    ({ scope, period, root }) => [scope, period, root],
    (a, b) => a.amount === b.amount && a.limit === b.limit,
    ({ scope, period }) => `window ${scope} ${period}`,
  )
}

function dutyRows(claims: readonly DutyClaim[], ceiling: Ceiling | undefined): readonly DutyClaim[] {
  return once(
    claims.map((claim) => dutyRow(claim, ceiling)),
    ({ kind, scope }) => [kind, scope],
    () => false,
    ({ kind, scope }) => `${kind} of ${scope}`,
  )
}

function once<T>(
  rows: readonly T[],
  key: (row: T) => readonly string[],
  same: (a: T, b: T) => boolean,
  name: (row: T) => string,
): readonly T[] {
  if (rows.length < 2) return rows
  const found = new Map<string, T>()
  for (const row of rows) {
    const at = JSON.stringify(key(row))
    const earlier = found.get(at)
    if (earlier !== undefined && !same(earlier, row)) {
      throw new Refused('invalid-payload', `The payload uses ${name(row)} for two different things`)
    }
    found.set(at, row)
  }
  return [...found.values()]
}
