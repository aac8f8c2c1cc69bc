/** What can be sent, as closed JSON Schemas with a full example each. The readers check it all again and more. */
import type { Json, JsonObject } from '../../base/json.ts'
import type { SignSchema } from '../../core/chain.ts'

/** Refusals show nothing of what is sent here: people have sent private keys and words in its place. */
const unshown = { writeOnly: true } as const

const base64 = {
  ...unshown,
  type: 'string',
  pattern: '^(?:[A-Za-z0-9+/]{4})*(?:[A-Za-z0-9+/]{2}==|[A-Za-z0-9+/]{3}=)?$',
  minLength: 4,
  maxLength: 180_000,
  description: 'base64 with padding',
} as const
const address = {
  ...unshown,
  type: 'string',
  pattern: '^[A-Z2-7]{58}$',
  description: 'an Algorand address of 58 characters; its checksum is verified',
} as const

function closed(
  properties: Readonly<Record<string, Json>>,
  required: readonly string[],
  more: JsonObject = {},
): JsonObject {
  return { ...unshown, type: 'object', additionalProperties: false, properties, required, ...more }
}

const transaction = closed(
  {
    txn: { ...base64, description: 'base64 of the unsigned transaction in canonical MessagePack' },
    signers: {
      ...unshown,
      type: 'array',
      maxItems: 1,
      items: address,
      description: '[] leaves it unsigned: it is there for its group. Otherwise the address of the key, or left out',
    },
    authAddr: {
      ...address,
      description: 'The address of the key (of the multisig, with msig), where the sender was rekeyed to it',
    },
    msig: closed(
      {
        version: { ...unshown, type: 'integer', const: 1 },
        threshold: { ...unshown, type: 'integer', minimum: 1, maximum: 255 },
        addrs: { ...unshown, type: 'array', minItems: 1, maxItems: 255, items: address },
      },
      ['version', 'threshold', 'addrs'],
      { description: 'The multisig account that signs; the key must be a member' },
    ),
    stxn: { ...base64, description: 'base64 of the same transaction with signatures of other members, with msig only' },
  },
  ['txn'],
)

const transactionExample: Json = [
  {
    txn: 'iqNhbXTNA+ijZmVlzQPoomZ2zgLoBAGjZ2VurHRlc3RuZXQtdjEuMKJnaMQgSGO1GKSzyE7IEPItTxCByw9x8FmnrCDexi9/cOUJOiKibHbOAugH6aRub3RlxAVoZWxsb6NyY3bEIOpKbGPinFIKvvVQexMuxfmVR3auvr57kkIe6mkURtIso3NuZMQg6kpsY+KcUgq+9VB7Ey7F+ZVHdq6+vnuSQh7qaRRG0iykdHlwZaNwYXk=',
  },
]

export const schemas: readonly SignSchema[] = [
  {
    operation: 'sign:transaction',
    field: 'transactions',
    schema: {
      ...unshown,
      type: 'array',
      minItems: 1,
      maxItems: 16,
      items: transaction,
      description: 'Algorand: 1 to 16 wallet transactions (ARC-1). Of a group, all of it in its order',
    },
    example: transactionExample,
  },
  {
    operation: 'sign:message',
    field: 'message',
    schema: {
      ...unshown,
      oneOf: [
        closed({ text: { ...unshown, type: 'string' } }, ['text']),
        closed(
          {
            bytes: {
              ...unshown,
              type: 'string',
              pattern: '^0x([0-9a-fA-F]{2})*$',
              description: '0x and hex of whole bytes',
            },
          },
          ['bytes'],
        ),
      ],
      description: 'Algorand: signed behind the prefix MX, so that it is no transaction',
    },
    example: { text: 'Sign in to example.org, nonce 4711' },
  },
  {
    operation: 'sign:logic-signature',
    field: 'logicSignature',
    schema: closed({ program: { ...base64, description: 'base64 of the compiled program' } }, ['program'], {
      description: 'Algorand: delegates the account to a program. Allowed program by program, by its address',
    }),
    example: { program: 'BoEB' },
  },
  {
    operation: 'sign:program-data',
    field: 'programData',
    schema: closed(
      { program: { ...address, description: 'the address of the program' }, data: base64 },
      ['program', 'data'],
      {
        description: 'Algorand: data that a program verifies with ed25519verify',
      },
    ),
    example: { program: 'ZG2RRCHBZ4K2QKP3NGMYVF2MVG7YW2TSNJPVFVLEGX7KGQ46QVPJGOFTK4', data: 'aGVsbG8=' },
  },
]
