/** Proposals: a header, whose root is the block's, or a whole block. */
import { toHex } from '../../../base/bytes.ts'
import type { Effect } from '../../../core/facts.ts'
import { invalid, unsupported } from '../../../core/refusals.ts'
import type { Header } from '../containers/blocks.ts'
import { beaconBlockHeader } from '../containers/phase0.ts'
import { isRecord, stranger } from '../ssz/container.ts'
import { rootOf } from '../ssz/form.ts'
import { dutyEffect, readVersion, shownFields, type Duty, type Message, type Reading } from './duty.ts'
import { provenFeeRecipient } from './proofs.ts'

const common = {
  operation: 'sign:block',
  domain: '0x00000000',
  domainRule: 'request',
  urgency: 2,
  epochsAhead: 1,
} as const

/** The deprecated form: a block of phase 0 without its version. */
export const block: Duty = {
  ...common,
  fields: ['block'],
  schema: { type: 'object', description: 'a BeaconBlock of phase 0' },
  read: (payload, where, reading) => readWhole('BLOCK', 'PHASE0', payload, where, reading),
}

export const blockV2: Duty = {
  ...common,
  fields: ['beacon_block'],
  schema: {
    type: 'object',
    additionalProperties: false,
    properties: {
      version: { type: 'string', description: 'the fork, such as FULU' },
      block_header: beaconBlockHeader.schema,
      block: { type: 'object', description: 'a BeaconBlock of that fork, in place of its header' },
    },
    required: ['version'],
  },
  read(payload, where, reading) {
    if (!isRecord(payload)) throw invalid(where, payload, 'an object')
    const odd = Object.keys(payload).find((name) => !['version', 'block', 'block_header'].includes(name))
    if (odd !== undefined) throw stranger(where, odd, ['version', 'block', 'block_header'])
    const { version, block: whole, block_header: header } = payload
    const named = readVersion(version, `${where}.version`)
    if ((whole === undefined) === (header === undefined)) {
      throw invalid(where, Object.keys(payload).join(', '), 'either block or block_header beside the version')
    }
    if (header !== undefined) return readHeader(named, header, `${where}.block_header`, reading)
    return readWhole('BLOCK_V2', named, whole, `${where}.block`, reading)
  },
}

/** Its shape is the same in every fork, so a fork this build has never heard of is signed too. */
function readHeader(version: string, payload: unknown, where: string, { body }: Reading): Message {
  const header = beaconBlockHeader.read(payload, where)
  const to = provenFeeRecipient(body['proofs'], version, header.body_root)
  return proposal('BLOCK_V2', version, header, [{ kind: 'earnings', ...(to !== undefined && { to }) }])
}

function readWhole(type: string, version: string, payload: unknown, where: string, reading: Reading): Message {
  const known = reading.network.containers.blocks.get(version)
  if (known === undefined)
    throw unsupported(where, version, 'Whole blocks of this fork are not known here: send the header')
  const { header, feeRecipient } = known.read(payload, where)
  return proposal(
    type,
    version,
    header,
    feeRecipient === undefined ? [] : [{ kind: 'earnings', to: toHex(feeRecipient) }],
  )
}

function proposal(type: string, version: string, header: Header, earnings: readonly Effect[]): Message {
  return {
    root: rootOf(beaconBlockHeader, header),
    slot: header.slot,
    effects: [dutyEffect(type), ...earnings],
    summary: { version, ...shownFields(header) },
  }
}
