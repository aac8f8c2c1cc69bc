/**
 * What duties and raises make of a row of slashing protection, in whatever order they are read: between streams there is
 * none. Numbers are the largest of all. A root stays where all that have exactly these numbers agree on it.
 */
import { sameHex, type Hex } from '../base/bytes.ts'
import type { EntryDuty } from '../core/claim.ts'
import type { EntryRaise, LastAttestation, LastBlock, ProtectionRow } from '../core/protection.ts'

/** What one entry did to a row. */
export interface Step extends ProtectionRow {
  /** Taken by a duty, so that it was above all that came before; else by a raise. */
  readonly duty: boolean
}

export function stepOfDuty(duty: EntryDuty): Step {
  const { scope, root } = duty
  return duty.kind === 'block'
    ? { scope, duty: true, block: { slot: BigInt(duty.slot), root } }
    : { scope, duty: true, attestation: { source: BigInt(duty.source), target: BigInt(duty.target), root } }
}

export function stepOfRaise(raise: EntryRaise): Step {
  return { ...rowOfRaise(raise), duty: false }
}

/** The row that an `EntryRaise` names. */
export function rowOfRaise({ scope, block, attestation }: EntryRaise): ProtectionRow {
  return {
    scope,
    ...(block && { block: { ...block, slot: BigInt(block.slot) } }),
    ...(attestation && {
      attestation: { ...attestation, source: BigInt(attestation.source), target: BigInt(attestation.target) },
    }),
  }
}

interface Votes extends LastAttestation {
  /** Whether any step had exactly these numbers, and whether a duty had. */
  readonly exact: boolean
  readonly duty: boolean
  /** The largest numbers of the steps that did not have exactly these. */
  readonly others: Pick<LastAttestation, 'source' | 'target'>
}

/** Immutable: a fold of what is settled serves as the beginning of others. */
export interface Fold {
  readonly block?: LastBlock
  readonly votes?: Votes
}

export function folded({ block, votes }: Fold, step: Step): Fold {
  const [nextBlock, nextVotes] = [blockAfter(block, step.block), votesAfter(votes, step)]
  return { ...(nextBlock && { block: nextBlock }), ...(nextVotes && { votes: nextVotes }) }
}

function blockAfter(held: LastBlock | undefined, next: LastBlock | undefined): LastBlock | undefined {
  if (next === undefined || (held !== undefined && held.slot > next.slot)) return held
  return held?.slot === next.slot ? { slot: next.slot, ...agreed(held.root, next.root) } : next
}

function agreed(a: Hex | undefined, b: Hex | undefined): { readonly root?: Hex } {
  return a !== undefined && sameHex(a, b) ? { root: a } : {}
}

const nowhere = { source: -1n, target: -1n }

function votesAfter(held: Votes | undefined, { attestation: next, duty }: Step): Votes | undefined {
  if (next === undefined) return held
  const top = largest(held ?? nowhere, next)
  const moved = held === undefined || !isSame(top, held)
  // Whatever was exact before the numbers moved made up a part of them at most.
  const before = moved ? { exact: false, duty: false, others: pair(held ?? nowhere) } : held
  if (!isSame(top, next)) return { ...top, ...rest(before), others: largest(before.others, next) }
  const root = before.exact ? agreed(moved ? undefined : held?.root, next.root) : rootOf(next)
  return { ...top, ...root, exact: true, duty: before.duty || duty, others: before.others }
}

function rest({ exact, duty, root }: Partial<LastAttestation> & Pick<Votes, 'exact' | 'duty'>) {
  return { exact, duty, ...(root !== undefined && { root }) }
}

function rootOf({ root }: { readonly root?: Hex }): { readonly root?: Hex } {
  return root === undefined ? {} : { root }
}

type Pair = Pick<LastAttestation, 'source' | 'target'>

const pair = ({ source, target }: Pair): Pair => ({ source, target })

function largest(a: Pair, b: Pair): Pair {
  return { source: a.source > b.source ? a.source : b.source, target: a.target > b.target ? a.target : b.target }
}

function isSame(a: Pair, b: Pair): boolean {
  return a.source === b.source && a.target === b.target
}

/**
 * Whether the row may be without the root its numbers agree on: raises that make up the numbers between them, and came
 * before the one that has them, leave none.
 */
export function mayLackRoot(votes: Votes): boolean {
  return !votes.duty && isSame(votes, votes.others)
}
