/** Shapes and examples of the Remote Signing API. https://github.com/ethereum/remote-signing-api */
import { Type } from 'typebox'
import type { Hex } from '../../../base/bytes.ts'
import type { JsonObject } from '../../../base/json.ts'
import { largeList } from '../../route.ts'
import * as s from '../../schemas.ts'
import type { SignSchemas } from '../../routes/sign.ts'

/** Public, from the Remote Signing API's own examples. */
export const publicKeyExample =
  '0x93247f2209abcacf57b75a51dafae777f9dd38bc7053d1af526f220a7489a6d3a2753e5f3e8b1cfe39b56f43611df74a'

export const signatureExample: Hex = `0x${
  'b3baa751d0a9132cfe93e4e3d5ff9075111100e3789dca219ade5a24d27e19d16b3353149da1833e9b691bb38634e8dc' +
  '04469be7032132906c927d7e1a49b414730612877bc6b2810c8f202daf793d1ab0d6b5cb21d52f9e52e883859887a5d9'
}`

/** Of the network that examples are of. */
export const genesisValidatorsRootExample: Hex = '0x04700007fabc8282644aed6d1c7c9e21d38a03a0c4ba193f3afe428824b3a673'

export const dutyExample = {
  type: 'ATTESTATION',
  signingRoot: '0x548c9a015f4c96cb8b1ddbbdfca85846f85bf9f344a434c140f378cdfb5341f0',
  fork_info: {
    fork: { previous_version: '0x00000001', current_version: '0x00000001', epoch: '1' },
    genesis_validators_root: genesisValidatorsRootExample,
  },
  attestation: {
    slot: '32',
    index: '0',
    beacon_block_root: '0xb2eedb01adbd02c828d5eec09b4c70cbba12ffffba525ebf48aca33028e8ad89',
    source: { epoch: '0', root: `0x${'00'.repeat(32)}` },
    target: { epoch: '0', root: '0xb2eedb01adbd02c828d5eec09b4c70cbba12ffffba525ebf48aca33028e8ad89' },
  },
}

export const identifier = Type.String({
  pattern: '^[0-9a-zA-Z]{1,256}$',
  description: 'the public key of a validator, with 0x or without, in any case',
})

export const identifiers = Type.Array(identifier, {
  minItems: 1,
  maxItems: largeList,
  description: `public keys, at most ${largeList}, each once`,
})

/** What the chain declares, and the form without a payload. */
export function dutyShape(schemas: SignSchemas) {
  const declared = [...new Set(schemas.filter(({ field }) => field === 'duty').map(({ schema }) => schema))]
  return s.named(
    'Duty',
    Type.Unsafe<JsonObject>({
      type: 'object',
      description:
        'What a validator signs, as the Remote Signing API has it: its type, fork_info, the payload of that type, and the root to ' +
        'compare with, if any. Members of the envelope that are not known are passed over; in a payload none is.',
      ...(declared.length > 0 && { anyOf: declared }),
    }),
  )
}

export const signature = s.named(
  'DutySignature',
  Type.Object({ signature: Type.String({ description: '0x and 192 hex digits' }) }, s.closed),
)

export const itemError = s.named(
  'DutyError',
  Type.Object(
    {
      code: Type.Integer({ description: 'the status this would have alone' }),
      message: Type.String(),
      reason: Type.String({ description: 'the stable code' }),
    },
    s.closed,
  ),
)
