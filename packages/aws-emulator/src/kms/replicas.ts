import { keyArn } from '../arn.ts'
import { hideIfDelayed } from '../delayed-visibility.ts'
import { AwsError, validation } from '../errors.ts'
import { type Call, writing } from '../operation.ts'
import type { KeyRecord } from '../state.ts'
import { flag, required, text } from '../validation.ts'
import { addKey } from './keys.ts'
import { relatedKeys } from './lifetime.ts'
import { keyMetadata } from './metadata.ts'
import { checkPolicy, DEFAULT_POLICY } from './policies.ts'
import { requireEnabled, useKey } from './resolve.ts'
import { keyId, policyText } from './shapes.ts'
import { mergeTags, tagList } from './tags.ts'

const region = required(text({ min: 1, max: 32, pattern: /^([a-z]+-){2,3}\d+$/ }))

function requirePrimary(key: KeyRecord): void {
  if (key.multiRegion === 'primary') return
  throw new AwsError('UnsupportedOperationException', `${key.arn} is not a multi-region primary key.`)
}

/** Only regions the emulator was started with exist. */
function requireRegion(call: Call, name: string): void {
  if (!call.emulator.regions.includes(name)) throw validation(`${name} is not a valid Region for this operation.`)
}

const replicateShape = {
  KeyId: keyId,
  ReplicaRegion: region,
  Policy: policyText,
  BypassPolicyLockoutSafetyCheck: flag(),
  Description: text({ max: 8192 }),
  Tags: tagList(),
}

const replicateKey = writing(replicateShape, (call, input) => {
  const key = useKey(call, input.KeyId)
  requirePrimary(key)
  requireEnabled(key)
  requireRegion(call, input.ReplicaRegion)
  const arn = keyArn(input.ReplicaRegion, key.id)
  if (call.emulator.state.keys.has(arn)) throw new AwsError('AlreadyExistsException', `Key ${arn} already exists`)
  if (input.Policy !== undefined) checkPolicy(call, input.Policy, input.BypassPolicyLockoutSafetyCheck ?? false)
  const policy = input.Policy ?? DEFAULT_POLICY
  const tags = mergeTags([], input.Tags ?? [])
  const replica = addReplica(call, key, { region: input.ReplicaRegion, policy, tags, description: input.Description })
  // The recorded answer shows the replica before it is ready; the next call finds it Enabled.
  const metadata = { ...keyMetadata(call.emulator, replica), Enabled: false, KeyState: 'Creating' }
  return {
    ReplicaKeyMetadata: { ...metadata, CurrentKeyMaterialId: undefined },
    ReplicaPolicy: policy,
    ReplicaTags: tags.length === 0 ? undefined : tags,
  }
})

interface ReplicaOptions {
  readonly region: string
  readonly policy: string
  readonly tags: KeyRecord['tags']
  readonly description: string | undefined
}

function addReplica(call: Call, key: KeyRecord, options: ReplicaOptions): KeyRecord {
  const { id, spec, usage, origin } = key
  // Imported material is imported into each replica anew, and must be the primary's (KMS developer guide).
  const materials = origin === 'EXTERNAL' ? [] : key.materials
  const replica = addKey(call.emulator, { ...options, id, spec, usage, origin, materials, multiRegion: 'replica' })
  replica.materialId = key.materialId
  hideIfDelayed(call, replica.arn)
  return replica
}

export const replicaOperations = {
  ReplicateKey: replicateKey,

  UpdatePrimaryRegion: writing({ KeyId: keyId, PrimaryRegion: region }, (call, input) => {
    const key = useKey(call, input.KeyId)
    requirePrimary(key)
    requireEnabled(key)
    const next = relatedKeys(call.emulator, key.id).find((one) => one.region === input.PrimaryRegion)
    if (next === undefined || next === key) {
      throw validation(`${input.PrimaryRegion} has no replica key of ${key.arn}.`)
    }
    key.multiRegion = 'replica'
    next.multiRegion = 'primary'
    return undefined
  }),
}
