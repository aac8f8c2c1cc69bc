/** The tags that mark a KMS key as this installation's (safety rule 13). */
import { Refused } from '../../core/errors.ts'
import type { Tags } from './describe.ts'

/** Holds the installation's id. */
export const ownerTag = 'chancery:owner'
/** Holds the service's id of the key. */
export const keyTag = 'chancery:key'

/** What the service calls the keys it makes. */
export const aliasOf = (id: string): string => `alias/chancery-${id}`

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
