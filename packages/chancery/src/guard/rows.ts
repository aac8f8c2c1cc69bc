/** Turns the claims of one attempt into the rows it takes in the store. The store decides; nothing here reads. */
import type { Claim, GuardRow } from '../core/claim.ts'
import { Refused } from '../core/errors.ts'
import { nonceRow } from './nonce.ts'
import { onceRow } from './once.ts'
import { outpointRow } from './outpoint.ts'

type ClaimOf = { readonly [K in Claim['kind']]: Extract<Claim, { kind: K }> }

/** One row maker a kind. A kind that has no guard yet is refused: its claim cannot be checked, so nothing is signed. */
const makers: { readonly [K in Claim['kind']]: (claim: ClaimOf[K]) => GuardRow } = {
  nonce: nonceRow,
  once: onceRow,
  outpoint: outpointRow,
  block: refuse,
  attestation: refuse,
  window: refuse,
}

function refuse(claim: Claim): never {
  throw new Refused('unsupported-payload', `Claims of the kind ${claim.kind} cannot be guarded by this version`, {
    got: claim.kind,
    wanted: 'nonce, once or outpoint',
  })
}

/**
 * The rows of a list of claims, each row once. Two claims may meet on a row only if they say the same.
 * @throws Refused `unsupported-payload` for a kind without a guard, `invalid-payload` for a list that contradicts itself.
 */
export function guardRows(claims: readonly Claim[]): readonly GuardRow[] {
  const rows = new Map<string, GuardRow>()
  for (const claim of claims) {
    const row = rowOf(claim.kind, claim)
    const name = JSON.stringify([row.kind, row.scope, row.item])
    const earlier = rows.get(name)
    if (earlier !== undefined && !same(earlier, row)) throw contradiction(row)
    rows.set(name, row)
  }
  return [...rows.values()]
}

function rowOf<K extends Claim['kind']>(kind: K, claim: ClaimOf[K]): GuardRow {
  return makers[kind](claim)
}

function same(a: GuardRow, b: GuardRow): boolean {
  return a.root === b.root && a.replaces === b.replaces
}

function contradiction({ kind, scope, item }: GuardRow): Refused {
  return new Refused('invalid-payload', `The payload uses ${kind} ${item} of ${scope} for two different things`)
}
