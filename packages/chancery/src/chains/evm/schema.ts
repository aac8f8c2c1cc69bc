/** What can be sent, as closed JSON Schemas with a full example each. The readers check it all again and more. */
import type { Json, JsonObject } from '../../base/json.ts'
import type { SignSchema } from '../../core/chain.ts'

const quantity = {
  description: 'Decimal text, 0x quantity without leading zeros, or safe integer',
  anyOf: [
    { type: 'string', pattern: '^(0|[1-9][0-9]{0,77}|0x(0|[1-9a-fA-F][0-9a-fA-F]{0,63}))$' },
    { type: 'integer', minimum: 0, maximum: Number.MAX_SAFE_INTEGER },
  ],
} as const
const bytes = { type: 'string', pattern: '^0x([0-9a-fA-F]{2})*$' } as const
const bytes32 = { type: 'string', pattern: '^0x[0-9a-fA-F]{64}$' } as const
const address = {
  type: 'string',
  pattern: '^0x[0-9a-fA-F]{40}$',
  description: 'In one case, or with the checksum of EIP-55, which is then verified',
} as const

function closed(
  properties: Readonly<Record<string, Json>>,
  required: readonly string[],
  more: JsonObject = {},
): JsonObject {
  return { type: 'object', additionalProperties: false, properties, required, ...more }
}

const accessList = {
  type: 'array',
  items: closed({ address, storageKeys: { type: 'array', items: bytes32 } }, ['address', 'storageKeys']),
} as const

const transactionFields = closed(
  {
    type: { ...quantity, description: '0 (legacy, EIP-155), 1 (EIP-2930) or 2 (EIP-1559); else the fee fields decide' },
    chainId: { ...quantity, description: "Must be the network's; may be left out" },
    nonce: quantity,
    to: {
      anyOf: [address, { type: 'null' }],
      description: 'Left out or null: the transaction creates a contract',
    },
    value: { ...quantity, description: 'In wei; 0 when left out' },
    data: { ...bytes, description: 'At most 131,072 bytes' },
    input: { ...bytes, description: 'Another name of data; where both are given they must agree' },
    gas: quantity,
    gasLimit: { ...quantity, description: 'Another name of gas; where both are given they must agree' },
    gasPrice: { ...quantity, description: 'In wei; types 0 and 1' },
    maxFeePerGas: { ...quantity, description: 'In wei; type 2' },
    maxPriorityFeePerGas: { ...quantity, description: 'In wei; type 2; at most maxFeePerGas' },
    accessList,
    from: { ...address, description: "Must be the key's address; may be left out" },
  },
  ['nonce'],
  { title: 'Fields', anyOf: [{ required: ['gas'] }, { required: ['gasLimit'] }] },
)

const unsignedTransaction = closed({ unsigned: { ...bytes, minLength: 4 } }, ['unsigned'], {
  title: 'Serialised, unsigned',
})

const transactionExample: Json = {
  type: 2,
  chainId: '1',
  nonce: '7',
  to: '0xdAC17F958D2ee523a2206206994597C13D831ec7',
  value: '0',
  data: '0xa9059cbb000000000000000000000000d8da6bf26964af9d7eed9e03e53415d37aa9604500000000000000000000000000000000000000000000000000000000000f4240',
  gas: '65000',
  maxFeePerGas: '30000000000',
  maxPriorityFeePerGas: '1000000000',
  accessList: [],
}

export const schemas: readonly SignSchema[] = [
  {
    operation: 'sign:transaction',
    field: 'transaction',
    schema: { oneOf: [transactionFields, unsignedTransaction] },
    example: transactionExample,
  },
  {
    operation: 'sign:message',
    field: 'message',
    schema: {
      oneOf: [closed({ text: { type: 'string' } }, ['text']), closed({ bytes }, ['bytes'])],
      description: 'EIP-191. A message of 32 bytes, or the hex of 32 bytes as text, needs the right sign:digest',
    },
    example: { text: 'Sign in to example.org, nonce 4711' },
  },
  {
    operation: 'sign:digest',
    field: 'digest',
    schema: { ...bytes32, description: '32 bytes to sign as they are; for opaque keys only, and without a network' },
    example: '0x4a5c5d454721bbbb25540c3317521e71c373ae36458f960d2ad46ef088110e95',
  },
]
