/** Random duties of a few validators, close to each other, so that most of them meet something that was there before. */
import type { Hex } from '../../../src/base/bytes.ts'
import type { DutyClaim } from '../../../src/core/claim.ts'
import { protectionScope, type SignedDuty } from '../../../src/core/protection.ts'
import { hash } from '../../contract/store/writer.ts'
import type { History, SignedAttestation } from './history.ts'

export const genesisValidatorsRoot = hash('genesis validators')

export interface Validator {
  readonly publicKey: Hex
  readonly scope: string
  readonly firstSlot: bigint
  readonly firstEpoch: bigint
  /** Whether files come in that contradict what was signed, or themselves. */
  readonly wild: boolean
}

export type Random = () => number

type Vote = readonly [source: bigint, target: bigint]

/** Lodestar counts in doubles, and forgets a block at the last of them. */
const lastSlot = BigInt(Number.MAX_SAFE_INTEGER) - 1n
/** What is chosen from: the newest. */
const recent = 30

/** One in four is wild; one in eight has its slots where doubles end, and its epochs as high as Lodestar finds in time. */
export function validators(count: number): readonly Validator[] {
  return Array.from({ length: count }, (_, i) => {
    const publicKey: Hex = `0x${hash(`validator ${i}`).slice(2)}${hash(`${i}`).slice(2, 34)}`
    const scope = protectionScope(publicKey, genesisValidatorsRoot)
    const [firstSlot, firstEpoch] = i % 8 === 1 ? [lastSlot - 500n, 20_000n] : [0n, 0n]
    return { publicKey, scope, firstSlot, firstEpoch, wild: i % 4 === 0 }
  })
}

export function randomBlock(validator: Validator, history: History, random: Random): DutyClaim {
  const last = history.last(validator.scope).slot ?? validator.firstSlot
  const earlier = pick(history.blocksOf(validator.scope).slice(-recent), random)
  const way = random()
  if (earlier !== undefined && way < 0.15) return block(validator, earlier.slot, earlier.root ?? anyRoot(random))
  if (earlier !== undefined && way < 0.25) return block(validator, earlier.slot, anyRoot(random))
  const slot = within(way < 0.65 ? last + below(3, random) : last - below(6, random), lastSlot)
  return block(validator, slot, rootOf(validator, `block ${slot} ${below(2, random)}`))
}

export function randomAttestation(validator: Validator, history: History, random: Random): DutyClaim {
  const { source, target } = history.last(validator.scope)
  const earlier = pick(history.attestationsOf(validator.scope).slice(-recent), random)
  if (earlier === undefined || source === undefined || target === undefined) {
    return vote(validator, [validator.firstEpoch, validator.firstEpoch + below(2, random)], random)
  }
  const way = random()
  if (way < 0.1) return again(earlier, earlier.root ?? anyRoot(random))
  if (way < 0.15) return again(earlier, anyRoot(random))
  if (way < 0.17) return vote(validator, [earlier.source + below(3, random) - 1n, earlier.target], random, earlier.root)
  return vote(validator, numbersNear([source, target], way, random), random)
}

function numbersNear([source, target]: Vote, way: number, random: Random): Vote {
  if (way < 0.55) return [source + below(3, random), target + 1n + below(3, random)]
  if (way < 0.6) return [target, target]
  const back = source - 3n + below(6, random)
  return way < 0.8 ? [back, back + below(4, random)] : [back, target - 3n + below(6, random)]
}

/** What another program signed with the key: steps forward, and in the wild anything. Sometimes no root is told. */
export function foreignDuties(validator: Validator, history: History, random: Random): readonly SignedDuty[] {
  const count = 1 + Math.floor(random() * 4)
  const duties = validator.wild
    ? Array.from({ length: count }, () => wildDuty(validator, history, random))
    : stepsForward(validator, history, random, count)
  const known = pick([...recentOf(validator, history), undefined, undefined], random)
  return [...duties, ...(known === undefined ? [] : [known])]
    .map((duty) => untold(duty, random))
    .toSorted(() => random() - 0.5)
}

function stepsForward(validator: Validator, history: History, random: Random, count: number): readonly DutyClaim[] {
  const last = history.last(validator.scope)
  let slot = last.slot ?? validator.firstSlot
  let [source, target] = [last.source ?? validator.firstEpoch, last.target ?? validator.firstEpoch]
  return Array.from({ length: count }, () => {
    if (random() < 0.5 && slot < lastSlot) {
      slot = within(slot + 1n + below(2, random), lastSlot)
      return block(validator, slot, anyRoot(random))
    }
    source = within(source + below(2, random), target)
    target += 1n + below(2, random)
    return vote(validator, [source, target], random)
  })
}

function wildDuty(validator: Validator, history: History, random: Random): DutyClaim {
  if (random() < 0.5) return randomBlock(validator, history, random)
  const { target = 0n } = history.last(validator.scope)
  return random() < 0.1
    ? vote(validator, [target + 2n, target + 1n], random)
    : randomAttestation(validator, history, random)
}

function recentOf({ scope }: Validator, history: History): readonly SignedDuty[] {
  return [...history.blocksOf(scope).slice(-2), ...history.attestationsOf(scope).slice(-2)]
}

function untold(duty: SignedDuty, random: Random): SignedDuty {
  if (random() < 0.7) return duty
  const { root: _, ...rest } = duty
  return rest
}

function block({ scope }: Validator, slot: bigint, root: Hex): DutyClaim {
  return { kind: 'block', scope, slot, root }
}

function vote(validator: Validator, numbers: Vote, random: Random, root?: Hex): DutyClaim {
  const [source, target] = [within(numbers[0], lastSlot), within(numbers[1], lastSlot)]
  const own = rootOf(validator, `attestation ${source} ${target} ${below(2, random)}`)
  return { kind: 'attestation', scope: validator.scope, source, target, root: root ?? own }
}

function again({ scope, source, target }: SignedAttestation, root: Hex): DutyClaim {
  return { kind: 'attestation', scope, source, target, root }
}

function rootOf({ publicKey }: Validator, what: string): Hex {
  return hash(`${publicKey} ${what}`)
}

function anyRoot(random: Random): Hex {
  return hash(`${random()}`)
}

function within(number: bigint, most: bigint): bigint {
  if (number < 0n) return 0n
  return number > most ? most : number
}

function below(limit: number, random: Random): bigint {
  return BigInt(Math.floor(random() * limit))
}

export function pick<T>(among: readonly T[], random: Random): T | undefined {
  return among[Math.floor(random() * among.length)]
}
