/** What changed outside the service, by comparing with what is on record and what was pinned. */
import type { Deadline } from '../../base/deadline.ts'
import { keyFinding, type KeyFinding } from '../../core/backend.ts'
import type { KeyRef, KeyState } from '../../core/key.ts'
import type { Connection } from './connection.ts'
import { describeIfAny, describeKey, isPendingDeletion, policyHash, tagsOf } from './describe.ts'
import { lookingOn } from './heard.ts'
import { timeOf } from './listing.ts'
import { type Pinned, pinnedOf } from './pinned.ts'
import { specOf } from './specs.ts'
import { aliasOf, keyTag, ownerTag, taggedAs } from './tags.ts'

/** What the looks of one back-end share. */
export interface Watch {
  readonly connection: Connection
  readonly installation: string
  /** Hashes of policies that could not be read when their keys were taken into use, as this process first read them, by ARN. */
  readonly firstSeen: Map<string, string>
  /** The tag with the id of keys that were taken in before it was pinned, as this process first read it, by ARN. */
  readonly firstTagged: Map<string, string>
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
    return (await describeIfAny(connection, arn, deadline)) === undefined
  } catch {
    // It is met again by the looks, and told of there.
    return false
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
  return isPendingDeletion({ state: got })
}

function remedy({ id }: KeyRef, recorded: KeyState, got: string): string {
  if (recorded === 'pending-deletion') {
    return `schedule the deletion again with chancery keys schedule-deletion ${id}, or take it back with chancery keys cancel-deletion ${id}`
  }
  if (isPendingDeletion({ state: got })) {
    return `cancel the deletion in AWS KMS, or take it over with chancery keys schedule-deletion ${id}`
  }
  if (recorded === 'disabled') return `disable it there again with chancery keys disable ${id}`
  return `enable it in AWS KMS, or disable it here too with chancery keys disable ${id}`
}

const alias: Look = async ({ connection }, { pinned }, deadline) => {
  if (pinned.alias === undefined) return []
  const { arn } = await describeKey(lookingOn(connection), pinned.alias, deadline)
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

const tags: Look = async (watch, key, deadline) => {
  const { arn } = key.pinned
  const tagged = await tagsOf(watch.connection, arn, deadline)
  const named = taggedAs(tagged)
  const changed = named === '' ? 'was removed' : 'names another key'
  return [
    ...when(tagged.get(ownerTag) !== watch.installation, `The tag ${ownerTag} of ${arn} was changed or removed`),
    ...when(!(await isTaggedAsBefore(watch, key, named, deadline)), `The tag ${keyTag} of ${arn} ${changed}`),
  ]
}

/**
 * A key that was taken in keeps the tag it came with, which names the key it was made as; whoever sets it to the id it has
 * here is right too. Where the record does not say with which tag it came, the running process's first look does.
 */
async function isTaggedAsBefore(
  { connection, firstTagged }: Watch,
  { ref: { id }, pinned }: Looked,
  named: string,
  deadline: Deadline,
): Promise<boolean> {
  const { arn, taggedAs: known } = pinned
  if (known !== undefined) return named === known || named === id
  const first = firstTagged.get(arn) ?? named
  firstTagged.set(arn, first)
  if (named === id) return true
  if (named !== first) return false
  // Whatever is made here has the tag from the first moment on.
  if (named === '') return pinned.alias !== aliasOf(id)
  const { created } = await describeKey(connection, arn, deadline)
  return created !== undefined && created.getTime() < timeOf(id)
}
