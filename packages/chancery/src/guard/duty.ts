import { isUint64 } from '../base/uint64.ts'
import type { DutyClaim } from '../core/claim.ts'
import { Refused } from '../core/errors.ts'
import { goesForward, type Ceiling } from '../core/protection.ts'

/** As for windows: PostgreSQL's index rows are bounded. */
const longestScope = 256

/**
 * What a validator claims by a block or an attestation (EIP-3076). What it meets is the store's to judge; what no history
 * could allow is refused here.
 * @throws Refused `invalid-payload` for numbers that are no uint64, `conflicts-with-earlier` for a source above its target
 * and at or above a ceiling
 */
export function dutyRow(claim: DutyClaim, ceiling: Ceiling | undefined): DutyClaim {
  if (claim.scope.length === 0 || claim.scope.length > longestScope) throw wrong('scope', claim.scope)
  if (claim.kind === 'block') {
    requireUint64('slot', claim.slot)
    requireBelow('slot', claim.slot, ceiling?.slot)
    return claim
  }
  const { source, target } = claim
  requireUint64('source epoch', source)
  requireUint64('target epoch', target)
  if (!goesForward(claim)) throw backwards(source, target)
  requireBelow('source epoch', source, ceiling?.epoch)
  requireBelow('target epoch', target, ceiling?.epoch)
  return claim
}

function requireUint64(what: string, value: bigint): void {
  if (!isUint64(value)) throw wrong(what, String(value))
}

function wrong(what: string, got: string): Refused {
  return new Refused('invalid-payload', `The ${what} of a duty is not one`, { where: what, got: got.slice(0, 64) })
}

function backwards(source: bigint, target: bigint): Refused {
  return new Refused('conflicts-with-earlier', 'The source of an attestation lies before its target', {
    where: 'attestation',
    got: `${source} to ${target}`,
    wanted: 'a source epoch below the target epoch',
  })
}

function requireBelow(where: string, got: bigint, ceiling: string | undefined): void {
  if (ceiling === undefined || got < BigInt(ceiling)) return
  throw new Refused('conflicts-with-earlier', `The ${where} is at or above the high watermark`, {
    where,
    got: String(got),
    wanted: `below ${ceiling}`,
    hint: 'An administrator set it; `chancery slashing watermark --remove-high-watermark` takes it away',
  })
}
