/** Turns the claims of one attempt into the rows it takes in the store. The store decides; nothing here reads. */
import type { Claim, ClaimRows, GuardRow, WindowClaim, WindowRow } from '../core/claim.ts'
import { Refused } from '../core/errors.ts'
import { nonceRow } from './nonce.ts'
import { onceRow } from './once.ts'
import { outpointRow } from './outpoint.ts'
import { windowRow } from './window.ts'

type GuardClaim = Exclude<Claim, WindowClaim>
type GuardClaimOf = { readonly [K in GuardClaim['kind']]: Extract<GuardClaim, { kind: K }> }

/** One row maker a kind. A kind that has no guard yet is refused: its claim cannot be checked, so nothing is signed. */
const makers: { readonly [K in GuardClaim['kind']]: (claim: GuardClaimOf[K]) => GuardRow } = {
  nonce: nonceRow,
  once: onceRow,
  outpoint: outpointRow,
  block: refuse,
  attestation: refuse,
}

function refuse(claim: Claim): never {
  throw new Refused('unsupported-payload', `Claims of the kind ${claim.kind} cannot be guarded by this version`, {
    got: claim.kind,
    wanted: 'nonce, once, outpoint or window',
  })
}

/**
 * The rows of a list of claims, each row once. Two claims may meet on a row only if they say the same.
 * @throws Refused `unsupported-payload` for a kind without a guard, `invalid-payload` for a claim that is none and for a list
 * that contradicts itself.
 */
export function claimRows(claims: readonly Claim[]): ClaimRows {
  return { guards: guardRows(claims.filter(isGuard)), windows: windowRows(claims.filter(isWindow)) }
}

function isWindow(claim: Claim): claim is WindowClaim {
  return claim.kind === 'window'
}

function isGuard(claim: Claim): claim is GuardClaim {
  return !isWindow(claim)
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

function once<T>(
  rows: readonly T[],
  key: (row: T) => readonly string[],
  same: (a: T, b: T) => boolean,
  name: (row: T) => string,
): readonly T[] {
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
