/** What there is to know about a network of validators: its genesis, its pace, its forks in their order. */
import type { Hex } from '../../base/bytes.ts'
import { mostUint64 } from '../../base/uint64.ts'
import type { Preset } from './containers/preset.ts'

export const forkNames = ['phase0', 'altair', 'bellatrix', 'capella', 'deneb', 'electra', 'fulu', 'gloas'] as const
export type ForkName = (typeof forkNames)[number]

/** FAR_FUTURE_EPOCH: not decided yet. */
export const farFuture = mostUint64

export interface Fork {
  readonly version: Hex
  readonly epoch: bigint
}

/** Those that exits, registrations and deposits take their versions from; the others as far as the network has them. */
export type Forks = Readonly<Record<'phase0' | 'capella' | 'deneb', Fork>> & Readonly<Partial<Record<ForkName, Fork>>>

export interface NetworkSpec {
  readonly preset: Preset
  readonly genesisValidatorsRoot: Hex
  /** Seconds since 1970. */
  readonly genesisTime: number
  /** Whole milliseconds. */
  readonly slotDuration: number
  readonly forks: Forks
}

/** Whether a fork is in force at an epoch, by the network's schedule. */
export function isAt(fork: Fork | undefined, epoch: bigint): boolean {
  return fork !== undefined && fork.epoch !== farFuture && epoch >= fork.epoch
}
