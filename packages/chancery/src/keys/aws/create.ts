/** Making a KMS key, so that a repeat after a crash finds the first one. */
import { setTimeout as sleep } from 'node:timers/promises'
import { atMost, type Deadline, left } from '../../base/deadline.ts'
import type { NewKey, NewKeyRequest } from '../../core/backend.ts'
import { Failed, Refused } from '../../core/errors.ts'
import type { Connection } from './connection.ts'
import { describeIfAny, describeKey, fetchPublicKey, policyHash, tagsOf } from './describe.ts'
import { lookingOn } from './heard.ts'
import { aliases, allKeys, keyIdOf, timeOf } from './listing.ts'
import { pinnedData } from './pinned.ts'
import { requireSingle } from './single.ts'
import { type Spec, specOf } from './specs.ts'
import { aliasOf, keyTag, ownerTag, tagsFor } from './tags.ts'

/** How long AWS may take to show what it has made. https://docs.aws.amazon.com/kms/latest/developerguide/accessing-kms.html#programming-eventual-consistency */
const consistencyLimit = 30_000
const firstPoll = 100
const longestPoll = 2_000

/** What the creations of one back-end share. */
export interface Creator {
  readonly connection: Connection
  readonly installation: string
  /** Whether keys can be replicated to other regions, which AWS lets nobody decide later. */
  readonly multiRegion: boolean
  /** Ids for which a CreateKey of this process may have succeeded unheard, with its time on the monotonic clock. */
  readonly doubtful: Map<string, number>
  /** Keys that AWS named to this process a while ago, by their ids: no alias and no list may show them yet. */
  readonly made: Map<string, Made>
  readonly begun: Begun
}

export interface Made {
  readonly arn: string
  /** On the monotonic clock. */
  readonly at: number
}

/** When this process began to make keys: what was asked for before may have been made by one that died. */
export interface Begun {
  /** Milliseconds by the wall clock, as in ids. */
  readonly at: number
  readonly monotonic: number
}

export async function create(creator: Creator, request: NewKeyRequest, deadline: Deadline): Promise<NewKey> {
  const { connection } = creator
  const spec = specOf(request.algorithm)
  requireSingle(request)
  refuseBackup(request)
  const arn =
    creator.made.get(request.id)?.arn ??
    (await findByAlias(creator, request, deadline)) ??
    (await findByTag(creator, request, deadline)) ??
    (await createKey(creator, request, spec, deadline))
  await ensureAlias(connection, arn, aliasOf(request.id), deadline)
  const { publicKey } = await eventually(connection, deadline, (on) => fetchPublicKey(on, arn, spec, deadline))
  const hash = await eventually(connection, deadline, (on) => policyHash(on, arn, deadline))
  const pinned = { arn, alias: aliasOf(request.id), ...(hash !== undefined && { policyHash: hash }) }
  return { publicKey, data: pinnedData(pinned) }
}

function refuseBackup({ backup }: NewKeyRequest): void {
  if (backup === undefined) return
  throw new Refused('not-supported', 'The private key never leaves AWS KMS, so there are no words', {
    where: 'backup',
    hint: 'What takes their place: rekey the account to a 1-of-2 multisig with a key kept offline, or a multi-Region key',
  })
}

async function findByAlias(creator: Creator, request: NewKeyRequest, deadline: Deadline): Promise<string | undefined> {
  const found = await describeIfAny(creator.connection, aliasOf(request.id), deadline)
  if (found === undefined) return undefined
  if (await isMarked(creator, request, found.arn, deadline)) return found.arn
  throw new Refused('already-exists', `The alias ${aliasOf(request.id)} points to a key that is not this one`)
}

async function isMarked(
  { connection, installation }: Creator,
  { id }: NewKeyRequest,
  arn: string,
  deadline: Deadline,
): Promise<boolean> {
  const tags = await tagsOf(connection, arn, deadline)
  return tags.get(ownerTag) === installation && tags.get(keyTag) === id
}

/**
 * Looks for a key whose alias was never made: the service died between the two calls. KMS cannot be asked by tag, so
 * every key without an alias is looked at; but an id made by this process, or in the last two seconds by another that
 * shares the store, has no dead process behind it, and that is every creation that is not a repeat.
 */
async function findByTag(creator: Creator, request: NewKeyRequest, deadline: Deadline): Promise<string | undefined> {
  const { connection } = creator
  const asked = askedAt(creator, request.id)
  const age = connection.clock.now() - timeOf(request.id)
  if (age >= 0 && age < freshId && asked === undefined) return undefined
  const named = new Set<string>()
  for await (const { keyId } of aliases(connection, deadline)) named.add(keyId)
  for await (const arn of allKeys(connection, deadline)) {
    if (named.has(keyIdOf(arn))) continue
    const looking = { ...creator, connection: lookingOn(connection) }
    if (await isMarked(looking, request, arn, deadline).catch(notOurs)) return arn
  }
  if (asked === undefined || connection.clock.monotonic() - asked > consistencyLimit) return undefined
  const particulars = { retryAfter: Math.ceil(consistencyLimit / 1000) }
  throw new Failed('backend-unavailable', 'Whether AWS KMS made the key cannot be seen yet', { particulars })
}

const freshId = 2_000

/** Milliseconds from the id of a key until nobody is at its creation any more. */
export const longestCreation = 600_000

/** The last moment at which a CreateKey for the id may have gone out unheard: a process that died did so before this began. */
function askedAt({ doubtful, begun }: Creator, id: string): number | undefined {
  const made = timeOf(id)
  const byOneThatDied = made < begun.at && begun.at - made < longestCreation
  return doubtful.get(id) ?? (byOneThatDied ? begun.monotonic : undefined)
}

/** Keys of other teams in the account may not let us read their tags; then they are not ours. */
function notOurs(error: unknown): boolean {
  if (error instanceof Failed && error.code === 'backend-denied') return false
  if (error instanceof Refused) return false
  throw error
}

async function createKey(creator: Creator, request: NewKeyRequest, spec: Spec, deadline: Deadline): Promise<string> {
  const { connection, installation, multiRegion, doubtful } = creator
  const { id, labels } = request
  const Tags = [{ TagKey: ownerTag, TagValue: installation }, { TagKey: keyTag, TagValue: id }, ...tagsFor(labels)]
  const kind = { KeySpec: spec.keySpec, KeyUsage: 'SIGN_VERIFY', ...(multiRegion && { MultiRegion: true }) } as const
  const input = { ...kind, Description: `Chancery ${id}`, Tags }
  const target = { operation: 'CreateKey', key: 'a new key' }
  doubtful.set(id, connection.clock.monotonic())
  request.unseen?.(true)
  try {
    const { KeyMetadata } = await connection.call(target, (kms, http) => kms.createKey(input, http), deadline)
    if (KeyMetadata?.Arn === undefined) throw new Failed('backend-unavailable', 'AWS KMS made a key without naming it')
    doubtful.delete(id)
    remember(creator, id, KeyMetadata.Arn)
    return KeyMetadata.Arn
  } catch (error) {
    if (!isInDoubt(error)) {
      doubtful.delete(id)
      request.unseen?.(false)
    }
    throw error
  }
}

/** By the time it is forgotten it is found by its alias or its tag. */
function remember({ made, connection }: Creator, id: string, arn: string): void {
  const at = connection.clock.monotonic()
  for (const [earlier, one] of made) if (at - one.at > longestCreation) made.delete(earlier)
  made.set(id, { arn, at })
}

function isInDoubt(error: unknown): boolean {
  return error instanceof Failed && (error.code === 'backend-unavailable' || error.code === 'deadline-exceeded')
}

/** @throws Refused `already-exists` when the alias points to another key. */
export async function ensureAlias(
  connection: Connection,
  arn: string,
  AliasName: string,
  deadline: Deadline,
): Promise<void> {
  const target = { operation: 'CreateAlias', key: AliasName }
  const input = { AliasName, TargetKeyId: arn }
  try {
    await eventually(connection, deadline, (on) => {
      return on.call(target, (kms, http) => kms.createAlias(input, http), deadline)
    })
  } catch (error) {
    if (!(error instanceof Refused && error.code === 'already-exists')) throw error
    const { arn: pointsTo } = await eventually(connection, deadline, (on) => describeKey(on, AliasName, deadline))
    if (pointsTo !== arn) throw error
  }
}

/** Asks again while AWS does not yet see, or is not yet ready with, what it has just made. `ask` takes the connection for that. */
export async function eventually<T>(
  connection: Connection,
  deadline: Deadline,
  ask: (on: Connection) => Promise<T>,
): Promise<T> {
  const on = lookingOn(connection)
  const limit = atMost(deadline, consistencyLimit)
  for (let pause = firstPoll; ; pause = Math.min(longestPoll, 2 * pause)) {
    try {
      return await ask(on)
    } catch (error) {
      const early = error instanceof Refused && (error.code === 'not-found' || error.code === 'key-state')
      if (!early || left(limit) <= pause) throw error
      await sleep(pause)
    }
  }
}
