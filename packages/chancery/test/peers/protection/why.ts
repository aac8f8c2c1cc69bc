/** Where our verdict differs from that of a complete database that somebody else keeps: the rule that says why. */
import type { DutyClaim } from '../../../src/core/claim.ts'
import type { ProtectionRow } from '../../../src/core/protection.ts'
import type { History } from './history.ts'

export type Stricter =
  | 'a repeat of what is not the last any more'
  | 'a repeat where another root is known for the same number'
  | 'a root that was signed for other numbers'
  | 'source equals target'
  | 'slashable by a history that Lodestar lost'
  | 'a slot below the last, that was not used'
  | 'a target below the last, that was not used'

/**
 * Why ours refused what Lodestar took; undefined where no rule says so. `held` is the row it met.
 * @param lost whether Lodestar stopped in the middle of a file about the validator, or let it replace what was signed
 */
export function whyStricter(
  claim: DutyClaim,
  held: ProtectionRow,
  history: History,
  lost: boolean,
): Stricter | undefined {
  const known = history.holds(claim)
  if (!known && history.beside(claim).some(({ root }) => root === claim.root)) {
    return 'a root that was signed for other numbers'
  }
  if (isFromAnEpochToItself(claim)) return 'source equals target'
  if (known) return whyNotAgain(claim, held, history)
  if (history.forbids(claim)) return lost ? 'slashable by a history that Lodestar lost' : undefined
  return whyBelow(claim, held)
}

/** Genesis is the only epoch that is justified from itself. */
function isFromAnEpochToItself(claim: DutyClaim): boolean {
  return claim.kind === 'attestation' && claim.source === claim.target && claim.target !== 0n
}

function whyNotAgain(claim: DutyClaim, held: ProtectionRow, history: History): Stricter | undefined {
  if (history.beside(claim).some(({ root }) => root !== claim.root)) {
    return 'a repeat where another root is known for the same number'
  }
  return isLast(claim, held) ? undefined : 'a repeat of what is not the last any more'
}

function isLast(claim: DutyClaim, { block, attestation }: ProtectionRow): boolean {
  if (claim.kind === 'block') return claim.slot === block?.slot
  return claim.source === attestation?.source && claim.target === attestation.target
}

/** A source below the last with a target above it surrounds the vote that source is of: the history forbids it. */
function whyBelow(claim: DutyClaim, { block, attestation }: ProtectionRow): Stricter | undefined {
  if (claim.kind === 'block') {
    return block !== undefined && claim.slot < block.slot ? 'a slot below the last, that was not used' : undefined
  }
  const isBelow = attestation !== undefined && claim.target < attestation.target
  return isBelow ? 'a target below the last, that was not used' : undefined
}

/**
 * Whether ours may take what Lodestar refused: only what was signed before, bit for bit, where a file named another vote for
 * the same target. Lodestar keeps one vote a target, the one it was told last; EIP-3076 allows the repeat.
 */
export function mayBeLaxer(claim: DutyClaim, verdict: string, history: History): boolean {
  return verdict === 'ERR_INVALID_ATTESTATION_DOUBLE_VOTE' && history.holds(claim)
}
