/** The names by which things are known, as types that cannot be mixed up. */

export type KeyId = `key_${string}`
export type ClientId = `cli_${string}`
export type AttemptId = `att_${string}`
export type TransactionId = `txn_${string}`

/** A chain family: `evm`, `consensus`, `bitcoin`, … */
export type ChainId = string
/** A CAIP-2 id, such as `eip155:1`. https://chainagnostic.org/CAIPs/caip-2 */
export type Network = `${string}:${string}`
/** A CAIP-19 asset type, such as `eip155:1/slip44:60`. https://chainagnostic.org/CAIPs/caip-19 */
export type AssetId = `${Network}/${string}:${string}`

const caip2 = /^[-a-z0-9]{3,8}:[-_a-zA-Z0-9]{1,32}$/

export function isNetwork(text: string): text is Network {
  return caip2.test(text)
}

/** What a grant can allow. Those that begin with `sign:` use a key; the others do not. */
export const operations = [
  'sign:transaction',
  'sign:message',
  'sign:typed-data',
  'sign:authorization',
  'sign:logic-signature',
  'sign:program-data',
  'sign:digest',
  'keys:read',
  'keys:create',
  'keys:delete',
  'relay',
  'sponsor',
  'register:read',
  'admin',
] as const

export type Operation = (typeof operations)[number]
export type SignOperation = Extract<Operation, `sign:${string}`>

/** What a part of the service asks for a signature for, where no caller did. */
export type Purpose = 'sponsor' | 'hand-over' | 'account-test'

export function isSignOperation(operation: Operation): operation is SignOperation {
  return operation.startsWith('sign:')
}
