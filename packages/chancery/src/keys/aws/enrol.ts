/** Taking an existing KMS key into use. */
import type { Deadline } from '../../base/deadline.ts'
import type { NewKey, NewKeyRequest } from '../../core/backend.ts'
import { Refused } from '../../core/errors.ts'
import { type KeyName, parseKeyName } from './arn.ts'
import type { Connection } from './connection.ts'
import { assertKind, describeKey, fetchPublicKey, policyHash, tagsOf } from './describe.ts'
import { lookingOn } from './heard.ts'
import { pinnedData } from './pinned.ts'
import { requireSingle } from './single.ts'
import { specOf } from './specs.ts'
import { assertOwned, taggedAs } from './tags.ts'

export type EnrolRequest = NewKeyRequest & { readonly name: string }

/** An alias is resolved once; ARN and public key are pinned. */
export async function enrol(
  connection: Connection,
  installation: string,
  request: EnrolRequest,
  deadline: Deadline,
): Promise<NewKey> {
  const spec = specOf(request.algorithm)
  requireSingle(request)
  const name = parseKeyName(request.name, connection.region)
  const described = await describeKey(lookingOn(connection), name.text, deadline)
  const { arn } = described
  const tags = await tagsOf(connection, arn, deadline)
  assertOwned(tags, installation, arn, connection.region)
  assertKind(described, spec)
  if (described.state !== 'Enabled') {
    throw new Refused('key-state', `The key ${arn} is ${described.state} in AWS KMS`, { wanted: 'Enabled' })
  }
  const { publicKey } = await fetchPublicKey(connection, arn, spec, deadline)
  const hash = await policyHash(connection, arn, deadline)
  const pinned = { arn, ...aliasIn(name), ...(hash !== undefined && { policyHash: hash }), taggedAs: taggedAs(tags) }
  return { publicKey, data: pinnedData(pinned) }
}

/** For the compatible routes' own key, which must work with `kms:GetPublicKey` and `kms:Sign` alone. */
export async function enrolUnowned(connection: Connection, request: EnrolRequest, deadline: Deadline): Promise<NewKey> {
  const name = parseKeyName(request.name, connection.region)
  const { arn, publicKey } = await fetchPublicKey(connection, name.text, specOf(request.algorithm), deadline)
  return { publicKey, data: pinnedData({ arn, ...aliasIn(name), unowned: true }) }
}

function aliasIn({ text, alias }: KeyName): { readonly alias?: string } {
  return alias ? { alias: text } : {}
}
