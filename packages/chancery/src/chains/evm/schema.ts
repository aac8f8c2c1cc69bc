/** What can be sent, as closed JSON Schemas with a full example each. The readers check it all again and more. */
import type { Json, JsonObject } from '../../base/json.ts'
import type { SignSchema } from '../../core/chain.ts'

const quantity = {
  description: 'Decimal text, 0x quantity without leading zeros, or safe integer',
  anyOf: [
    {
      type: 'string',
      pattern: '^(0|[1-9][0-9]{0,77}|0x(0|[1-9a-fA-F][0-9a-fA-F]{0,63}))$',
      description: 'text of decimal or 0x hex digits without leading zeros',
    },
    { type: 'integer', minimum: 0, maximum: Number.MAX_SAFE_INTEGER },
  ],
} as const
const bytes = {
  type: 'string',
  pattern: '^0x([0-9a-fA-F]{2})*$',
  description: '0x and hex of whole bytes',
} as const
const bytes32 = { type: 'string', pattern: '^0x[0-9a-fA-F]{64}$', description: '0x and 64 hex digits' } as const
const address = {
  type: 'string',
  pattern: '^0x[0-9a-fA-F]{40}$',
  description: '0x and 40 hex digits; in one case, or with the checksum of EIP-55, which is then verified',
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
    data: { ...bytes, description: '0x and hex of whole bytes; at most 131,072' },
    input: {
      ...bytes,
      description: '0x and hex of whole bytes; another name of data: where both are given they must agree',
    },
    gas: { ...quantity, description: 'The gas limit; needed under this name or the next' },
    gasLimit: { ...quantity, description: 'Another name of gas; where both are given they must agree' },
    gasPrice: { ...quantity, description: 'In wei; types 0 and 1' },
    maxFeePerGas: { ...quantity, description: 'In wei; type 2' },
    maxPriorityFeePerGas: { ...quantity, description: 'In wei; type 2; at most maxFeePerGas' },
    accessList,
    from: { ...address, description: "0x and 40 hex digits; must be the key's address; may be left out" },
  },
  ['nonce'],
  { title: 'Fields' },
)

const unsignedTransaction = closed(
  { unsigned: { ...bytes, minLength: 4, description: '0x and hex of at least one byte' } },
  ['unsigned'],
  {
    title: 'Serialised, unsigned',
  },
)

const typedData = closed(
  {
    domain: closed(
      {
        name: { type: 'string' },
        version: { type: 'string' },
        chainId: { ...quantity, description: "Must be the network's" },
        verifyingContract: address,
        salt: bytes32,
      },
      ['chainId', 'verifyingContract'],
    ),
    types: {
      type: 'object',
      description: 'The structs the primary type uses, and no others; EIP712Domain may be left out',
      additionalProperties: {
        type: 'array',
        items: closed({ name: { type: 'string' }, type: { type: 'string' } }, ['name', 'type']),
      },
    },
    primaryType: { type: 'string' },
    message: { type: 'object', description: 'Exactly the fields of the primary type' },
  },
  ['domain', 'types', 'primaryType', 'message'],
  { description: 'EIP-712, in the form of eth_signTypedData_v4' },
)

const typedDataExample: Json = {
  domain: {
    name: 'USD Coin',
    version: '2',
    chainId: '1',
    verifyingContract: '0xA0b86991c6218b36c1d19D4a2e9Eb0cE3606eB48',
  },
  types: {
    Permit: [
      { name: 'owner', type: 'address' },
      { name: 'spender', type: 'address' },
      { name: 'value', type: 'uint256' },
      { name: 'nonce', type: 'uint256' },
      { name: 'deadline', type: 'uint256' },
    ],
  },
  primaryType: 'Permit',
  message: {
    owner: '0x9d8A62f656a8d1615C1294fd71e9CFb3E4855A4F',
    spender: '0xE592427A0AEce92De3Edee1F18E0157C05861564',
    value: '1000000',
    nonce: '0',
    deadline: '1790000000',
  },
}

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
  { operation: 'sign:typed-data', field: 'typedData', schema: typedData, example: typedDataExample },
  {
    operation: 'sign:digest',
    field: 'digest',
    schema: {
      ...bytes32,
      description: '0x and 64 hex digits; signed as they are, by opaque keys only, and without a network',
    },
    example: '0x4a5c5d454721bbbb25540c3317521e71c373ae36458f960d2ad46ef088110e95',
  },
]
