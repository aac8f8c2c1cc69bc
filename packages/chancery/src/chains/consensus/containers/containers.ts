/** Every signed shape that differs from preset to preset or from fork to fork. */
import { contributionAndProof } from './altair.ts'
import { wholeBlocks } from './blocks.ts'
import { electraAggregateAndProof } from './electra.ts'
import { executionPayloadEnvelope, gloasAggregateAndProof } from './gloas.ts'
import { aggregateAndProof } from './phase0.ts'
import type { Preset } from './preset.ts'

export type Containers = ReturnType<typeof make>

const made = new Map<Preset, Containers>()

export function containersOf(preset: Preset): Containers {
  const known = made.get(preset)
  if (known !== undefined) return known
  const containers = make(preset)
  made.set(preset, containers)
  return containers
}

function make(preset: Preset) {
  return {
    contributionAndProof: contributionAndProof(preset),
    aggregateAndProof: {
      phase0: aggregateAndProof,
      electra: electraAggregateAndProof(preset),
      gloas: gloasAggregateAndProof(preset),
    },
    executionPayloadEnvelope: executionPayloadEnvelope(preset),
    blocks: wholeBlocks(preset),
  }
}
