import type { KeySpecName, KeyUsage } from './kms/specs.ts'

export type KeyState = 'Enabled' | 'Disabled' | 'PendingDeletion' | 'PendingImport' | 'PendingReplicaDeletion'

export interface Tag {
  readonly TagKey: string
  readonly TagValue: string
}

/** One version of a key's secret: raw bytes for symmetric and HMAC keys, PKCS #8 DER for the others; base64. */
export interface Material {
  readonly id: string
  readonly secret: string
}

export interface Rotation {
  readonly periodInDays: number
  readonly enabledAt: number
}

export interface Grant {
  readonly id: string
  readonly token: string
  readonly name: string | undefined
  readonly createdAt: number
  readonly granteePrincipal: string
  readonly retiringPrincipal: string | undefined
  readonly operations: readonly string[]
  readonly constraints: GrantConstraints | undefined
}

export interface GrantConstraints {
  readonly EncryptionContextEquals?: Record<string, string> | undefined
  readonly EncryptionContextSubset?: Record<string, string> | undefined
}

/** Times are milliseconds since the epoch, on the emulator's clock. */
export interface KeyRecord {
  readonly id: string
  readonly region: string
  readonly arn: string
  readonly spec: KeySpecName
  readonly usage: KeyUsage
  readonly origin: 'AWS_KMS' | 'EXTERNAL'
  readonly manager: 'CUSTOMER' | 'AWS'
  readonly createdAt: number
  description: string
  state: KeyState
  policy: string
  tags: Tag[]
  multiRegion: 'primary' | 'replica' | undefined
  /** Oldest first; the last one is current. */
  materials: Material[]
  /** Of the current material, or of the last one there was. */
  materialId: string | undefined
  /** Imported, waiting for RotateKeyOnDemand. */
  pendingMaterial: Material | undefined
  expirationModel: 'KEY_MATERIAL_EXPIRES' | 'KEY_MATERIAL_DOES_NOT_EXPIRE' | undefined
  validTo: number | undefined
  deletionDate: number | undefined
  pendingWindowInDays: number | undefined
  rotation: Rotation | undefined
  onDemandRotations: number
  grants: Grant[]
  lastUsed: { readonly operation: string; readonly at: number } | undefined
}

export interface AliasRecord {
  readonly name: string
  readonly arn: string
  readonly region: string
  readonly createdAt: number
  updatedAt: number
  keyId: string
}

export interface ImportToken {
  readonly keyArn: string
  readonly wrappingKey: string
  readonly wrappingAlgorithm: string
  readonly validTo: number
}

export type ParameterType = 'String' | 'StringList' | 'SecureString'

export interface ParameterVersion {
  readonly version: number
  /** Plain text, or for a SecureString the ciphertext (base64). */
  readonly value: string
  readonly type: ParameterType
  readonly tier: 'Standard' | 'Advanced'
  readonly keyId: string | undefined
  readonly description: string | undefined
  readonly allowedPattern: string | undefined
  readonly dataType: string
  readonly modifiedAt: number
  readonly modifiedBy: string
  labels: string[]
}

export interface ParameterRecord {
  readonly name: string
  readonly region: string
  readonly arn: string
  /** Oldest first; the last one is current. */
  versions: ParameterVersion[]
  tags: { Key: string; Value: string }[]
}

export interface SessionRecord {
  readonly accessKeyId: string
  readonly secretAccessKey: string
  readonly sessionToken: string
  readonly expiresAt: number
  readonly arn: string
  readonly userId: string
  readonly mfa: boolean
  /** IAM policy documents (JSON text); every one of them must allow. Empty allows all. */
  readonly policies: readonly string[]
}

/** Everything that survives a restart with `--state`. */
export interface State {
  readonly keys: Map<string, KeyRecord>
  readonly aliases: Map<string, AliasRecord>
  readonly importTokens: Map<string, ImportToken>
  readonly parameters: Map<string, ParameterRecord>
  readonly sessions: Map<string, SessionRecord>
}

export function emptyState(): State {
  return {
    keys: new Map(),
    aliases: new Map(),
    importTokens: new Map(),
    parameters: new Map(),
    sessions: new Map(),
  }
}
