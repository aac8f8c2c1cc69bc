/** State records as the rest of the service reads them: one immutable snapshot per epoch. */
import { parseObject } from './json-object.ts'
import { isJsonObject, type JsonObject } from '../base/json.ts'
import type { ClientRecord } from '../core/access.ts'
import { Failed } from '../core/errors.ts'
import type { KeyRecord } from '../core/key.ts'
import { isNetwork, type ClientId, type KeyId, type Network } from '../core/names.ts'
import type { Ceiling } from '../core/protection.ts'
import type { Rules } from '../core/rules.ts'
import type { Installation, Snapshot, Versioned } from '../core/state.ts'
import type { Fence, StateRecord } from '../core/store.ts'
import { noWalletPolicy, type Freeze, type WalletPolicy } from '../core/wallet-policy.ts'

/** The name a record has among all: kind and id. */
export function recordName({ kind, id }: Pick<StateRecord, 'kind' | 'id'>): string {
  return `${kind} ${id}`
}

/** The one record of the policy of wallets. */
export const walletPolicyId = 'wallets'

export interface IndexedSnapshot extends Snapshot {
  /** Keys by everything they are called by. */
  readonly names: ReadonlyMap<string, KeyRecord>
}

type Head = Pick<Fence, 'epoch' | 'halted'>

/** @throws Failed `store-corrupt` for records that authenticate and still make no sense together. */
export function makeSnapshot(head: Head, records: Iterable<StateRecord>): IndexedSnapshot {
  return snapshotOf(head, gatherAll(nothing(), records))
}

/**
 * The one after a change that put these. What stands is not read again: at 5,000 keys that took 20 to 45 ms, in which nothing
 * was signed, and a wallet with a key of its own is a change.
 * @throws Failed as `makeSnapshot` does
 */
export function nextSnapshot(before: IndexedSnapshot, head: Head, puts: readonly StateRecord[]): IndexedSnapshot {
  const standing = copyOf(before)
  for (const { kind, id } of puts) {
    const replaced = kind === 'key' && isKeyId(id) ? before.keys.get(id) : undefined
    for (const name of replaced ? keyNames(replaced.value) : []) standing.names.delete(name)
  }
  return snapshotOf(head, gatherAll(standing, puts))
}

function snapshotOf({ epoch, halted }: Head, { installations, ...rest }: Gathered): IndexedSnapshot {
  const [installation, second] = installations
  if (installation === undefined || second !== undefined) {
    throw new Failed('store-corrupt', 'The state does not name exactly one installation')
  }
  const { names } = rest
  const findKey = (name: string): KeyRecord | undefined => names.get(name) ?? names.get(spelling(name))
  return Object.freeze({ epoch, halted, installation, ...rest, findKey })
}

const noPolicy: Versioned<WalletPolicy> = { version: 0, value: noWalletPolicy }

type Gathered = ReturnType<typeof nothing>

function nothing() {
  return {
    installations: new Array<Installation>(),
    clients: new Map<ClientId, Versioned<ClientRecord>>(),
    keys: new Map<KeyId, Versioned<KeyRecord>>(),
    names: new Map<string, KeyRecord>(),
    rules: new Map<KeyId, Versioned<Rules>>(),
    ceilings: new Map<Network, Versioned<Ceiling>>(),
    freezes: new Map<string, Versioned<Freeze>>(),
    walletPolicy: noPolicy,
  }
}

function copyOf({
  installation,
  clients,
  keys,
  names,
  rules,
  ceilings,
  freezes,
  walletPolicy,
}: IndexedSnapshot): Gathered {
  return {
    installations: [installation],
    clients: new Map(clients),
    keys: new Map(keys),
    names: new Map(names),
    rules: new Map(rules),
    ceilings: new Map(ceilings),
    freezes: new Map(freezes),
    walletPolicy,
  }
}

function gatherAll(gathered: Gathered, records: Iterable<StateRecord>): Gathered {
  for (const record of records) {
    const { kind, id, version } = record
    if (!gather(gathered, kind, id, { version, value: deepFreeze(valueOf(record)) })) {
      throw new Failed('store-corrupt', `The record ${recordName(record)} is not of its kind`)
    }
  }
  return gathered
}

/** @returns whether the value is of its kind */
function gather(
  gathered: Gathered,
  kind: StateRecord['kind'],
  id: string,
  { version, value }: Versioned<JsonObject>,
): boolean {
  const { installations, clients, keys, names, rules, ceilings, freezes } = gathered
  if (kind === 'installation' && isInstallation(value)) installations.push(value)
  else if (kind === 'client' && isClient(value)) clients.set(value.id, { version, value })
  else if (kind === 'key' && isKey(value)) {
    keys.set(value.id, { version, value })
    addNames(names, value)
  } else if (kind === 'rules' && isRules(value)) rules.set(keyId(id), { version, value })
  else if (kind === 'ceiling' && isNetwork(id)) ceilings.set(id, { version, value })
  else if (kind === 'freeze' && isFreeze(value)) freezes.set(id, { version, value })
  else if (kind === 'wallet-policy' && id === walletPolicyId && isPolicy(value))
    gathered.walletPolicy = { version, value }
  else return false
  return true
}

/** The value inside a record's body, beside the epoch that put it there. */
export function valueOf({ kind, id, body }: StateRecord): JsonObject {
  const { value } = body
  if (isJsonObject(value)) return value
  throw new Failed('store-corrupt', `The record ${kind} ${id} holds nothing`)
}

/** A copy as plain JSON: what a record keeps of `value`. */
export function jsonOf(
  value: ClientRecord | KeyRecord | Rules | Installation | Ceiling | Freeze | WalletPolicy,
): JsonObject {
  return parseObject(JSON.stringify(value))
}

/**
 * Every name a key is found by: an account's address finds the key that signs for it. A purged key keeps its id, public key
 * and address, and gives its alias up.
 */
export function keyNames(key: KeyRecord): readonly string[] {
  const alias = key.state === 'purged' ? undefined : key.alias
  const own = key.handedOver ? undefined : key.address
  return [key.id, key.publicKey, own, alias, ...(key.accounts ?? [])].filter((name) => name !== undefined).map(spelling)
}

/** Hex is found in any case; every other name as it is written. */
function spelling(name: string): string {
  return /^0x[0-9a-f]+$/i.test(name) ? name.toLowerCase() : name
}

function addNames(names: Map<string, KeyRecord>, key: KeyRecord): void {
  for (const name of keyNames(key)) {
    const other = names.get(name)
    // One public key as two records could be opaque and decoded at once (safety rule 14).
    if (other && other.id !== key.id) throw new Failed('store-corrupt', `${name} names both ${other.id} and ${key.id}`)
    names.set(name, key)
  }
}

function isInstallation(value: object): value is Installation {
  return hasTexts(value, ['id', 'createdAt'])
}

function isClient(value: object): value is ClientRecord {
  return hasTexts(value, ['id', 'name', 'createdAt']) && hasLists(value, ['secrets', 'grants'])
}

function isKey(value: object): value is KeyRecord {
  return hasTexts(value, ['id', 'algorithm', 'publicKey', 'backend', 'family', 'kind', 'state', 'createdAt'])
}

function isRules(value: object): value is Rules {
  return hasLists(value, ['operations', 'networks', 'delegates', 'calls', 'typedData', 'authorities'])
}

function isFreeze(value: object): value is Freeze {
  return typeof Reflect.get(value, 'frozen') === 'boolean'
}

function isPolicy(value: JsonObject): value is JsonObject & WalletPolicy {
  return hasLists(value, ['rules']) && isJsonObject(value['treasury']) && isJsonObject(value['sweepFees'])
}

function hasTexts(value: object, names: readonly string[]): boolean {
  return names.every((name) => typeof Reflect.get(value, name) === 'string')
}

function hasLists(value: object, names: readonly string[]): boolean {
  return names.every((name) => Array.isArray(Reflect.get(value, name)))
}

function keyId(id: string): KeyId {
  if (isKeyId(id)) return id
  throw new Failed('store-corrupt', `Rules are kept for ${id}, which is no key`)
}

function isKeyId(id: string): id is KeyId {
  return id.startsWith('key_')
}

/** Records that did not change since the snapshot before are frozen already, and looked at no further. */
function deepFreeze(value: JsonObject): JsonObject {
  if (Object.isFrozen(value)) return value
  for (const member of Object.values(value)) freezeInside(member)
  return Object.freeze(value)
}

function freezeInside(value: unknown): void {
  if (typeof value !== 'object' || value === null || Object.isFrozen(value)) return
  for (const member of Object.values(value)) freezeInside(member)
  Object.freeze(value)
}
