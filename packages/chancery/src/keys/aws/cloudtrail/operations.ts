/** What each operation of KMS and Parameter Store is to a key, and which change in the register it may belong to. */

/**
 * `look`: makes and changes nothing. `use`: has the key do its work. `make`: one step of how a key comes to be here.
 * `change`: what `actions` change. `end`: AWS itself, at the end of a scheduled deletion. `strange`: nothing the service
 * ever asks.
 */
export type Meaning =
  | { readonly kind: 'look' | 'use' | 'make' | 'end' | 'strange' }
  | { readonly kind: 'change'; readonly actions: readonly string[] }

const looks: ReadonlySet<string> = new Set(
  [
    'kms:DescribeKey kms:GetPublicKey kms:GetKeyPolicy kms:GetKeyRotationStatus kms:GetKeyLastUsage kms:ListAliases',
    'kms:ListKeys kms:ListGrants kms:ListRetirableGrants kms:ListKeyPolicies kms:ListKeyRotations kms:Verify',
    'kms:ListResourceTags ssm:DescribeParameters ssm:ListTagsForResource',
  ].flatMap((line) => line.split(' ')),
)

/** Look, unless they decrypt. */
const readings: ReadonlySet<string> = new Set([
  'ssm:GetParameter',
  'ssm:GetParameters',
  'ssm:GetParametersByPath',
  'ssm:GetParameterHistory',
])

const uses: ReadonlySet<string> = new Set(['kms:Sign', 'kms:Decrypt'])

/** Parameter Store calls Encrypt, or GenerateDataKey for what is longer, when it writes. */
const makes: ReadonlySet<string> = new Set([
  'kms:CreateKey',
  'kms:CreateAlias',
  'kms:TagResource',
  'kms:Encrypt',
  'kms:GenerateDataKey',
  'kms:GenerateDataKeyPairWithoutPlaintext',
  'ssm:PutParameter',
  'ssm:AddTagsToResource',
])

const changes: Readonly<Record<string, readonly string[]>> = {
  'kms:EnableKey': ['key.enable'],
  'kms:DisableKey': ['key.disable'],
  'kms:ScheduleKeyDeletion': ['key.schedule-deletion'],
  'kms:CancelKeyDeletion': ['key.cancel-deletion'],
  'ssm:DeleteParameter': ['key.purge'],
}

/** The changes with which a key comes to be here. */
export const beginnings: ReadonlySet<string> = new Set(['key.create', 'key.import', 'key.enrol', 'key.adopt'])

/** `kms:Sign`, and whether what was asked could show or do anything. An operation that is not known is strange. */
export function meaningOf(operation: string, { decrypts, dryRun }: { decrypts: boolean; dryRun: boolean }): Meaning {
  if (dryRun || looks.has(operation)) return { kind: 'look' }
  if (readings.has(operation)) return { kind: decrypts ? 'use' : 'look' }
  if (uses.has(operation)) return { kind: 'use' }
  if (makes.has(operation)) return { kind: 'make' }
  if (operation === 'kms:DeleteKey') return { kind: 'end' }
  const actions = Object.hasOwn(changes, operation) ? changes[operation] : undefined
  return actions === undefined ? { kind: 'strange' } : { kind: 'change', actions }
}
