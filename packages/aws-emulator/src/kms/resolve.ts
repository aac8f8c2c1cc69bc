import { ACCOUNT, aliasArn, keyArn, parseArn } from '../arn.ts'
import type { Emulator } from '../emulator.ts'
import { AwsError, invalidState, notFound } from '../errors.ts'
import type { Access } from '../iam/access.ts'
import { authorize } from '../iam/authorize.ts'
import type { Call } from '../operation.ts'
import type { AliasRecord, KeyRecord } from '../state.ts'
import { settle } from './lifetime.ts'
import type { KeyUsage } from './specs.ts'

const KEY_ID = /^(?:[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}|mrk-[0-9a-f]{32})$/

/** Finds the key a request names by id or ARN, checks that the caller may, and puts it on the log line. */
export function useKey(call: Call, name: string, access: Partial<Access> = {}): KeyRecord {
  return admit(call, findKey(call.emulator, call.region, name), access)
}

/** As useKey, for the operations that take an alias name or alias ARN as well. */
export function useKeyOrAlias(call: Call, name: string, access: Partial<Access> = {}): KeyRecord {
  return admit(call, findKeyOrAlias(call.emulator, call.region, name), access)
}

/** For the operations that are about no key yet, or about all: the permission on `*`, and the operation's quota. */
export function useNoKey(call: Call): void {
  authorize(call, { resource: '*' })
  call.emulator.quotas.count(call.service, call.region, call.operation, undefined)
}

function admit(call: Call, key: KeyRecord, access: Partial<Access>): KeyRecord {
  call.entry.key = key.arn
  authorize(call, { resource: key.arn, key, ...access })
  call.emulator.quotas.count(call.service, call.region, call.operation, key)
  return key
}

/** Throws NotFoundException in AWS's recorded texts: ill-formed, of another region, or not there. */
export function findKey(emulator: Emulator, region: string, name: string): KeyRecord {
  const id = name.startsWith('arn:') ? resourceOf(region, name, 'key/') : name
  if (!KEY_ID.test(id)) throw notFound(`Invalid keyId '${id}'`)
  return visibleKey(emulator, keyArn(region, id))
}

export function findKeyOrAlias(emulator: Emulator, region: string, name: string): KeyRecord {
  const aliasName = name.startsWith('arn:') && name.includes(':alias/') ? resourceOf(region, name, '') : name
  if (!aliasName.startsWith('alias/')) return findKey(emulator, region, name)
  const alias = visibleAlias(emulator, aliasArn(region, aliasName))
  return findKey(emulator, region, alias.keyId)
}

function resourceOf(region: string, text: string, prefix: string): string {
  const arn = parseArn(text)
  if (arn === undefined || arn.service !== 'kms' || !arn.resource.startsWith(prefix))
    throw notFound(`Invalid arn ${text}`)
  if (arn.region !== region) throw notFound(`Invalid arn ${arn.region}`)
  if (arn.account !== ACCOUNT) throw notFound(`Key '${text}' does not exist`)
  return arn.resource.slice(prefix.length)
}

function visibleKey(emulator: Emulator, arn: string): KeyRecord {
  const stored = emulator.state.keys.get(arn)
  const key = stored === undefined ? undefined : settle(emulator, stored)
  if (key === undefined || emulator.visibility.look(arn) !== undefined) throw notFound(`Key '${arn}' does not exist`)
  return key
}

/** The alias as this call may see it: with the fault `delayed-visibility` not yet, or still with its former key. */
export function visibleAlias(emulator: Emulator, arn: string): AliasRecord {
  const alias = emulator.state.aliases.get(arn)
  const hidden = alias === undefined ? undefined : emulator.visibility.look(arn)
  if (alias === undefined || (hidden !== undefined && hidden.before === undefined)) {
    throw notFound(`Alias ${arn} is not found.`)
  }
  return hidden?.before === undefined ? alias : { ...alias, keyId: hidden.before }
}

const STATE_SENTENCES: Readonly<Partial<Record<KeyRecord['state'], string>>> = {
  PendingDeletion: 'is pending deletion.',
  PendingImport: 'is pending import.',
  PendingReplicaDeletion: 'is pending replica deletion.',
}

/** Throws DisabledException or KMSInvalidStateException unless the key can be used. */
export function requireEnabled(key: KeyRecord): void {
  if (key.state === 'Disabled') throw new AwsError('DisabledException', `${key.arn} is disabled.`)
  requireAlive(key)
  if (key.state !== 'Enabled') throw invalidState(`${key.arn} ${STATE_SENTENCES[key.state] ?? 'is not usable.'}`)
}

/** Management of disabled keys and of keys without material is allowed; of keys about to be deleted it is not. */
export function requireAlive(key: KeyRecord): void {
  if (key.state !== 'PendingDeletion' && key.state !== 'PendingReplicaDeletion') return
  throw invalidState(`${key.arn} ${STATE_SENTENCES[key.state]}`)
}

export function requireUsage(call: Call, key: KeyRecord, usage: KeyUsage): void {
  if (key.usage === usage) return
  const message = `${key.arn} key usage is ${key.usage} which is not valid for ${call.operation}.`
  throw new AwsError('InvalidKeyUsageException', message)
}

/** Throws InvalidKeyUsageException when the key's spec does not offer the algorithm. */
export function requireAlgorithm(key: KeyRecord, algorithm: string, offered: readonly string[]): void {
  if (offered.includes(algorithm)) return
  throw new AwsError('InvalidKeyUsageException', `Algorithm ${algorithm} is incompatible with key spec ${key.spec}.`)
}

/** Remembers the last cryptographic use, for GetKeyLastUsage. */
export function touch(call: Call, key: KeyRecord): void {
  key.lastUsed = { operation: call.operation, at: call.emulator.now() }
}
