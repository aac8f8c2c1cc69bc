/**
 * KMS keys that an interrupted creation left, or whose records were lost: they carry this installation's mark, cost a dollar
 * a month, and no record names them. KMS cannot be asked by tag, so that only those are looked at whose alias says that they
 * are ours or that have none.
 */
import { chunksOf } from '../../base/chunks.ts'
import type { Deadline } from '../../base/deadline.ts'
import type { Orphan, OrphanStep } from '../../core/backend.ts'
import { Failed, Refused } from '../../core/errors.ts'
import type { KeyRef } from '../../core/key.ts'
import type { Connection } from './connection.ts'
import { longestCreation } from './create.ts'
import { describeKey, isPendingDeletion, tagsOf, type Tags } from './describe.ts'
import { lookingOn, makingOn } from './heard.ts'
import { keyIdOf, pagesOfAliases, pagesOfKeys, timeOf } from './listing.ts'
import { aliasOf, keyTag, ownerTag, walletTag } from './tags.ts'

export interface Owned {
  readonly connection: Connection
  readonly installation: string
}

type Recorded = readonly Pick<KeyRef, 'id' | 'data'>[]

/**
 * Keys without any alias that are looked at: other teams' too, and each look at one is a request that AWS charges for. Those
 * under an alias of ours are all looked at, however many there are.
 */
const mostUnnamed = 1_000

/** Keys looked at together. Like the making of keys, it leaves the most of the line to signatures, and its failures are its own. */
const atOnce = 8

interface Search extends Owned {
  readonly ids: ReadonlySet<string>
  readonly deadline: Deadline
  /** Milliseconds since 1970. What is made later has its record later. */
  readonly begun: number
  /** Keys whose tags were read. */
  tagsRead: number
  /** Why a key could not be looked at that may be ours. */
  deniedOurs?: Failed
  /** Why a key could not be looked at that is most likely somebody else's. */
  deniedUnnamed?: Failed
}

/** @throws Failed at the end, where not everything could be looked at */
export async function* findOrphans(owned: Owned, recorded: Recorded, deadline: Deadline): AsyncGenerator<OrphanStep> {
  const connection = lookingOn(makingOn(owned.connection, undefined))
  const ids = new Set<string>(recorded.map(({ id }) => id))
  const search: Search = { ...owned, connection, ids, deadline, begun: connection.clock.now(), tagsRead: 0 }
  const { named, unnamed } = yield* candidates(connection, recorded, deadline)
  const of = named.size + unnamed.length
  let looked = 0
  for (const some of chunksOf([...named, ...unnamed.slice(0, mostUnnamed)], atOnce)) {
    const found = await Promise.all(some.map((arn) => orphanAt(search, arn, named)))
    looked += some.length
    yield { found: found.flat(), looked, of }
  }
  await assertSeen(search, recorded)
  if (unnamed.length > mostUnnamed) throw tooMany(unnamed.length)
}

interface Candidates {
  /** Under an alias of ours that no record has. */
  readonly named: ReadonlySet<string>
  /** Without an alias: of whoever it may be. */
  readonly unnamed: readonly string[]
}

/** Whoever wants to end a look need not wait for the end of a long list. */
const aPage: OrphanStep = { found: [], looked: 0, of: 0 }

async function* candidates(
  connection: Connection,
  recorded: Recorded,
  deadline: Deadline,
): AsyncGenerator<OrphanStep, Candidates> {
  const ours = new Set<string>(recorded.map(({ id }) => aliasOf(id)))
  const arns = new Set(recorded.map(({ data }) => data['arn']))
  const aliased = new Map<string, 'ours' | 'taken'>()
  for await (const page of pagesOfAliases(connection, deadline)) {
    for (const { name, keyId } of page) {
      const taken = !name.startsWith(aliasOf('key_')) || ours.has(name)
      if (taken || !aliased.has(keyId)) aliased.set(keyId, taken ? 'taken' : 'ours')
    }
    yield aPage
  }
  const named = new Set<string>()
  const unnamed: string[] = []
  for await (const page of pagesOfKeys(connection, deadline)) {
    for (const arn of page) {
      const alias = aliased.get(keyIdOf(arn))
      if (arns.has(arn) || alias === 'taken') continue
      if (alias === 'ours') named.add(arn)
      else unnamed.push(arn)
    }
    yield aPage
  }
  yield { ...aPage, of: named.size + unnamed.length }
  return { named, unnamed }
}

async function orphanAt(search: Search, arn: string, named: ReadonlySet<string>): Promise<readonly Orphan[]> {
  const { connection, installation, ids, deadline, begun } = search
  try {
    const tags = await tagsOf(connection, arn, deadline)
    search.tagsRead += 1
    const id = tags.get(keyTag)
    if (tags.get(ownerTag) !== installation || id === undefined || ids.has(id)) return []
    // A creation that is under way has no record yet.
    if (begun - timeOf(id) < longestCreation) return []
    const described = await describeKey(connection, arn, deadline)
    return isPendingDeletion(described) ? [] : [orphan(arn, id, tags, connection.region)]
  } catch (error) {
    // Its window ended between the list and the look.
    if (error instanceof Refused && error.code === 'not-found') return []
    if (!isDenied(error)) throw error
    if (named.has(arn)) search.deniedOurs ??= error
    else search.deniedUnnamed ??= error
    return []
  }
}

/**
 * A key without an alias that may not be looked at is another team's, where tags can be read at all.
 * @throws Failed `backend-denied`
 */
async function assertSeen(search: Search, recorded: Recorded): Promise<void> {
  if (search.deniedOurs !== undefined) throw search.deniedOurs
  if (search.deniedUnnamed === undefined || search.tagsRead > 0) return
  const arn = recorded.map(({ data }) => data['arn']).find((one) => typeof one === 'string')
  if (arn === undefined) throw search.deniedUnnamed
  await tagsOf(search.connection, arn, search.deadline)
}

function tooMany(count: number): Failed {
  const rest = `${count} keys of the account have no alias, and ${mostUnnamed} of them were looked at`
  const hint = 'Give keys of other teams an alias, or have an AWS account of its own for these keys'
  return new Failed('backend-failed', rest, { particulars: { hint } })
}

function orphan(arn: string, id: string, tags: Tags, region: string): Orphan {
  const wallet = tags.get(walletTag)
  const whose = wallet === undefined ? '' : ` (for the wallet ${wallet})`
  const lost = 'a creation was interrupted, or its record was lost'
  const end = `aws kms schedule-key-deletion --region ${region} --key-id ${arn} --pending-window-in-days 30`
  return {
    id,
    data: { arn },
    finding: `The KMS key ${arn} is marked as the key ${id}${whose}, which no record names: ${lost}`,
    remedy: `After a restore it may hold a wallet's money: chancery wallets import. If nobody needs it: ${end}`,
  }
}

function isDenied(error: unknown): error is Failed {
  return error instanceof Failed && error.code === 'backend-denied'
}
