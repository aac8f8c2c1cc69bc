/**
 * KMS keys that an interrupted creation left: they carry this installation's mark, cost a dollar a month, and no record names
 * them. KMS cannot be asked by tag, so that only those are looked at whose alias says that they are ours or that have none.
 */
import type { Deadline } from '../../base/deadline.ts'
import type { Orphan } from '../../core/backend.ts'
import { Failed } from '../../core/errors.ts'
import type { KeyRef } from '../../core/key.ts'
import { longestCreation } from './create.ts'
import { describeKey, tagsOf } from './describe.ts'
import type { Connection } from './connection.ts'
import { aliases, allKeys, keyIdOf, timeOf } from './listing.ts'
import { aliasOf, keyTag, ownerTag, walletTag } from './tags.ts'

export interface Owned {
  readonly connection: Connection
  readonly installation: string
}

/** Keys whose tags are read. Where more are nobody's that can be named, nothing is looked at: it would take too many requests. */
const mostTagged = 200

/** None where the service may not list keys, or there are too many. */
export async function findOrphans(
  owned: Owned,
  recorded: readonly Pick<KeyRef, 'id' | 'data'>[],
  deadline: Deadline,
): Promise<readonly Orphan[]> {
  try {
    const found = await candidates(owned.connection, recorded, deadline)
    const ids = new Set<string>(recorded.map(({ id }) => id))
    const looked = await Promise.all(found.map((arn) => orphanAt(owned, arn, ids, deadline)))
    return looked.flat()
  } catch (error) {
    if (isDenied(error)) return []
    throw error
  }
}

async function candidates(
  connection: Connection,
  recorded: readonly Pick<KeyRef, 'id' | 'data'>[],
  deadline: Deadline,
): Promise<readonly string[]> {
  const ours = new Set<string>(recorded.map(({ id }) => aliasOf(id)))
  const arns = new Set(recorded.map(({ data }) => data['arn']))
  const spoken = new Set<string>()
  for await (const { name, keyId } of aliases(connection, deadline)) {
    if (!name.startsWith(aliasOf('key_')) || ours.has(name)) spoken.add(keyId)
  }
  const found: string[] = []
  for await (const arn of allKeys(connection, deadline)) {
    if (arns.has(arn) || spoken.has(keyIdOf(arn))) continue
    if (found.length === mostTagged) return []
    found.push(arn)
  }
  return found
}

async function orphanAt(
  { connection, installation }: Owned,
  arn: string,
  ids: ReadonlySet<string>,
  deadline: Deadline,
): Promise<readonly Orphan[]> {
  try {
    const tags = await tagsOf(connection, arn, deadline)
    const id = tags.get(keyTag)
    if (tags.get(ownerTag) !== installation || id === undefined || ids.has(id)) return []
    // A creation that is under way has no record yet.
    if (connection.clock.now() - timeOf(id) < longestCreation) return []
    const { state } = await describeKey(connection, arn, deadline)
    return state === 'PendingDeletion' ? [] : [orphan(arn, { id, wallet: tags.get(walletTag) }, connection.region)]
  } catch (error) {
    // A key of another team.
    if (isDenied(error)) return []
    throw error
  }
}

function orphan(
  arn: string,
  { id, wallet }: { readonly id: string; readonly wallet: string | undefined },
  region: string,
): Orphan {
  const whose = wallet === undefined ? '' : ` (for the wallet ${wallet})`
  const lost = 'a creation was interrupted, or its record was lost'
  const end = `aws kms schedule-key-deletion --region ${region} --key-id ${arn} --pending-window-in-days 30`
  return {
    finding: `The KMS key ${arn} is marked as the key ${id}${whose}, which no record names: ${lost}`,
    remedy: `After a restore it may hold a wallet's money: chancery wallets import. If nobody needs it: ${end}`,
  }
}

function isDenied(error: unknown): boolean {
  return error instanceof Failed && error.code === 'backend-denied'
}
