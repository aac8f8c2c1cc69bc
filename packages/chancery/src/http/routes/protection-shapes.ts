/** What the routes of slashing protection take and give. */
import { Type, type Static } from 'typebox'
import type { JsonObject } from '../../base/json.ts'
import { publicKeyIn, type ProtectionRow } from '../../core/protection.ts'
import type { Interchange } from '../../core/validators.ts'
import { genesisValidatorsRootExample, publicKeyExample } from '../compat/eth2/shapes.ts'
import { largeList } from '../route.ts'
import * as s from '../schemas.ts'

const typedKey = '(?:0x)?[0-9a-fA-F]{96}'
/** Several, with commas between. */
export const keyListPattern = `^${typedKey}(?:,${typedKey}){0,99}$`
export const publicKey = Type.String({
  pattern: `^${typedKey}$`,
  description: 'the public key of a validator, with or without 0x',
})
export const publicKeys = Type.Array(publicKey, { maxItems: largeList, description: 'left out: all of the network' })
export const network = { ...s.network, description: 'left out where there is one validator network' }
export const forced = Type.Boolean({
  description: 'beyond the clock and its next epoch too: nothing of it can be taken back',
})
export const root = Type.Unsafe<`0x${string}`>({ type: 'string', pattern: '^0x[0-9a-f]{64}$', description: '32 bytes' })

export const interchange = Type.Unsafe<JsonObject>({
  type: 'object',
  description: 'an EIP-3076 interchange of version 5, or some of the validators of one',
})

const signedRoot = { signing_root: Type.Optional(root) }
export const exported = s.named(
  'Interchange',
  Type.Object(
    {
      metadata: Type.Object({ interchange_format_version: s.oneOf(['5']), genesis_validators_root: root }, s.closed),
      data: Type.Array(
        Type.Object(
          {
            pubkey: Type.String(),
            signed_blocks: Type.Array(Type.Object({ slot: s.uint64, ...signedRoot }, s.closed)),
            signed_attestations: Type.Array(
              Type.Object({ source_epoch: s.uint64, target_epoch: s.uint64, ...signedRoot }, s.closed),
            ),
          },
          s.closed,
        ),
      ),
    },
    { ...s.closed, description: 'EIP-3076, version 5' },
  ),
)

export const result = s.named(
  'InterchangeResult',
  Type.Object(
    {
      publicKey: Type.String({ description: 'or where it stands in the file, when it has none' }),
      status: s.oneOf(['imported', 'error']),
      message: Type.Optional(Type.String()),
      blocks: Type.Integer(),
      attestations: Type.Integer(),
    },
    s.closed,
  ),
)

export const row = s.named(
  'ProtectionRow',
  Type.Object(
    {
      publicKey: Type.String(),
      slot: Type.Optional(s.uint64),
      sourceEpoch: Type.Optional(s.uint64),
      targetEpoch: Type.Optional(s.uint64),
    },
    { ...s.closed, description: 'what a validator may not go below' },
  ),
)

export const duty = Type.Union([
  Type.Object({ kind: s.oneOf(['block']), slot: s.uint64, root: Type.Optional(root) }, s.closed),
  Type.Object(
    { kind: s.oneOf(['attestation']), source: s.uint64, target: s.uint64, root: Type.Optional(root) },
    s.closed,
  ),
])

export function dutyOf(asked: Static<typeof duty>) {
  const { root: signed } = asked
  const same = signed === undefined ? {} : { root: signed }
  if ('slot' in asked) return { kind: 'block', slot: BigInt(asked.slot), ...same } as const
  return { kind: 'attestation', source: BigInt(asked.source), target: BigInt(asked.target), ...same } as const
}

export function rowView({ scope, block, attestation }: ProtectionRow) {
  return {
    publicKey: publicKeyIn(scope),
    ...(block && { slot: String(block.slot) }),
    ...(attestation && { sourceEpoch: String(attestation.source), targetEpoch: String(attestation.target) }),
  }
}

export const interchangeExample: Interchange = {
  metadata: { interchange_format_version: '5', genesis_validators_root: genesisValidatorsRootExample },
  data: [{ pubkey: publicKeyExample, signed_blocks: [{ slot: '81952' }], signed_attestations: [] }],
}
