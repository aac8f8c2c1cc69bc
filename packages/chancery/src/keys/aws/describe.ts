/** What AWS KMS says about a key, in the few words the service needs. */
import type { Deadline } from '../../base/deadline.ts'
import { sha256, toHex, utf8 } from '../../base/bytes.ts'
import { Failed, Refused } from '../../core/errors.ts'
import type { PublicKey } from '../../core/key.ts'
import { parseKeyArn } from './arn.ts'
import type { Connection } from './connection.ts'
import type { Spec } from './specs.ts'

export interface Description {
  readonly arn: string
  /** `Enabled`, `Disabled`, `PendingDeletion`, … */
  readonly state: string
  readonly keySpec: string
  readonly keyUsage: string
  readonly deletionDate?: Date
}

/** @throws Refused `not-found` */
export async function describeKey(connection: Connection, name: string, deadline: Deadline): Promise<Description> {
  const target = { operation: 'DescribeKey', key: name }
  const { KeyMetadata } = await connection.call(target, (kms, http) => kms.describeKey({ KeyId: name }, http), deadline)
  const { Arn, KeyState, KeySpec, KeyUsage, DeletionDate } = KeyMetadata ?? {}
  return {
    arn: assertOurRegion(Arn, connection.region),
    state: KeyState ?? 'unknown',
    keySpec: KeySpec ?? 'unknown',
    keyUsage: KeyUsage ?? 'unknown',
    ...(DeletionDate && { deletionDate: DeletionDate }),
  }
}

export async function describeIfAny(
  connection: Connection,
  name: string,
  deadline: Deadline,
): Promise<Description | undefined> {
  try {
    return await describeKey(connection, name, deadline)
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
