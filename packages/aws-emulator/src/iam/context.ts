import { ACCOUNT } from '../arn.ts'
import type { Call } from '../operation.ts'
import type { KeyRecord, State } from '../state.ts'
import { isObject } from '../validation.ts'
import type { Access } from './access.ts'
import type { Context } from './conditions.ts'

// Request members that KMS copies into condition keys (KMS developer guide, "AWS KMS condition keys").
const COPIED: Readonly<Record<string, string>> = {
  SigningAlgorithm: 'kms:SigningAlgorithm',
  MessageType: 'kms:MessageType',
  EncryptionAlgorithm: 'kms:EncryptionAlgorithm',
  MacAlgorithm: 'kms:MacAlgorithm',
  KeyPairSpec: 'kms:DataKeyPairSpec',
  WrappingAlgorithm: 'kms:WrappingAlgorithm',
  WrappingKeySpec: 'kms:WrappingKeySpec',
  ExpirationModel: 'kms:ExpirationModel',
  PendingWindowInDays: 'kms:ScheduleKeyDeletionPendingWindowInDays',
  RotationPeriodInDays: 'kms:RotationPeriodInDays',
  ReplicaRegion: 'kms:ReplicaRegion',
  PrimaryRegion: 'kms:PrimaryRegion',
  BypassPolicyLockoutSafetyCheck: 'kms:BypassPolicyLockoutSafetyCheck',
  GranteePrincipal: 'kms:GranteePrincipal',
  SerialNumber: 'sts:SerialNumber',
}

/**
 * The condition keys of one call: global ones, those of the request, those of the key it uses. Gathered when a policy
 * first asks for one: most have no conditions, and finding a key's aliases looks at all of them.
 */
export function requestContext(call: Call, access: Access): Context {
  let gathered: Context | undefined
  return {
    get: (name) => {
      gathered ??= gather(call, access)
      return gathered.get(name)
    },
  }
}

function gather(call: Call, access: Access): Context {
  const pairs = [
    ...Object.entries(globalKeys(call)),
    ...Object.entries(requestKeys(call)),
    ...(access.key === undefined ? [] : Object.entries(keyKeys(call.emulator.state, access.key))),
    ...Object.entries(access.context ?? {}),
  ]
  return new Map(pairs.map(([name, values]) => [name.toLowerCase(), values]))
}

type Keys = Record<string, readonly string[]>

/** A request member as a policy sees it; what has no plain text matches nothing that a policy would name. */
const plain = (value: unknown): string => (typeof value === 'string' ? value : (JSON.stringify(value) ?? ''))

const pair = (name: string, value: unknown): [string, readonly string[]] => [name, [plain(value)]]

function globalKeys(call: Call): Keys {
  const { principal } = call
  const temporary = principal.sessionToken !== undefined || principal.mfa
  return {
    'aws:RequestedRegion': [call.region],
    'aws:PrincipalArn': [principal.arn],
    'aws:PrincipalAccount': [ACCOUNT],
    'aws:userid': [principal.userId],
    'aws:SecureTransport': ['false'],
    'aws:CurrentTime': [new Date(call.emulator.now()).toISOString()],
    'kms:CallerAccount': [ACCOUNT],
    // The key is absent, not false, for long-term access keys (IAM user guide, aws:MultiFactorAuthPresent).
    ...(temporary ? { 'aws:MultiFactorAuthPresent': [String(principal.mfa)] } : {}),
  }
}

function requestKeys(call: Call): Keys {
  const { body } = call
  const keys: Keys = {}
  for (const [member, name] of Object.entries(COPIED)) {
    if (body[member] !== undefined) keys[name] = [plain(body[member])]
  }
  // An absent MessageType is RAW, and the policy sees RAW.
  if (call.operation === 'Sign' || call.operation === 'Verify') keys['kms:MessageType'] ??= ['RAW']
  const named = body['KeyId']
  if (typeof named === 'string' && named.includes('alias/'))
    keys['kms:RequestAlias'] = [named.slice(named.indexOf('alias/'))]
  return {
    ...keys,
    ...creationKeys(call),
    ...encryptionContextKeys(body['EncryptionContext']),
    ...tagKeys(body['Tags']),
  }
}

function creationKeys(call: Call): Keys {
  if (call.operation !== 'CreateKey') return {}
  const { body } = call
  return {
    'kms:KeySpec': [plain(body['KeySpec'] ?? body['CustomerMasterKeySpec'] ?? 'SYMMETRIC_DEFAULT')],
    'kms:KeyUsage': [plain(body['KeyUsage'] ?? 'ENCRYPT_DECRYPT')],
    'kms:KeyOrigin': [plain(body['Origin'] ?? 'AWS_KMS')],
    'kms:MultiRegion': [plain(body['MultiRegion'] ?? false)],
  }
}

function encryptionContextKeys(context: unknown): Keys {
  if (!isObject(context)) return {}
  const pairs = Object.entries(context).map(([name, value]) => pair(`kms:EncryptionContext:${name}`, value))
  return { ...Object.fromEntries(pairs), 'kms:EncryptionContextKeys': Object.keys(context) }
}

function tagKeys(tags: unknown): Keys {
  if (!Array.isArray(tags)) return {}
  const named = tags
    .filter(isObject)
    .map((tag): [string, string] => [plain(tag['TagKey'] ?? tag['Key']), plain(tag['TagValue'] ?? tag['Value'])])
  const pairs = named.map(([key, value]) => pair(`aws:RequestTag/${key}`, value))
  return { ...Object.fromEntries(pairs), 'aws:TagKeys': named.map(([key]) => key) }
}

function keyKeys(state: State, key: KeyRecord): Keys {
  const aliases = [...state.aliases.values()].filter((alias) => alias.region === key.region && alias.keyId === key.id)
  const tags = key.tags.map((tag) => pair(`aws:ResourceTag/${tag.TagKey}`, tag.TagValue))
  return {
    'kms:KeySpec': [key.spec],
    'kms:KeyUsage': [key.usage],
    'kms:KeyOrigin': [key.origin],
    'kms:MultiRegion': [String(key.multiRegion !== undefined)],
    ...(key.multiRegion === undefined ? {} : { 'kms:MultiRegionKeyType': [key.multiRegion.toUpperCase()] }),
    'kms:ResourceAliases': aliases.map((alias) => alias.name),
    ...Object.fromEntries(tags),
  }
}
