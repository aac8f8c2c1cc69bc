/** What validators say of the chain and its head. https://github.com/ethereum/consensus-specs/blob/master/specs/phase0/validator.md */
import { toHex } from '../../../base/bytes.ts'
import { unsupported } from '../../../core/refusals.ts'
import { attestationData } from '../containers/phase0.ts'
import { isAt } from '../forks.ts'
import { epochOf } from '../networks.ts'
import { container, isRecord } from '../ssz/container.ts'
import { rootOf, uint64, type ValueOf } from '../ssz/form.ts'
import { dutyEffect, readAs, selectionProofEpochs, unwrap, type Duty, type Message, type Reading } from './duty.ts'

export const attestation: Duty = {
  operation: 'sign:attestation',
  fields: ['attestation'],
  ofAnyKey: true,
  schema: attestationData.schema,
  domain: '0x01000000',
  domainRule: 'request',
  urgency: 1,
  epochsAhead: 1,
  read(payload, where) {
    const { value, root } = readAs(attestationData, payload, where)
    const { slot, source, target } = value
    return {
      root,
      slot,
      epoch: target.epoch,
      vote: { source: source.epoch, target: target.epoch },
      effects: [dutyEffect('ATTESTATION')],
      summary: shownVote(value),
    }
  },
}

function shownVote({ slot, index, beacon_block_root, source, target }: ValueOf<typeof attestationData>) {
  return {
    slot: String(slot),
    index: String(index),
    beacon_block_root: toHex(beacon_block_root),
    source: { epoch: String(source.epoch), root: toHex(source.root) },
    target: { epoch: String(target.epoch), root: toHex(target.root) },
  }
}

const slotAlone = container({ slot: uint64 })

export const aggregationSlot: Duty = {
  operation: 'sign:aggregation',
  fields: ['aggregation_slot'],
  ofAnyKey: true,
  schema: slotAlone.schema,
  domain: '0x05000000',
  domainRule: 'request',
  urgency: 0,
  epochsAhead: selectionProofEpochs,
  read(payload, where) {
    const { slot } = slotAlone.read(payload, where)
    return {
      root: rootOf(uint64, slot),
      slot,
      effects: [dutyEffect('AGGREGATION_SLOT')],
      summary: { slot: String(slot) },
    }
  },
}

const epochAlone = container({ epoch: uint64 })

/** Early ones would give away what the chain's randomness will be. */
export const randaoReveal: Duty = {
  operation: 'sign:randao',
  fields: ['randao_reveal'],
  ofAnyKey: true,
  schema: epochAlone.schema,
  domain: '0x02000000',
  domainRule: 'request',
  urgency: 2,
  epochsAhead: 1,
  read(payload, where) {
    const { epoch } = epochAlone.read(payload, where)
    return {
      root: rootOf(uint64, epoch),
      epoch,
      effects: [dutyEffect('RANDAO_REVEAL')],
      summary: { epoch: String(epoch) },
    }
  },
}

/** Both types in both shapes: Teku names the first for every fork, and old clients send the second without a version. */
export function aggregateAndProof(type: string): Duty {
  return {
    operation: 'sign:aggregation',
    fields: ['aggregate_and_proof'],
    schema: {
      type: 'object',
      description: '`{version, data}`, or the data alone: an AggregateAndProof, from Electra on with committee_bits',
    },
    domain: '0x06000000',
    domainRule: 'request',
    urgency: 0,
    epochsAhead: 1,
    read: (payload, where, reading) => readAggregate(type, payload, where, reading),
  }
}

const shapes = new Map<string, 'phase0' | 'electra' | 'gloas'>([
  ...['PHASE0', 'ALTAIR', 'BELLATRIX', 'CAPELLA', 'DENEB'].map((name) => [name, 'phase0'] as const),
  ...['ELECTRA', 'FULU'].map((name) => [name, 'electra'] as const),
  ...['GLOAS', 'HEZE'].map((name) => [name, 'gloas'] as const),
])

function readAggregate(type: string, payload: unknown, where: string, reading: Reading): Message {
  const { version, data, where: inner } = unwrap(payload, where)
  const shape = version === undefined ? guessShape(data, reading) : shapes.get(version)
  if (shape === undefined) throw unsupported(`${where}.version`, version, 'Aggregates of this fork are not known here')
  const form = reading.network.containers.aggregateAndProof[shape]
  const { value, root } = readAs(form, data, inner)
  const { aggregator_index, aggregate } = value
  return {
    root,
    slot: aggregate.data.slot,
    effects: [dutyEffect(type)],
    summary: {
      ...(version !== undefined && { version }),
      aggregator_index: String(aggregator_index),
      ...shownVote(aggregate.data),
      aggregate_and_proof_root: toHex(root),
    },
  }
}

/** Electra and Gloas have the same fields and other roots: the fork in force tells them apart. */
function guessShape(data: unknown, { network, currentVersion }: Reading): 'phase0' | 'electra' | 'gloas' {
  const aggregate = isRecord(data) ? data['aggregate'] : undefined
  if (!isRecord(aggregate) || !Object.hasOwn(aggregate, 'committee_bits')) return 'phase0'
  const { gloas } = network.forks
  if (gloas !== undefined && currentVersion === gloas.version) return 'gloas'
  const inner = aggregate['data']
  const slot = isRecord(inner) ? uint64.read(inner['slot'], 'aggregate_and_proof.aggregate.data.slot') : 0n
  return isAt(gloas, epochOf(network, slot)) ? 'gloas' : 'electra'
}
