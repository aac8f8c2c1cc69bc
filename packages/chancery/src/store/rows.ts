/**
 * Rows as both databases give them, and the things they stand for. The column names are the same in both. A column of
 * the wrong type means someone else wrote the row.
 */
import { toHex, fromUint64, type Hex } from '../base/bytes.ts'
import { isJsonObject, type JsonObject } from '../base/json.ts'
import type { GuardRow } from '../core/claim.ts'
import { Failed } from '../core/errors.ts'
import type { Algorithm } from '../core/key.ts'
import {
  isNetwork,
  type AttemptId,
  type ClientId,
  type KeyId,
  type Network,
  type TransactionId,
  type WalletId,
} from '../core/names.ts'
import type { StoredSignature } from '../core/payload.ts'
import type {
  AcceptedGap,
  Checkpoint,
  Fence,
  Idempotency,
  Lease,
  PlacedEntry,
  Position,
  Segment,
  SignedTransaction,
  StateRecord,
  TransactionRow,
  TransactionState,
  WindowTotal,
  WindowUse,
} from '../core/store.ts'

export type Row = Readonly<Record<string, unknown>>

const guardKinds = ['block', 'attestation', 'nonce', 'outpoint', 'once', 'window'] as const
const recordKinds = ['installation', 'client', 'key', 'rules', 'ceiling', 'freeze', 'wallet-policy'] as const
const algorithms = ['secp256k1-ecdsa', 'secp256k1-schnorr', 'ed25519', 'bls12-381'] as const
const transactionStates = ['accepted', 'assigned', 'signed', 'broadcast', 'mined', 'final', 'failed'] as const

function corrupt(column: string, wanted: string): Failed {
  return new Failed('store-corrupt', `column ${column} does not hold ${wanted}`)
}

export function text(row: Row, column: string): string {
  const value = row[column]
  if (typeof value !== 'string') throw corrupt(column, 'text')
  return value
}

export function integer(row: Row, column: string): number {
  const value = row[column]
  if (!Number.isSafeInteger(value) || typeof value !== 'number') throw corrupt(column, 'a whole number')
  return value
}

export function bytes(row: Row, column: string): Uint8Array {
  const value = row[column]
  if (!(value instanceof Uint8Array)) throw corrupt(column, 'bytes')
  return Uint8Array.from(value)
}

export function hex(row: Row, column: string): Hex {
  const value = row[column]
  if (!(value instanceof Uint8Array)) throw corrupt(column, 'bytes')
  return toHex(value)
}

export function uint64Of(row: Row, column: string): bigint {
  const value = bytes(row, column)
  if (value.length !== 8) throw corrupt(column, 'eight bytes')
  return fromUint64(value)
}

export function oneOf<T extends string>(row: Row, column: string, wanted: readonly T[]): T {
  const value = text(row, column)
  const found = wanted.find((one) => one === value)
  if (found === undefined) throw corrupt(column, `one of ${wanted.join(', ')}`)
  return found
}

export function prefixed<P extends string>(row: Row, column: string, prefix: P): `${P}_${string}` {
  const value = text(row, column)
  if (!startsWith(value, prefix)) throw corrupt(column, `an id that begins with ${prefix}_`)
  return value
}

function startsWith<P extends string>(value: string, prefix: P): value is `${P}_${string}` {
  return value.startsWith(`${prefix}_`)
}

export function network(row: Row): Network {
  const value = text(row, 'network')
  if (!isNetwork(value)) throw corrupt('network', 'a CAIP-2 id')
  return value
}

export function object(row: Row, column: string): JsonObject {
  const value = parsed(text(row, column))
  if (!isJsonObject(value)) throw corrupt(column, 'a JSON object')
  return value
}

function parsed(json: string): unknown {
  try {
    return JSON.parse(json)
  } catch {
    return undefined
  }
}

export function segmentOf(row: Row): Segment {
  return {
    stream: text(row, 'stream'),
    seq: integer(row, 'seq'),
    prev: hex(row, 'prev'),
    hash: hex(row, 'hash'),
    mac: hex(row, 'mac'),
    epoch: integer(row, 'epoch'),
    time: integer(row, 'time'),
    count: integer(row, 'n'),
  }
}

export function entryOf(row: Row): PlacedEntry {
  return { ...positionOf(row), index: integer(row, 'i'), leaf: hex(row, 'leaf'), body: text(row, 'body') }
}

export function positionOf(row: Row): Position {
  return { stream: text(row, 'stream'), seq: integer(row, 'seq') }
}

export function fenceOf(row: Row): Fence {
  const fence = {
    epoch: integer(row, 'epoch'),
    halted: integer(row, 'halted') !== 0,
    root: hex(row, 'root'),
    mac: hex(row, 'mac'),
  }
  if (row['change_stream'] === null) return fence
  const seq = integer(row, 'change_seq')
  return { ...fence, change: { stream: text(row, 'change_stream'), seq, index: integer(row, 'change_index') } }
}

export function recordOf(row: Row): StateRecord {
  return {
    kind: oneOf(row, 'kind', recordKinds),
    id: text(row, 'id'),
    version: integer(row, 'version'),
    body: object(row, 'body'),
    mac: hex(row, 'mac'),
  }
}

export function guardOf(row: Row): GuardRow & Position {
  const key = { kind: oneOf(row, 'kind', guardKinds), scope: text(row, 'scope'), item: hex(row, 'item') }
  return { ...key, root: hex(row, 'root'), ...positionOf(row) }
}

export function windowUseOf(row: Row): WindowUse {
  const key = { ...windowOf(row), root: hex(row, 'root') }
  return { ...key, amount: amount(row, 'amount'), ...positionOf(row) }
}

export function windowTotalOf(row: Row): WindowTotal {
  return { ...windowOf(row), total: amount(row, 'total') }
}

function windowOf(row: Row): { readonly scope: string; readonly period: string } {
  return { scope: text(row, 'scope'), period: text(row, 'period') }
}

/** Decimal text, exact however large: neither database's integers hold what chains count in. */
function amount(row: Row, column: string): bigint {
  const value = text(row, column)
  if (!/^(?:0|[1-9]\d*)$/.test(value)) throw corrupt(column, 'an amount')
  return BigInt(value)
}

export function acceptedGapOf(row: Row): AcceptedGap {
  return { ...positionOf(row), at: integer(row, 'at') }
}

export function signatureOf(row: Row): StoredSignature {
  const algorithm: Algorithm = oneOf(row, 'algorithm', algorithms)
  const signature = { algorithm, bytes: bytes(row, 'bytes'), ...parityOf(row) }
  return { publicKey: hex(row, 'public_key'), payload: hex(row, 'payload'), signature }
}

function parityOf(row: Row): { readonly yParity?: 0 | 1 } {
  if (row['y_parity'] === null) return {}
  return { yParity: integer(row, 'y_parity') === 0 ? 0 : 1 }
}

export function idempotencyOf(row: Row): Idempotency {
  return {
    client: prefixed(row, 'client', 'cli') satisfies ClientId,
    route: text(row, 'route'),
    key: text(row, 'key'),
    bodyHash: hex(row, 'body_hash'),
    made: made(row),
  }
}

function made(row: Row): AttemptId | TransactionId {
  return text(row, 'made').startsWith('att_') ? prefixed(row, 'made', 'att') : prefixed(row, 'made', 'txn')
}

export function transactionOf(row: Row): TransactionRow {
  const state: TransactionState = oneOf(row, 'state', transactionStates)
  return {
    id: prefixed(row, 'id', 'txn') satisfies TransactionId,
    version: integer(row, 'version'),
    client: prefixed(row, 'client', 'cli') satisfies ClientId,
    key: prefixed(row, 'key', 'key') satisfies KeyId,
    network: network(row),
    sender: text(row, 'sender'),
    state,
    ...(row['nonce'] === null ? {} : { nonce: nonceOf(row) }),
    ...(row['wallet'] === null ? {} : { wallet: prefixed(row, 'wallet', 'wal') satisfies WalletId }),
    body: object(row, 'body'),
    createdAt: integer(row, 'created_at'),
    updatedAt: integer(row, 'updated_at'),
  }
}

export function nonceOf(row: Row): bigint {
  return uint64Of(row, 'nonce')
}

export function laneOf(row: Row): { network: Network; sender: string } {
  return { network: network(row), sender: text(row, 'sender') }
}

export function signedTransactionOf(row: Row): SignedTransaction {
  return {
    hash: hex(row, 'hash'),
    transaction: prefixed(row, 'transaction_id', 'txn'),
    raw: bytes(row, 'raw'),
    createdAt: integer(row, 'created_at'),
  }
}

export function checkpointOf(row: Row): Checkpoint {
  return { size: integer(row, 'size'), root: hex(row, 'root'), note: row['note'] === null ? '' : text(row, 'note') }
}

export function leaseOf(row: Row): Lease {
  return { name: text(row, 'name'), holder: text(row, 'holder'), token: integer(row, 'token') }
}
