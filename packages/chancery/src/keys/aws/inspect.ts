/** What changed outside the service, by comparing with what is on record and what was pinned. */
import type { Deadline } from '../../base/deadline.ts'
import { keyFinding, type KeyFinding } from '../../core/backend.ts'
import { Refused } from '../../core/errors.ts'
import type { KeyRef, KeyState } from '../../core/key.ts'
import type { Connection } from './connection.ts'
import { describeKey, policyHash, tagsOf } from './describe.ts'
import { type Pinned, pinnedOf } from './pinned.ts'
import { specOf } from './specs.ts'
import { keyTag, ownerTag } from './tags.ts'

/** What the looks of one back-end share. */
export interface Watch {
  readonly connection: Connection
  readonly installation: string
  /** Hashes of policies that could not be read when their keys were taken into use, as this process first read them, by ARN. */
  readonly firstSeen: Map<string, string>
  /** Of the KMS keys it looks at; absent: that of the key's own algorithm. */
  readonly keySpec?: string
}

interface Looked {
  readonly ref: KeyRef
  readonly recorded: KeyState
  readonly pinned: Pinned
}

type Look = (watch: Watch, key: Looked, deadline: Deadline) => Promise<readonly KeyFinding[]>

/** A look that AWS does not allow, or that fails, is a finding too. */
export async function inspect(
  watch: Watch,
  ref: KeyRef,
  recorded: KeyState,
  deadline: Deadline,
): Promise<readonly KeyFinding[]> {
  const pinned = pinnedOf(ref, watch.connection.region)
  // Of an unowned key the service may ask nothing but Sign and GetPublicKey.
  if (pinned.unowned) return []
  // AWS deletes the key by itself when the window has passed; the record waits for a purge.
  if (recorded === 'pending-deletion' && (await isGone(watch, pinned, deadline))) return []
  const looks: readonly Look[] = [state, alias, policy, tags]
  const findings = await Promise.all(looks.map((look) => found(look(watch, { ref, recorded, pinned }, deadline))))
  return findings.flat()
}

async function isGone({ connection }: Watch, { arn }: Pinned, deadline: Deadline): Promise<boolean> {
  try {
    await describeKey(connection, arn, deadline)
    return false
  } catch (error) {
    // Any other error is met again by the looks, and told of there.
    return error instanceof Refused && error.code === 'not-found'
  }
}

async function found(looking: Promise<readonly KeyFinding[]>): Promise<readonly KeyFinding[]> {
  try {
    return await looking
  } catch (error) {
    return [keyFinding(error)]
  }
}

const when = (changed: boolean, finding: string): readonly KeyFinding[] => (changed ? [{ finding }] : [])

/** Whether the KMS key is as recorded, and of its kind. */
export async function inspectState(
  watch: Watch,
  ref: KeyRef,
  recorded: KeyState,
  deadline: Deadline,
): Promise<readonly KeyFinding[]> {
  return state(watch, { ref, recorded, pinned: pinnedOf(ref, watch.connection.region) }, deadline)
}

const state: Look = async ({ connection, keySpec: fixed }, { ref, recorded, pinned: { arn } }, deadline) => {
  const { state: got, keySpec: spec } = await describeKey(connection, arn, deadline)
  const keySpec = fixed ?? specOf(ref.algorithm).keySpec
  const differs = `The key ${arn} is recorded as ${recorded}, and AWS KMS says ${got}: ${remedy(ref, recorded, got)}`
  return [
    ...when(!isAsRecorded(got, recorded), differs),
    ...when(spec !== keySpec, `The key ${arn} is of kind ${spec}, not ${keySpec}`),
  ]
}

/** https://docs.aws.amazon.com/kms/latest/developerguide/key-state.html */
function isAsRecorded(got: string, recorded: KeyState): boolean {
  if (recorded === 'enabled') return got === 'Enabled'
  if (recorded === 'disabled') return got === 'Disabled'
  return isPending(got)
}

function isPending(got: string): boolean {
  return got === 'PendingDeletion' || got === 'PendingReplicaDeletion'
}

function remedy({ id }: KeyRef, recorded: KeyState, got: string): string {
  if (recorded === 'pending-deletion') {
    return `schedule the deletion again with chancery keys schedule-deletion ${id}, or take it back with chancery keys cancel-deletion ${id}`
  }
  if (isPending(got)) {
    return `cancel the deletion in AWS KMS, or take it over with chancery keys schedule-deletion ${id}`
  }
  if (recorded === 'disabled') return `disable it there again with chancery keys disable ${id}`
  return `enable it in AWS KMS, or disable it here too with chancery keys disable ${id}`
}

const alias: Look = async ({ connection }, { pinned }, deadline) => {
  if (pinned.alias === undefined) return []
  const { arn } = await describeKey(connection, pinned.alias, deadline)
  return when(arn !== pinned.arn, `${pinned.alias} now points to ${arn}; the service goes on using ${pinned.arn}`)
}

const policy: Look = async ({ connection, firstSeen }, { pinned }, deadline) => {
  const { arn } = pinned
  const hash = await policyHash(connection, arn, deadline)
  const known = pinned.policyHash ?? firstSeen.get(arn)
  if (hash === undefined) return known === undefined ? [unwatched(arn)] : [unreadable(arn)]
  if (known === undefined) firstSeen.set(arn, hash)
  return when(hash !== (known ?? hash), `The key policy of ${arn} was changed`)
}

const unreadable = (arn: string): KeyFinding => ({ finding: `AWS no longer allows kms:GetKeyPolicy on ${arn}` })

const unwatched = (arn: string): KeyFinding => ({
  finding: `The key policy of ${arn} is not watched: AWS does not allow kms:GetKeyPolicy on it`,
  unwatched:
    'Grant kms:GetKeyPolicy to the identity the service runs as (`chancery aws policy --role signer` prints it): the policy is watched from then on',
})

const tags: Look = async ({ connection, installation }, { ref, pinned: { arn } }, deadline) => {
  const tagged = await tagsOf(connection, arn, deadline)
  const named = tagged.get(keyTag)
  return [
    ...when(tagged.get(ownerTag) !== installation, `The tag ${ownerTag} of ${arn} was changed or removed`),
    ...when(named !== undefined && named !== ref.id, `The tag ${keyTag} of ${arn} names another key`),
  ]
}
