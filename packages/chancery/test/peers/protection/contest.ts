/** Lodestar's protection and ours side by side, told and asked the same, with every difference accounted for. */
import type { Hex } from '../../../src/base/bytes.ts'
import type { DutyClaim } from '../../../src/core/claim.ts'
import type { ProtectionRow, SignedDuty } from '../../../src/core/protection.ts'
import type { Interchange, InterchangeValidator } from '../../../src/core/validators.ts'
import type { LodestarPeer } from '../lodestar/peer.ts'
import type { LodestarDuty } from '../lodestar/protocol.ts'
import {
  foreignDuties,
  genesisValidatorsRoot,
  pick,
  randomAttestation,
  randomBlock,
  type Random,
  type Validator,
} from './duties.ts'
import { History } from './history.ts'
import type { OurProtection } from './ours.ts'
import { mayBeLaxer, whyStricter, type Stricter } from './why.ts'

export interface Contestants {
  readonly lodestar: LodestarPeer
  readonly ours: OurProtection
  readonly random: Random
}

/** How often requests and files take turns: a file names a few validators, after so many rounds of one request each. */
const roundsPerFile = 6
const validatorsPerFile = 4

export class Contest {
  readonly #lodestar: LodestarPeer
  readonly #random: Random
  readonly #history = new History()
  readonly #counts = new Map<string, number>()
  #ours: OurProtection
  /** Every difference that no rule accounts for. */
  readonly unexplained: string[] = []
  /** Validators in the middle of whose file Lodestar stopped. */
  readonly stopped = new Set<Hex>()

  constructor({ lodestar, ours, random }: Contestants) {
    this.#lodestar = lodestar
    this.#ours = ours
    this.#random = random
  }

  async run(among: readonly Validator[], requests: number): Promise<void> {
    let asked = 0
    for (let round = 0; asked < requests; round++) {
      asked += await this.#ask(among)
      if (round % roundsPerFile === 0) await this.#tell(among)
    }
  }

  /** Both start again with nothing but the other's export. */
  async exchange(theirs: Interchange, publicKeys: readonly Hex[], next: OurProtection): Promise<void> {
    const { data } = await this.#ours.export()
    await this.#lodestar.ask('forget', {})
    for (const entry of data) {
      if (publicKeys.includes(entry.pubkey)) await this.#tellLodestar(entry.pubkey, entry)
    }
    await this.close()
    this.#ours = next
    await next.import(theirs)
  }

  report(): string {
    const lines = [...this.#counts].map(([what, times]) => `${String(times).padStart(7)} ${what}`)
    return lines.toSorted().join('\n')
  }

  close(): Promise<void> {
    return this.#ours.close()
  }

  /** One block and one vote of each. @returns how many requests it were */
  async #ask(among: readonly Validator[]): Promise<number> {
    const asked = among.flatMap((validator) => [
      { validator, claim: randomBlock(validator, this.#history, this.#random) },
      { validator, claim: randomAttestation(validator, this.#history, this.#random) },
    ])
    const duties = asked.map(({ validator, claim }) => dutyOf(validator.publicKey, claim))
    const [{ verdicts }, held] = await Promise.all([
      this.#lodestar.ask('judge', { duties }),
      this.#ours.judge(asked.map(({ claim }) => claim)),
    ])
    const learned = asked.flatMap(({ validator, claim }, i) =>
      this.#compare(validator, claim, verdicts[i] ?? null, held[i]) ? [claim] : [],
    )
    await this.#ours.learn(learned)
    return asked.length
  }

  /** Whether Lodestar took what ours did not: then ours is told, so that both go on from one history. */
  #compare(validator: Validator, claim: DutyClaim, verdict: string | null, held: ProtectionRow | undefined): boolean {
    if (verdict !== null) {
      if (held === undefined) this.#explainLaxer(claim, verdict)
      else this.#count(`both refuse: ${verdict}`)
      return false
    }
    const why = held && this.#explainStricter(validator, claim, held)
    if (held === undefined) this.#count('both take it')
    // Lodestar looks at the root alone, and did not note these numbers.
    if (why === 'a root that was signed for other numbers') return false
    if (!this.#history.holds(claim)) this.#history.note(claim)
    return held !== undefined
  }

  #explainLaxer(claim: DutyClaim, verdict: string): void {
    if (mayBeLaxer(claim, verdict, this.#history))
      this.#count('ours repeats, bit for bit, what a file hid from Lodestar')
    else this.unexplained.push(`laxer than ${verdict}: ${told(claim)}`)
  }

  #explainStricter({ publicKey, wild }: Validator, claim: DutyClaim, held: ProtectionRow): Stricter | undefined {
    const why = whyStricter(claim, held, this.#history, wild || this.stopped.has(publicKey))
    if (why === undefined) this.unexplained.push(`stricter without a rule: ${told(claim)} against ${told(held)}`)
    else this.#count(`ours is the stricter: ${why}`)
    return why
  }

  /** Lodestar gets a file for each, so that one it stops in the middle of does not keep the others from it. */
  async #tell(among: readonly Validator[]): Promise<void> {
    const chosen = new Set(Array.from({ length: validatorsPerFile }, () => pick(among, this.#random)))
    const said = [...chosen].flatMap((one) =>
      one === undefined ? [] : [{ ...one, duties: foreignDuties(one, this.#history, this.#random) }],
    )
    const entries = said.map(({ publicKey, duties }) => entryOf(publicKey, duties))
    await this.#ours.import(interchangeOf(entries))
    for (const entry of entries) await this.#tellLodestar(entry.pubkey, entry)
    for (const duty of said.flatMap(({ duties }) => duties)) this.#history.note(duty)
  }

  async #tellLodestar(publicKey: Hex, entry: InterchangeValidator): Promise<void> {
    const asked = { interchange: interchangeOf([entry]), genesisValidatorsRoot }
    const { stopped } = await this.#lodestar.ask('import', asked)
    this.#count(stopped === null ? 'file taken' : `file in which Lodestar stopped: ${stopped}`)
    if (stopped !== null) this.stopped.add(publicKey)
  }

  #count(what: string): void {
    this.#counts.set(what, (this.#counts.get(what) ?? 0) + 1)
  }
}

export function dutyOf(publicKey: Hex, claim: DutyClaim): LodestarDuty {
  const { root } = claim
  if (claim.kind === 'block') return { kind: 'block', publicKey, root, slot: String(claim.slot) }
  return { kind: 'attestation', publicKey, root, source: String(claim.source), target: String(claim.target) }
}

export function interchangeOf(data: readonly InterchangeValidator[]): Interchange {
  return {
    metadata: { interchange_format_version: '5', genesis_validators_root: genesisValidatorsRoot },
    data,
  }
}

function entryOf(pubkey: Hex, duties: readonly SignedDuty[]): InterchangeValidator {
  const blocks = duties.filter((duty) => duty.kind === 'block')
  const attestations = duties.filter((duty) => duty.kind === 'attestation')
  return {
    pubkey,
    signed_blocks: blocks.map(({ slot, root }) => ({ slot: String(slot), ...signingRoot(root) })),
    signed_attestations: attestations.map(({ source, target, root }) => ({
      source_epoch: String(source),
      target_epoch: String(target),
      ...signingRoot(root),
    })),
  }
}

function signingRoot(root: Hex | undefined): { readonly signing_root?: Hex } {
  return root === undefined ? {} : { signing_root: root }
}

function told(what: object): string {
  return JSON.stringify(what, (_, value: unknown) => (typeof value === 'bigint' ? String(value) : value))
}
