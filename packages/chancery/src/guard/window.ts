import type { WindowClaim, WindowRow } from '../core/claim.ts'
import { Refused } from '../core/errors.ts'
import { periodOf } from '../core/period.ts'

/** uint256, the largest amount any chain holds. */
const largest = (1n << 256n) - 1n

/** A row of PostgreSQL's index holds 2,704 bytes; a scope beyond it would fail its whole round. */
const longestScope = 256

/**
 * What counts against a limit in a calendar period.
 * @throws Refused `invalid-payload` for an amount or limit below zero or beyond uint256, for a period that is no day and no
 * hour, and for a scope that is empty or longer than 256 characters.
 */
export function windowRow({ scope, period, amount, limit, root }: WindowClaim): WindowRow {
  requireAmount('amount', amount)
  requireAmount('limit', limit)
  if (periodOf(period) === undefined) throw wrong('period', period, '2026-11-21 or 2026-11-21T09')
  if (scope.length === 0 || scope.length > longestScope) {
    throw wrong('scope', `${scope.length} characters`, `1 to ${longestScope}`)
  }
  return { scope, period, root, amount, limit }
}

function requireAmount(what: string, amount: bigint): void {
  if (amount < 0n || amount > largest) throw wrong(what, String(amount), '0 to 2^256-1')
}

function wrong(what: string, got: string, wanted: string): Refused {
  return new Refused('invalid-payload', `The ${what} of a window is not one`, { where: `window.${what}`, got, wanted })
}
