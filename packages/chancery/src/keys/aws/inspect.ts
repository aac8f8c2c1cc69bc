/** What changed outside the service, by comparing with what was pinned. */
import type { Deadline } from '../../base/deadline.ts'
import { keyFinding, type KeyFinding } from '../../core/backend.ts'
import type { KeyRef } from '../../core/key.ts'
import type { Connection } from './connection.ts'
import { describeKey, policyHash, tagsOf } from './describe.ts'
import { type Pinned, pinnedOf } from './pinned.ts'
import { specOf } from './specs.ts'
import { keyTag, ownerTag } from './tags.ts'

type Look = (connection: Connection, pinned: Pinned, deadline: Deadline) => Promise<readonly string[]>

/** A look that AWS does not allow, or that fails, is a finding too. */
export async function inspect(
  connection: Connection,
  installation: string,
  ref: KeyRef,
  deadline: Deadline,
): Promise<readonly KeyFinding[]> {
  const pinned = pinnedOf(ref, connection.region)
  // Of an unowned key the service may ask nothing but Sign and GetPublicKey.
  if (pinned.unowned) return []
  const looks: readonly Look[] = [state(ref), alias, policy, tags(installation, ref)]
  const findings = await Promise.all(looks.map((look) => found(look(connection, pinned, deadline))))
  return findings.flat()
}

async function found(looking: Promise<readonly string[]>): Promise<readonly KeyFinding[]> {
  try {
    return (await looking).map((finding) => ({ finding }))
  } catch (error) {
    return [keyFinding(error)]
  }
}

const state =
  (ref: KeyRef): Look =>
  async (connection, { arn }, deadline) => {
    const described = await describeKey(connection, arn, deadline)
    const { keySpec } = specOf(ref.algorithm)
    return [
      ...(described.state === 'Enabled' ? [] : [`The key ${arn} is ${described.state} in AWS KMS`]),
      ...(described.keySpec === keySpec ? [] : [`The key ${arn} is of kind ${described.keySpec}, not ${keySpec}`]),
    ]
  }

const alias: Look = async (connection, pinned, deadline) => {
  if (pinned.alias === undefined) return []
  const { arn } = await describeKey(connection, pinned.alias, deadline)
  return arn === pinned.arn ? [] : [`${pinned.alias} now points to ${arn}; the service goes on using ${pinned.arn}`]
}

const policy: Look = async (connection, pinned, deadline) => {
  if (pinned.policyHash === undefined) return []
  const hash = await policyHash(connection, pinned.arn, deadline)
  if (hash === undefined) return [`AWS no longer allows kms:GetKeyPolicy on ${pinned.arn}`]
  return hash === pinned.policyHash ? [] : [`The key policy of ${pinned.arn} was changed`]
}

const tags =
  (installation: string, ref: KeyRef): Look =>
  async (connection, { arn }, deadline) => {
    const found = await tagsOf(connection, arn, deadline)
    const named = found.get(keyTag)
    return [
      ...(found.get(ownerTag) === installation ? [] : [`The tag ${ownerTag} of ${arn} was changed or removed`]),
      ...(named === undefined || named === ref.id ? [] : [`The tag ${keyTag} of ${arn} names another key`]),
    ]
  }
