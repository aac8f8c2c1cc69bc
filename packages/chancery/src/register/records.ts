/** State records and the fence as they are authenticated. A database administrator is not our administrator. */
import { createHmac, createSecretKey, type KeyObject } from 'node:crypto'
import { equal, fromHex, isLowerHex, sha256, toHex, utf8, type Hex } from '../base/bytes.ts'
import { canonical, type Json, type JsonObject } from '../base/json.ts'
import type { Secret } from '../base/secret.ts'
import type { Fence, StateRecord } from '../core/store.ts'
import type { WalletRow } from '../core/wallet-store.ts'

function hmac(purpose: string, value: Json, stateKey: Secret): Hex {
  const text = `chancery ${purpose} 1\n${canonical(value)}`
  return `0x${createHmac('sha256', keyOf(stateKey)).update(text).digest('hex')}`
}

/** As OpenSSL wants it: made anew for each of 10,000 records it was four fifths of what their MACs cost. */
const prepared = new WeakMap<Secret, KeyObject>()

/** @throws Error after `wipe` */
function keyOf(stateKey: Secret): KeyObject {
  return stateKey.use((bytes) => {
    const key = prepared.get(stateKey) ?? createSecretKey(bytes)
    prepared.set(stateKey, key)
    return key
  })
}

function sameMac(a: Hex, b: Hex): boolean {
  return isLowerHex(b, 32) && equal(fromHex(a), fromHex(b))
}

/** `body` holds the value and the epoch that put it there, so a record cannot stand in for another id, version or epoch. */
export function sealRecord(record: Omit<StateRecord, 'mac'>, stateKey: Secret): StateRecord {
  return { ...record, mac: recordMac(record, stateKey) }
}

function recordMac({ kind, id, version, body }: Omit<StateRecord, 'mac'>, stateKey: Secret): Hex {
  return hmac('state record', { kind, id, version, body }, stateKey)
}

export function isGenuineRecord(record: StateRecord, stateKey: Secret): boolean {
  try {
    return sameMac(recordMac(record, stateKey), record.mac)
  } catch {
    // A number or text the service would never write: `canonical` refuses it.
    return false
  }
}

/** What the register says of a record: its body may hold a sealed reference or keyed hashes, so it stays out. */
export function bodyHash(body: JsonObject): Hex {
  return toHex(sha256(utf8(canonical(body))))
}

/** What the register says of a wallet's row: all of it but what its body says too, and the MAC there. @throws TypeError as `canonical` does */
export function walletHash({ address, key, account, provider, ...row }: WalletRow): Hex {
  const { mac: _mac, ...body } = row.body
  const given = { ...(address && { address }), ...(key && { key }), ...(account !== undefined && { account }) }
  const other = provider !== undefined && provider !== body['providerId']
  return toHex(sha256(utf8(canonical({ ...row, ...given, ...(other && { provider }), body }))))
}

/** Over all records in order of (kind, id): none can be taken away, added or set back without the root showing it. */
export function stateRoot(records: Iterable<StateRecord>): Hex {
  const lines = [...records].toSorted(byKindAndId).map(lineOf)
  return toHex(sha256(utf8(`chancery state 1\n${lines.join('\n')}`)))
}

/** Of records as they stand: a change makes few new ones, and to write all of them out again was most of what it cost. */
const written = new WeakMap<StateRecord, string>()

function lineOf(record: StateRecord): string {
  const { kind, id, version, mac } = record
  const line = written.get(record) ?? canonical([kind, id, version, mac])
  written.set(record, line)
  return line
}

function byKindAndId(a: StateRecord, b: StateRecord): number {
  if (a.kind !== b.kind) return a.kind < b.kind ? -1 : 1
  if (a.id === b.id) return 0
  return a.id < b.id ? -1 : 1
}

export function sealFence(fence: Omit<Fence, 'mac'>, stateKey: Secret): Fence {
  return { ...fence, mac: fenceMac(fence, stateKey) }
}

function fenceMac({ epoch, halted, root, change }: Omit<Fence, 'mac'>, stateKey: Secret): Hex {
  const place = change && { stream: change.stream, seq: change.seq, index: change.index }
  return hmac('fence', { epoch, halted, root, ...(place && { change: place }) }, stateKey)
}

export function isGenuineFence(fence: Fence, stateKey: Secret): boolean {
  return sameMac(fenceMac(fence, stateKey), fence.mac)
}
