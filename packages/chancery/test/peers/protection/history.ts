/** Every duty that was signed or imported, for ever: what a complete database would know (EIP-3076). */
import type { DutyClaim } from '../../../src/core/claim.ts'
import type { SignedDuty } from '../../../src/core/protection.ts'

export type SignedBlock = Extract<SignedDuty, { kind: 'block' }>
export type SignedAttestation = Extract<SignedDuty, { kind: 'attestation' }>

/** The largest of each number; undefined where there is none. */
export interface Last {
  slot?: bigint
  source?: bigint
  target?: bigint
}

export class History {
  readonly #blocks = new Map<string, SignedBlock[]>()
  readonly #attestations = new Map<string, SignedAttestation[]>()
  readonly #last = new Map<string, Last>()

  note(duty: SignedDuty): void {
    const last = this.#last.get(duty.scope) ?? {}
    this.#last.set(duty.scope, last)
    if (duty.kind === 'block') {
      push(this.#blocks, duty)
      last.slot = larger(last.slot, duty.slot)
      return
    }
    push(this.#attestations, duty)
    last.source = larger(last.source, duty.source)
    last.target = larger(last.target, duty.target)
  }

  last(scope: string): Readonly<Last> {
    return this.#last.get(scope) ?? {}
  }

  /** What stands for the same slot or target. */
  beside(claim: DutyClaim): readonly SignedDuty[] {
    if (claim.kind === 'block') return this.blocksOf(claim.scope).filter(({ slot }) => slot === claim.slot)
    return this.attestationsOf(claim.scope).filter(({ target }) => target === claim.target)
  }

  /** Whether this very duty stands, with its root. */
  holds(claim: DutyClaim): boolean {
    return this.beside(claim).some((duty) => isSame(duty, claim))
  }

  /** A double block, a double vote, or a vote that surrounds another or is surrounded. Repeats of a root are none. */
  forbids(claim: DutyClaim): boolean {
    if (this.beside(claim).some(({ root }) => root !== claim.root)) return true
    return claim.kind === 'attestation' && this.attestationsOf(claim.scope).some((other) => surround(other, claim))
  }

  blocksOf(scope: string): readonly SignedBlock[] {
    return this.#blocks.get(scope) ?? []
  }

  attestationsOf(scope: string): readonly SignedAttestation[] {
    return this.#attestations.get(scope) ?? []
  }
}

function push<D extends SignedDuty>(to: Map<string, D[]>, duty: D): void {
  const there = to.get(duty.scope)
  if (there === undefined) to.set(duty.scope, [duty])
  else there.push(duty)
}

function larger(one: bigint | undefined, other: bigint): bigint {
  return one === undefined || other > one ? other : one
}

function isSame(duty: SignedDuty, claim: DutyClaim): boolean {
  if (duty.root !== claim.root) return false
  if (duty.kind === 'block') return claim.kind === 'block' && duty.slot === claim.slot
  return claim.kind === 'attestation' && duty.source === claim.source && duty.target === claim.target
}

type Vote = { readonly source: bigint; readonly target: bigint }

function surround(one: Vote, other: Vote): boolean {
  return (
    (one.source < other.source && one.target > other.target) || (one.source > other.source && one.target < other.target)
  )
}
