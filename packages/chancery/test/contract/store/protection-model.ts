/** Slashing protection in the fewest words, to hold the stores against. */
import type { DutyClaim } from '../../../src/core/claim.ts'
import type {
  LastAttestation,
  LastBlock,
  ProtectionRaise,
  ProtectionRow,
  SignedDuty,
} from '../../../src/core/protection.ts'

export class ProtectionModel {
  readonly rows = new Map<string, ProtectionRow>()
  readonly history: SignedDuty[] = []

  /** Whether a round of these is taken. If it is not, nothing of it is. */
  commit(duties: readonly DutyClaim[], raises: readonly ProtectionRaise[]): boolean {
    const verdicts = duties.map((duty) => verdict(duty, this.rows.get(duty.scope)))
    if (verdicts.includes('refused')) return false
    duties.forEach((duty, n) => verdicts[n] === 'new' && this.#sign(duty))
    for (const raise of raises) this.#raise(raise)
    return true
  }

  #sign(duty: DutyClaim): void {
    const { scope, root } = duty
    const last =
      duty.kind === 'block'
        ? { block: { slot: duty.slot, root } }
        : { attestation: { source: duty.source, target: duty.target, root } }
    this.rows.set(scope, { scope, ...this.rows.get(scope), ...last })
    this.history.push(duty)
  }

  #raise({ scope, block, attestation, history = [] }: ProtectionRaise): void {
    const held = this.rows.get(scope)
    const blocks = [held?.block, block].filter((one) => one !== undefined)
    const attestations = [held?.attestation, attestation].filter((one) => one !== undefined)
    this.rows.set(scope, {
      scope,
      ...(blocks.length > 0 && { block: highestBlock(blocks) }),
      ...(attestations.length > 0 && { attestation: highestAttestation(attestations) }),
    })
    for (const duty of history) this.history.push({ ...duty, scope })
  }
}

function verdict(duty: DutyClaim, held: ProtectionRow | undefined): 'new' | 'again' | 'refused' {
  if (duty.kind === 'block') {
    const { block } = held ?? {}
    if (block === undefined || duty.slot > block.slot) return 'new'
    return duty.slot === block.slot && duty.root === block.root ? 'again' : 'refused'
  }
  const { source, target, root } = duty
  const last = held?.attestation
  if (source > target || (source === target && target !== 0n)) return 'refused'
  if (last && source === last.source && target === last.target && root === last.root) return 'again'
  return last === undefined || (source >= last.source && target > last.target) ? 'new' : 'refused'
}

const highest = (numbers: readonly bigint[]) => numbers.reduce((a, b) => (a > b ? a : b))

function highestBlock(all: readonly LastBlock[]): LastBlock {
  const slot = highest(all.map((one) => one.slot))
  return { slot, ...agreed(all.filter((one) => one.slot === slot)) }
}

function highestAttestation(all: readonly LastAttestation[]): LastAttestation {
  const [source, target] = [highest(all.map((one) => one.source)), highest(all.map((one) => one.target))]
  return { source, target, ...agreed(all.filter((one) => one.source === source && one.target === target)) }
}

function agreed(all: readonly { readonly root?: `0x${string}` }[]) {
  const [first] = all
  return first?.root !== undefined && all.every(({ root }) => root === first.root) ? { root: first.root } : {}
}

export function dutyText(duty: SignedDuty): string {
  const numbers = duty.kind === 'block' ? duty.slot : `${duty.source} ${duty.target}`
  return `${duty.kind} ${duty.scope} ${numbers} ${duty.root}`
}

/** Everything EIP-3076 forbids among what was signed, by name. */
export function slashings(signed: readonly DutyClaim[]): readonly string[] {
  return signed.flatMap((a, at) => signed.slice(at + 1).flatMap((b) => slashing(a, b) ?? []))
}

function slashing(a: DutyClaim, b: DutyClaim): string | undefined {
  if (a.scope !== b.scope) return undefined
  if (a.kind === 'block') return b.kind === 'block' && a.slot === b.slot && a.root !== b.root ? 'two blocks' : undefined
  if (b.kind === 'block') return undefined
  if (a.target === b.target && (a.root !== b.root || a.source !== b.source)) return 'two votes'
  return surrounds(a, b) || surrounds(b, a) ? 'surround' : undefined
}

type Vote = Extract<DutyClaim, { kind: 'attestation' }>

function surrounds(a: Vote, b: Vote): boolean {
  return a.source < b.source && a.target > b.target
}
