/** The tags that mark a KMS key as this installation's (safety rule 13). */
import { Refused } from '../../core/errors.ts'
import type { Tags } from './describe.ts'

/** Holds the installation's id. */
export const ownerTag = 'chancery:owner'
/** Holds the service's id of the key; of one that was taken in, the id it had where it was made. */
export const keyTag = 'chancery:key'

/** Holds the id of the wallet that a key is for. */
export const walletTag = 'chancery:wallet'

/**
 * Tags that say what a key is for, where a part of the service does (`NewKeyRequest.labels`). Tags are no secret: a user
 * stands there as a hash.
 */
export const labelTags: readonly string[] = [walletTag, 'chancery:provider-id', 'chancery:asset', 'chancery:user-hash']

/** At most 256 of these. https://docs.aws.amazon.com/tag-editor/latest/userguide/tagging.html#tag-conventions */
const tagValue = /^[\p{L}\p{Z}\p{N}_.:/=+\-@]{1,256}$/u

/** @throws Refused `invalid-request` for a label that is none of those, or a value that AWS takes in no tag */
export function tagsFor(
  labels: Readonly<Record<string, string>> = {},
): readonly { TagKey: string; TagValue: string }[] {
  return Object.entries(labels).map(([TagKey, TagValue]) => {
    const known = labelTags.includes(TagKey)
    if (known && tagValue.test(TagValue)) return { TagKey, TagValue }
    throw new Refused('invalid-request', 'AWS KMS cannot keep this label of the key', {
      where: `labels.${TagKey.slice(0, 64)}`,
      got: TagValue.slice(0, 64),
      wanted: known ? '1 to 256 letters, digits, spaces and _.:/=+-@' : labelTags.join(', '),
    })
  })
}

/** What the service calls the keys it makes. */
export const aliasOf = (id: string): string => `alias/chancery-${id}`

/** What is pinned of a key that is taken in: whatever it names, a change is told of. */
export const taggedAs = (tags: Tags): string => tags.get(keyTag) ?? ''

/** @throws Refused `denied` with the command that marks the key. */
export function assertOwned(tags: Tags, installation: string, arn: string, region: string): void {
  const owner = tags.get(ownerTag)
  if (owner === installation) return
  throw new Refused('denied', 'The AWS KMS key is not marked as belonging to this installation', {
    where: 'name',
    got: owner === undefined ? `no tag ${ownerTag}` : `${ownerTag}=${owner.slice(0, 64)}`,
    wanted: `${ownerTag}=${installation}`,
    hint: markCommand(installation, arn, region),
  })
}

function markCommand(installation: string, arn: string, region: string): string {
  const tag = `TagKey=${ownerTag},TagValue=${installation}`
  return `aws kms tag-resource --region ${region} --key-id ${arn} --tags ${tag}`
}
