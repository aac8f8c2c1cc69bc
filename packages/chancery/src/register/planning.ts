/** What a change would make of the state, and whether it may. */
import { isoTime } from '../base/clock.ts'
import type { Secret } from '../base/secret.ts'
import type { ClientRecord } from '../core/access.ts'
import type { ChangeEntry } from '../core/entries.ts'
import { Refused } from '../core/errors.ts'
import type { KeyRecord } from '../core/key.ts'
import type { ChangeRequest, Installation, Snapshot, StatePut } from '../core/state.ts'
import type { StateRecord } from '../core/store.ts'
import { bodyHash, sealRecord, stateRoot } from './records.ts'
import { jsonOf, keyNames, recordName, walletPolicyId } from './snapshot.ts'

export type Put = StatePut | { readonly kind: 'installation'; readonly value: Installation; readonly expect: number }

export interface Planned {
  readonly epoch: number
  readonly halted: boolean
  readonly root: StateRecord['mac']
  /** The new and replaced records only. */
  readonly puts: readonly StateRecord[]
  /** All records after the change. */
  readonly records: ReadonlyMap<string, StateRecord>
  readonly entry: ChangeEntry
}

export interface Before {
  readonly epoch: number
  readonly halted: boolean
  readonly records: ReadonlyMap<string, StateRecord>
}

type Change = Omit<ChangeRequest, 'puts'> & { readonly puts: readonly Put[] }

/** @throws Refused `version-conflict` when a put expects another version than there is. */
export function plan(before: Before, change: Change, stateKey: Secret, now: number): Planned {
  const epoch = before.epoch + 1
  const halted = change.halted ?? before.halted
  const puts = change.puts.map((put) => replace(before, put, epoch, stateKey))
  const records = new Map(before.records)
  for (const record of puts) records.set(recordName(record), record)
  const root = stateRoot(records.values())
  const { actor, action, about } = change
  const named = puts.map(({ kind, id, version, body }) => ({ kind, id, version, hash: bodyHash(body) }))
  const entry: ChangeEntry = {
    kind: 'change',
    time: isoTime(now),
    actor,
    action,
    about,
    epoch,
    halted,
    root,
    puts: named,
  }
  return { epoch, halted, root, puts, records, entry }
}

function replace(before: Before, put: Put, epoch: number, stateKey: Secret): StateRecord {
  const { kind } = put
  const id = idOf(put)
  const version = before.records.get(recordName({ kind, id }))?.version ?? 0
  if (version !== put.expect) {
    const detail = `The ${kind} ${id} is at version ${version}, the change was made for ${put.expect}`
    throw new Refused('version-conflict', detail, { got: String(put.expect), wanted: String(version) })
  }
  return sealRecord({ kind, id, version: version + 1, body: { epoch, value: jsonOf(put.value) } }, stateKey)
}

function idOf(put: Put): string {
  if (put.kind === 'rules' || put.kind === 'ceiling' || put.kind === 'freeze') return put.id
  return put.kind === 'wallet-policy' ? walletPolicyId : put.value.id
}

/**
 * Names are unique: a public key for ever, purged keys included, so that nothing is enrolled twice and no guard is escaped
 * (safety rule 1); a key's other names and a client's name while they are in use.
 * @throws Refused `already-exists`
 */
export function checkNames(now: Snapshot, puts: readonly Put[]): void {
  const putClients = puts.flatMap((put) => (put.kind === 'client' ? [put.value] : []))
  const putKeys = puts.flatMap((put) => (put.kind === 'key' ? [put.value] : []))
  if (putClients.length > 0) checkClients(now, putClients)
  checkKeys(now, putKeys)
}

function checkClients(now: Snapshot, putClients: readonly ClientRecord[]): void {
  const clients = new Map([...now.clients].map(([id, { value }]) => [id, value]))
  for (const client of putClients) clients.set(client.id, client)
  for (const client of putClients) checkClient(clients.values(), client)
}

/** A client without a secret was removed: its record stays, its name is free again. */
function checkClient(clients: Iterable<ClientRecord>, client: ClientRecord): void {
  for (const { id, name, secrets } of clients) {
    if (id === client.id || name !== client.name || secrets.length === 0) continue
    throw new Refused('already-exists', `There is a client named ${name}`, { where: 'name', got: name })
  }
}

/** Keys put in the same change are compared as they will be, the others as they are. */
function checkKeys(now: Snapshot, putKeys: readonly KeyRecord[]): void {
  const put = new Set(putKeys.map(({ id }) => id))
  const beside = new Map<string, KeyRecord>()
  for (const key of putKeys) {
    for (const name of keyNames(key)) {
      const standing = now.findKey(name)
      const taken = beside.get(name) ?? (standing && !put.has(standing.id) ? standing : undefined)
      if (taken !== undefined && taken.id !== key.id) throw nameTaken(name, taken)
      beside.set(name, key)
    }
  }
}

function nameTaken(name: string, { id }: KeyRecord): Refused {
  return new Refused('already-exists', `${name} names the key ${id} already`, { got: name })
}
