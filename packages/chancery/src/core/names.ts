/** The names by which things are known, as types that cannot be mixed up. */

export type KeyId = `key_${string}`
export type ClientId = `cli_${string}`
export type AttemptId = `att_${string}`
export type TransactionId = `txn_${string}`
export type WalletId = `wal_${string}`

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

/** What a validator signs in its turn, again and again; exits, deposits and changes of credentials are no duties. */
export const dutyOperations = [
  'sign:block',
  'sign:attestation',
  'sign:aggregation',
  'sign:randao',
  'sign:sync-committee',
  'sign:registration',
  'sign:builder',
  'sign:payload-attestation',
] as const

/** What a grant can allow. Those that begin with `sign:` use a key; the others do not. */
export const operations = [
  'sign:transaction',
  'sign:message',
  'sign:typed-data',
  'sign:authorization',
  'sign:logic-signature',
  'sign:program-data',
  'sign:digest',
  ...dutyOperations,
  'sign:voluntary-exit',
  'sign:deposit',
  'sign:bls-change',
  'sign:opaque-root',
  'keys:read',
  'keys:create',
  'keys:delete',
  'relay',
  'sponsor',
  'wallets:read',
  'wallets:create',
  'wallets:delete',
  'withdraw',
  'sweep',
  'register:read',
  'admin',
] as const

export type Operation = (typeof operations)[number]
export type SignOperation = Extract<Operation, `sign:${string}`>

/** What a part of the service asks for a signature for, where no caller did. */
export type Purpose = 'sponsor' | 'hand-over' | 'account-test' | 'withdrawal' | 'sweep' | 'shadow'

/** Operations over bytes that nobody here can read: for opaque keys, and nothing else is (safety rule 14). */
export const opaqueOperations: readonly Operation[] = ['sign:digest', 'sign:opaque-root']

export function isSignOperation(operation: Operation): operation is SignOperation {
  return operation.startsWith('sign:')
}

export const signOperations: readonly SignOperation[] = operations.filter(isSignOperation)
