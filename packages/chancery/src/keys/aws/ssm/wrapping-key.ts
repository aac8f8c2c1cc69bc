/** The symmetric KMS key of one parameter: found by its alias or made, and marked as ours. */
import type { Deadline } from '../../../base/deadline.ts'
import { Failed, Refused } from '../../../core/errors.ts'
import type { KeyId } from '../../../core/names.ts'
import type { Connection } from '../connection.ts'
import { ensureAlias, eventually } from '../create.ts'
import { describeIfAny, tagsOf } from '../describe.ts'
import { keyTag, ownerTag } from '../tags.ts'
import type { Place } from './place.ts'

export interface Owner {
  readonly installation: string
  readonly id: KeyId
}

type Labels = Readonly<Record<string, string>>

/** The ARN that an interrupted creation of the same id left under the alias. @throws Refused `already-exists` for any other key. */
export async function findLeftKey(
  connection: Connection,
  { alias }: Place,
  { installation, id }: Owner,
  deadline: Deadline,
): Promise<string | undefined> {
  const found = await describeIfAny(connection, alias, deadline)
  if (found === undefined) return undefined
  const tags = await tagsOf(connection, found.arn, deadline)
  if (tags.get(ownerTag) === installation && tags.get(keyTag) === id) return found.arn
  throw new Refused('already-exists', `The alias ${alias} exists already; nothing was changed`, {
    where: 'place.name',
    got: alias,
    hint: `Take the key that is there into use with enrol, or choose another name`,
  })
}

/** A key whose making was not heard of stays without an alias, costs a dollar a month, and wraps nothing. */
export async function makeWrappingKey(
  connection: Connection,
  { alias, path }: Place,
  owner: Owner,
  labels: Labels,
  deadline: Deadline,
): Promise<string> {
  const Tags = tagsFor(owner, labels)
  const input = {
    KeySpec: 'SYMMETRIC_DEFAULT',
    KeyUsage: 'ENCRYPT_DECRYPT',
    Description: `Chancery ${path}`,
    Tags,
  } as const
  const target = { operation: 'CreateKey', key: 'a new key' }
  const { KeyMetadata } = await connection.call(target, (kms, http) => kms.createKey(input, http), deadline)
  const arn = KeyMetadata?.Arn
  if (arn === undefined) throw new Failed('backend-unavailable', 'AWS KMS made a key without naming it')
  await ensureAlias(connection, arn, alias, deadline)
  return arn
}

/** The creation that was interrupted had another private key, so another address. */
export async function relabel(
  connection: Connection,
  arn: string,
  owner: Owner,
  labels: Labels,
  deadline: Deadline,
): Promise<void> {
  const target = { operation: 'TagResource', key: arn }
  const input = { KeyId: arn, Tags: tagsFor(owner, labels) }
  await eventually(connection, deadline, (on) => {
    return on.call(target, (kms, http) => kms.tagResource(input, http), deadline)
  })
}

function tagsFor({ installation, id }: Owner, labels: Labels) {
  const all = { ...labels, createdBy: 'chancery', [ownerTag]: installation, [keyTag]: id }
  return Object.entries(all).map(([TagKey, TagValue]) => ({ TagKey, TagValue }))
}
