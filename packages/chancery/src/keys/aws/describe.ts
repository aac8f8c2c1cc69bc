/** What AWS KMS says about a key, in the few words the service needs. */
import type { MultiRegionConfiguration } from '@aws-sdk/client-kms'
import type { Deadline } from '../../base/deadline.ts'
import { sha256, toHex, utf8 } from '../../base/bytes.ts'
import { Failed, Refused } from '../../core/errors.ts'
import type { PublicKey } from '../../core/key.ts'
import { parseKeyArn } from './arn.ts'
import type { Connection } from './connection.ts'
import { lookingOn } from './heard.ts'
import type { Spec } from './specs.ts'

export interface Description {
  readonly arn: string
  /** `Enabled`, `Disabled`, `PendingDeletion`, … */
  readonly state: string
  readonly keySpec: string
  readonly keyUsage: string
  readonly created?: Date
  readonly deletionDate?: Date
  /** The regions of its replicas, where it is a multi-Region primary key. */
  readonly replicas: readonly string[]
  /** Days of the window that begins once the replicas are gone, while it waits for that. */
  readonly window?: number
}

/** @throws Refused `not-found` */
export async function describeKey(connection: Connection, name: string, deadline: Deadline): Promise<Description> {
  const target = { operation: 'DescribeKey', key: name }
  const { KeyMetadata } = await connection.call(target, (kms, http) => kms.describeKey({ KeyId: name }, http), deadline)
  const { Arn, KeyState, KeySpec, KeyUsage, CreationDate, DeletionDate } = KeyMetadata ?? {}
  const window = KeyMetadata?.PendingDeletionWindowInDays
  return {
    arn: assertOurRegion(Arn, connection.region),
    state: KeyState ?? 'unknown',
    keySpec: KeySpec ?? 'unknown',
    keyUsage: KeyUsage ?? 'unknown',
    ...(CreationDate && { created: CreationDate }),
    ...(DeletionDate && { deletionDate: DeletionDate }),
    replicas: replicasIn(KeyMetadata?.MultiRegionConfiguration),
    ...(window !== undefined && { window }),
  }
}

/** A replica tells of its sisters too, and may go before them. */
function replicasIn(regions: MultiRegionConfiguration | undefined): readonly string[] {
  if (regions?.MultiRegionKeyType !== 'PRIMARY') return []
  return (regions.ReplicaKeys ?? []).map(({ Region }) => Region ?? 'an unnamed region')
}

/** Either state: a primary key waits for its replicas before its own window begins. */
export function isPendingDeletion({ state }: Pick<Description, 'state'>): boolean {
  return state === 'PendingDeletion' || state === 'PendingReplicaDeletion'
}

export async function describeIfAny(
  connection: Connection,
  name: string,
  deadline: Deadline,
): Promise<Description | undefined> {
  try {
    return await describeKey(lookingOn(connection), name, deadline)
  } catch (error) {
    if (error instanceof Refused && error.code === 'not-found') return undefined
    throw error
  }
}

export type Tags = ReadonlyMap<string, string>

export async function tagsOf(connection: Connection, arn: string, deadline: Deadline): Promise<Tags> {
  const target = { operation: 'ListResourceTags', key: arn }
  // A key has at most 50 tags: one page of 50 holds them all.
  const input = { KeyId: arn, Limit: 50 }
  const { Tags } = await connection.call(target, (kms, http) => kms.listResourceTags(input, http), deadline)
  return new Map((Tags ?? []).map(({ TagKey, TagValue }) => [TagKey ?? '', TagValue ?? '']))
}

/**
 * The public key, once: it never changes, so it is pinned and not asked for again.
 * @throws Refused when the key is of another kind than asked for.
 */
export async function fetchPublicKey(
  connection: Connection,
  name: string,
  spec: Spec,
  deadline: Deadline,
): Promise<{ readonly arn: string; readonly publicKey: PublicKey }> {
  const target = { operation: 'GetPublicKey', key: name }
  const answer = await connection.call(target, (kms, http) => kms.getPublicKey({ KeyId: name }, http), deadline)
  assertKind({ keySpec: answer.KeySpec ?? 'unknown', keyUsage: answer.KeyUsage ?? 'unknown' }, spec)
  return { arn: assertOurRegion(answer.KeyId, connection.region), publicKey: parsePublicKey(spec, answer.PublicKey) }
}

export function assertKind({ keySpec, keyUsage }: Pick<Description, 'keySpec' | 'keyUsage'>, spec: Spec): void {
  if (keySpec === spec.keySpec && keyUsage === 'SIGN_VERIFY') return
  const particulars = { got: `${keySpec}, ${keyUsage}`, wanted: `${spec.keySpec}, SIGN_VERIFY` }
  throw new Refused('invalid-request', 'The AWS KMS key is of another kind', particulars)
}

function assertOurRegion(arn: string | undefined, region: string): string {
  const parsed = parseKeyArn(arn ?? '')
  if (parsed?.region !== region)
    throw new Failed('backend-failed', `AWS KMS in ${region} did not name a key of its own`)
  return parsed.text
}

function parsePublicKey({ curve }: Spec, spki: Uint8Array | undefined): PublicKey {
  try {
    return curve.publicKey(spki ?? new Uint8Array(0))
  } catch {
    throw new Failed('backend-failed', 'AWS KMS answered with something that is no public key of the algorithm')
  }
}

/**
 * SHA-256 of the key policy, to notice when it changes; undefined where the service may not read it, which is no fault.
 * https://docs.aws.amazon.com/kms/latest/APIReference/API_GetKeyPolicy.html: a key has one policy, named `default`.
 */
export async function policyHash(connection: Connection, arn: string, deadline: Deadline): Promise<string | undefined> {
  const target = { operation: 'GetKeyPolicy', key: arn }
  const input = { KeyId: arn, PolicyName: 'default' }
  try {
    const { Policy } = await connection.call(target, (kms, http) => kms.getKeyPolicy(input, http), deadline)
    return toHex(sha256(utf8(Policy ?? '')))
  } catch (error) {
    if (error instanceof Failed && error.code === 'backend-denied') return undefined
    throw error
  }
}
