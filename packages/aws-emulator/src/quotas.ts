import { AwsError } from './errors.ts'
import type { ServiceName } from './services.ts'
import type { KeyRecord } from './state.ts'

/** `'aws'`: the figures of AWS; an object: the named quotas, per second, and no others. */
export type QuotaOptions = 'aws' | Readonly<Record<string, number>>

export interface Quotas {
  /** Counts one call; throws ThrottlingException beyond the quota of its second. */
  count(service: ServiceName, region: string, operation: string, key: KeyRecord | undefined): void
  set(options: QuotaOptions | undefined): void
}

// KMS developer guide, "Request quotas", default figures of most regions; names starting with "Cryptographic" are
// shared by several operations, the others are one operation each.
const AWS_QUOTAS: Readonly<Record<string, number>> = {
  CryptographicEcc: 1000,
  CryptographicRsa: 1000,
  CryptographicSymmetric: 10_000,
  GenerateDataKeyPair: 100,
  CancelKeyDeletion: 5,
  CreateAlias: 5,
  CreateGrant: 50,
  CreateKey: 5,
  DeleteAlias: 15,
  DeleteImportedKeyMaterial: 15,
  DescribeKey: 2000,
  DisableKey: 5,
  DisableKeyRotation: 5,
  EnableKey: 5,
  EnableKeyRotation: 15,
  GetKeyLastUsage: 5,
  GetKeyPolicy: 1000,
  GetKeyRotationStatus: 1000,
  GetParametersForImport: 1,
  GetPublicKey: 2000,
  ImportKeyMaterial: 15,
  ListAliases: 500,
  ListGrants: 100,
  ListKeys: 500,
  ListResourceTags: 2000,
  PutKeyPolicy: 15,
  ReplicateKey: 5,
  RetireGrant: 30,
  RevokeGrant: 30,
  ScheduleKeyDeletion: 15,
  TagResource: 10,
  UntagResource: 5,
  UpdateAlias: 5,
  UpdatePrimaryRegion: 5,
  // SSM: general reference, "Parameter Store quotas": 40 a second shared by the reads.
  ParameterReads: 40,
  PutParameter: 3,
}

const SYMMETRIC = [
  'Encrypt',
  'Decrypt',
  'GenerateDataKey',
  'GenerateDataKeyWithoutPlaintext',
  'GenerateMac',
  'GenerateRandom',
  'ReEncrypt',
  'VerifyMac',
]
const PARAMETER_READS = ['GetParameter', 'GetParameters', 'GetParametersByPath']

function quotaName(operation: string, key: KeyRecord | undefined): string {
  if (operation.startsWith('GenerateDataKeyPair')) return 'GenerateDataKeyPair'
  if (PARAMETER_READS.includes(operation)) return 'ParameterReads'
  if (operation === 'Sign' || operation === 'Verify') return cryptographic(key)
  return SYMMETRIC.includes(operation) ? cryptographic(key) : operation
}

function cryptographic(key: KeyRecord | undefined): string {
  if (key?.spec.startsWith('ECC_') === true) return 'CryptographicEcc'
  return key?.spec.startsWith('RSA_') === true ? 'CryptographicRsa' : 'CryptographicSymmetric'
}

export function makeQuotas(initial: QuotaOptions | undefined, now: () => number): Quotas {
  let limits = figures(initial)
  const counts = new Map<string, { second: number; count: number }>()
  return {
    set: (options) => {
      limits = figures(options)
    },
    count: (service, region, operation, key) => {
      const name = quotaName(operation, key)
      const limit = limits[name]
      if (limit === undefined) return
      const second = Math.floor(now() / 1000)
      const slot = `${region}/${name}`
      const before = counts.get(slot)
      const count = before?.second === second ? before.count + 1 : 1
      counts.set(slot, { second, count })
      if (count > limit) throw throttled(service)
    },
  }
}

function figures(options: QuotaOptions | undefined): Readonly<Record<string, number>> {
  if (options === undefined) return {}
  return options === 'aws' ? AWS_QUOTAS : options
}

export function throttled(service: ServiceName): AwsError {
  if (service === 'sts') return new AwsError('Throttling', 'Rate exceeded')
  const kms = 'You have exceeded the rate at which you may call KMS. Reduce the frequency of your calls.'
  return new AwsError('ThrottlingException', service === 'kms' ? kms : 'Rate exceeded')
}
