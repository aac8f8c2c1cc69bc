import { keyArn } from '../arn.ts'
import { hideIfDelayed } from '../delayed-visibility.ts'
import type { Emulator } from '../emulator.ts'
import { AwsError, validation } from '../errors.ts'
import { reading, writing } from '../operation.ts'
import type { KeyRecord, Material, Tag } from '../state.ts'
import { flag, integer, oneOf, required, text } from '../validation.ts'
import { livingKeys } from './lifetime.ts'
import { generateSecret, makeMaterial, publicKeyDer, currentMaterial } from './material.ts'
import { keyMetadata, seconds } from './metadata.ts'
import { page } from './pages.ts'
import { checkPolicy, DEFAULT_POLICY } from './policies.ts'
import { requireAlive, requireEnabled, useKey, useKeyOrAlias, useNoKey } from './resolve.ts'
import { grantTokens, keyId, marker, policyText } from './shapes.ts'
import { KEY_SPECS, KEY_USAGES, keySpec, type KeySpecName, type KeyUsage } from './specs.ts'
import { mergeTags, tagList } from './tags.ts'

/** What differs between the keys that are made. */
export interface NewKey {
  readonly id: string
  readonly region: string
  readonly spec: KeySpecName
  readonly usage: KeyUsage
  readonly origin?: KeyRecord['origin']
  readonly manager?: KeyRecord['manager']
  readonly description?: string | undefined
  readonly policy?: string | undefined
  readonly tags?: Tag[]
  readonly multiRegion?: KeyRecord['multiRegion']
  readonly materials: Material[]
}

export function addKey(emulator: Emulator, options: NewKey): KeyRecord {
  const key: KeyRecord = {
    id: options.id,
    region: options.region,
    arn: keyArn(options.region, options.id),
    spec: options.spec,
    usage: options.usage,
    origin: options.origin ?? 'AWS_KMS',
    manager: options.manager ?? 'CUSTOMER',
    createdAt: emulator.now(),
    description: options.description ?? '',
    state: options.materials.length === 0 ? 'PendingImport' : 'Enabled',
    policy: options.policy ?? DEFAULT_POLICY,
    tags: options.tags ?? [],
    multiRegion: options.multiRegion,
    materials: options.materials,
    materialId: options.materials.at(-1)?.id,
    pendingMaterial: undefined,
    expirationModel: undefined,
    validTo: undefined,
    deletionDate: undefined,
    pendingWindowInDays: undefined,
    rotation: undefined,
    onDemandRotations: 0,
    grants: [],
    lastUsed: undefined,
  }
  emulator.state.keys.set(key.arn, key)
  return key
}

/** A UUID, or `mrk-` and 32 hex digits for a multi-Region key. */
function newKeyId(emulator: Emulator, multiRegion: boolean): string {
  const hex = emulator.random.bytes(16).toString('hex')
  if (multiRegion) return `mrk-${hex}`
  return hex.replace(/^(.{8})(.{4}).(.{3}).(.{3})(.{12})$/, '$1-$2-4$3-a$4-$5')
}

/** `alias/aws/…` keys appear when a service first needs them. */
export async function addManagedKey(emulator: Emulator, region: string, description: string): Promise<KeyRecord> {
  const id = newKeyId(emulator, false)
  const secret = await generateSecret('SYMMETRIC_DEFAULT', emulator.random)
  const materials = [makeMaterial(id, secret)]
  return addKey(emulator, {
    id,
    region,
    description,
    materials,
    spec: 'SYMMETRIC_DEFAULT',
    usage: 'ENCRYPT_DECRYPT',
    manager: 'AWS',
  })
}

const createShape = {
  Policy: policyText,
  Description: text({ max: 8192 }),
  KeyUsage: oneOf(KEY_USAGES),
  KeySpec: oneOf(KEY_SPECS),
  CustomerMasterKeySpec: oneOf(KEY_SPECS),
  Origin: oneOf(['AWS_KMS', 'EXTERNAL', 'AWS_CLOUDHSM', 'EXTERNAL_KEY_STORE']),
  BypassPolicyLockoutSafetyCheck: flag(),
  Tags: tagList(),
  MultiRegion: flag(),
}

function chooseUsage(spec: KeySpecName, usage: KeyUsage | undefined): KeyUsage {
  if (usage === undefined && spec === 'SYMMETRIC_DEFAULT') return 'ENCRYPT_DECRYPT'
  if (usage === undefined) {
    throw validation('You must specify a KeyUsage value for all KMS keys except for symmetric encryption keys.')
  }
  if (!keySpec(spec).usages.includes(usage)) {
    throw validation(`KeyUsage ${usage} is not compatible with KeySpec ${spec}`)
  }
  return usage
}

function chooseOrigin(origin: string | undefined): KeyRecord['origin'] {
  if (origin === undefined || origin === 'AWS_KMS') return 'AWS_KMS'
  if (origin === 'EXTERNAL') return 'EXTERNAL'
  throw new AwsError('UnsupportedOperationException', `The emulator has no custom key stores (Origin ${origin}).`)
}

const createKey = writing(createShape, async (call, input) => {
  const { emulator, region } = call
  useNoKey(call)
  const spec = input.KeySpec ?? input.CustomerMasterKeySpec ?? 'SYMMETRIC_DEFAULT'
  const usage = chooseUsage(spec, input.KeyUsage)
  const origin = chooseOrigin(input.Origin)
  const tags = mergeTags([], input.Tags ?? [])
  if (input.Policy !== undefined) checkPolicy(call, input.Policy, input.BypassPolicyLockoutSafetyCheck ?? false)
  const id = newKeyId(emulator, input.MultiRegion ?? false)
  const materials = origin === 'EXTERNAL' ? [] : [makeMaterial(id, await generateSecret(spec, emulator.random))]
  const multiRegion = input.MultiRegion === true ? ('primary' as const) : undefined
  const common = { id, region, spec, usage, origin, tags, multiRegion, materials }
  const key = addKey(emulator, { ...common, policy: input.Policy, description: input.Description })
  hideIfDelayed(call, key.arn)
  call.entry.key = key.arn
  return { KeyMetadata: keyMetadata(emulator, key) }
})

export const keyOperations = {
  CreateKey: createKey,

  DescribeKey: reading({ KeyId: keyId, GrantTokens: grantTokens }, (call, input) => {
    const key = useKeyOrAlias(call, input.KeyId)
    return { KeyMetadata: keyMetadata(call.emulator, key) }
  }),

  ListKeys: reading({ Limit: integer({ min: 1, max: 1000 }), Marker: marker }, (call, input) => {
    useNoKey(call)
    const keys = livingKeys(call.emulator, call.region).map((key) => ({ KeyId: key.id, KeyArn: key.arn }))
    const { items, ...rest } = page(keys, input.Limit ?? 100, input.Marker)
    return { Keys: items, ...rest }
  }),

  GetPublicKey: reading({ KeyId: keyId, GrantTokens: grantTokens }, (call, input) => {
    const key = useKeyOrAlias(call, input.KeyId)
    const spec = keySpec(key.spec)
    if (spec.kind.type === 'symmetric' || spec.kind.type === 'hmac') {
      throw new AwsError(
        'UnsupportedOperationException',
        `${key.arn} key spec is ${key.spec} which is not valid for GetPublicKey.`,
      )
    }
    requireEnabled(key)
    return {
      KeyId: key.arn,
      PublicKey: publicKeyDer(currentMaterial(key)),
      CustomerMasterKeySpec: key.spec,
      KeySpec: key.spec,
      KeyUsage: key.usage,
      SigningAlgorithms: key.usage === 'SIGN_VERIFY' ? spec.signing : undefined,
      EncryptionAlgorithms: key.usage === 'ENCRYPT_DECRYPT' ? spec.encryption : undefined,
    }
  }),

  EnableKey: writing({ KeyId: keyId }, (call, input) => {
    const key = useKey(call, input.KeyId)
    requireAlive(key)
    if (key.state === 'PendingImport') requireEnabled(key)
    key.state = 'Enabled'
    return undefined
  }),

  DisableKey: writing({ KeyId: keyId }, (call, input) => {
    const key = useKey(call, input.KeyId)
    requireAlive(key)
    if (key.state === 'PendingImport') requireEnabled(key)
    key.state = 'Disabled'
    return undefined
  }),

  UpdateKeyDescription: writing({ KeyId: keyId, Description: required(text({ max: 8192 })) }, (call, input) => {
    const key = useKey(call, input.KeyId)
    requireAlive(key)
    key.description = input.Description
    return undefined
  }),

  GetKeyLastUsage: reading({ KeyId: keyId }, (call, input) => {
    const key = useKey(call, input.KeyId)
    const used = key.lastUsed
    return {
      KeyId: key.arn,
      KeyCreationDate: seconds(key.createdAt),
      TrackingStartDate: seconds(key.createdAt),
      KeyLastUsage: used === undefined ? undefined : { Operation: used.operation, Timestamp: seconds(used.at) },
    }
  }),
}
