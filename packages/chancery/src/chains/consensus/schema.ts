/** What can be sent, as closed JSON Schemas with a full example each. The readers check it all again and more. */
import type { Json, JsonObject } from '../../base/json.ts'
import type { SignSchema } from '../../core/chain.ts'
import { forkInfo } from './containers/phase0.ts'
import { duties } from './duties/duties.ts'
import { dutyOf, readBody } from './envelope.ts'
import { bytes } from './ssz/form.ts'

const root: JsonObject = {
  ...bytes(32).schema,
  description: 'the signing root, 0x and 64 hex digits: compared with the one computed here',
}

const payloads = Object.fromEntries(
  [...duties].flatMap(([type, { fields, schema }]) =>
    fields.map((field): [string, JsonObject] => [field, { description: `with ${type}`, ...schema }]),
  ),
)

const duty: JsonObject = {
  type: 'object',
  description: 'A body of the Remote Signing API: the type, its one payload, and fork_info where the type has one',
  additionalProperties: false,
  properties: {
    type: { type: 'string', description: `in either case: ${[...duties.keys()].join(', ')}` },
    fork_info: forkInfo.schema,
    signing_root: root,
    signingRoot: root,
    proofs: {
      type: 'array',
      maxItems: 32,
      items: { type: 'object' },
      description: 'Merkle proofs of fields of the body, with BLOCK_V2',
    },
    ...payloads,
  },
  required: ['type'],
}

const dutyExample: Json = {
  type: 'ATTESTATION',
  fork_info: {
    fork: { previous_version: '0x05000000', current_version: '0x06000000', epoch: '411392' },
    genesis_validators_root: '0x4b363db94e286120d76eb905340fdd4e54bfe9f06bf33ff6cf5ad27f511bfe95',
  },
  attestation: {
    slot: '13200001',
    index: '0',
    beacon_block_root: '0x5f3c1e4c6dd6c6f5c3f0a3f3f1e1d0c9b8a7968574635241302f1e0d0c0b0a09',
    source: { epoch: '412499', root: '0x1111111111111111111111111111111111111111111111111111111111111111' },
    target: { epoch: '412500', root: '0x2222222222222222222222222222222222222222222222222222222222222222' },
  },
}

export const schemas: readonly SignSchema[] = [
  {
    operation: 'sign:attestation',
    field: 'duty',
    schema: duty,
    operationOf: (value) => dutyOf(readBody(value)).duty.operation,
    example: dutyExample,
  },
  {
    operation: 'sign:opaque-root',
    field: 'root',
    schema: {
      ...bytes(32).schema,
      description: '0x and 64 hex digits; signed as they are, by opaque keys only, and without a network',
    },
    example: '0x4a5c5d454721bbbb25540c3317521e71c373ae36458f960d2ad46ef088110e95',
  },
]
