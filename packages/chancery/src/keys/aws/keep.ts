/** A KMS key's states. Every change is repeatable: a key that is there already is left as it is. */
import { atMost, type Deadline } from '../../base/deadline.ts'
import { Failed, Refused } from '../../core/errors.ts'
import type { KeyRef } from '../../core/key.ts'
import type { Connection } from './connection.ts'
import { eventually } from './create.ts'
import { type Description, describeIfAny, describeKey, isPendingDeletion } from './describe.ts'
import { keyIdOf } from './listing.ts'
import { pinnedOf } from './pinned.ts'

export async function enable(connection: Connection, ref: KeyRef, deadline: Deadline): Promise<void> {
  const { arn: KeyId } = pinnedOf(ref, connection.region)
  await connection.call({ operation: 'EnableKey', key: KeyId }, (kms, http) => kms.enableKey({ KeyId }, http), deadline)
  await reached(connection, KeyId, 'Enabled', deadline)
}

export async function disable(connection: Connection, ref: KeyRef, deadline: Deadline): Promise<void> {
  const { arn: KeyId } = pinnedOf(ref, connection.region)
  const target = { operation: 'DisableKey', key: KeyId }
  await connection.call(target, (kms, http) => kms.disableKey({ KeyId }, http), deadline)
  await reached(connection, KeyId, 'Disabled', deadline)
}

/**
 * AWS takes the deletion of a primary key with replicas, puts it out of use, and begins its window when the last of them is
 * gone: nobody can say when. https://docs.aws.amazon.com/kms/latest/developerguide/deleting-keys-mrk.html
 * Where AWS cannot be asked, the key is out of use on record all the same, as with every other change.
 * @throws Refused `key-state` while it has replicas
 */
export async function requireDeletable(connection: Connection, ref: KeyRef, deadline: Deadline): Promise<void> {
  const described = await seen(connection, ref, atMost(deadline, patience)).catch(unless(() => true))
  // One that is gone, or going, outside the service is taken over as it is.
  if (described === undefined || isPendingDeletion(described) || described.replicas.length === 0) return
  throw keptBy(described, 'has replicas in other regions: delete the replicas first')
}

/** Milliseconds: the rest of a deadline is for the record, and for the deletion itself. */
const patience = 5_000

/**
 * `now` is in milliseconds. A key that AWS has destroyed has no tags, by which the printed policies let anybody look at keys at
 * all: where looking is denied it counts as gone.
 * @throws Refused `key-state` while AWS keeps it; Failed while AWS cannot be asked
 */
export async function requireEnding(
  connection: Connection,
  ref: KeyRef,
  now: number,
  deadline: Deadline,
): Promise<void> {
  const described = await seen(connection, ref, deadline).catch(unless(({ code }) => code === 'backend-denied'))
  if (described === undefined) return
  const { arn, state, deletionDate } = described
  if (state === 'PendingReplicaDeletion') {
    throw keptBy(described, 'is not being deleted yet: AWS waits until its replicas are gone')
  }
  if (state === 'PendingDeletion' && deletionDate !== undefined && deletionDate.getTime() <= now) return
  throw new Refused('key-state', `AWS KMS keeps the key ${arn}`, {
    got: deletionDate === undefined ? state : `${state} until ${deletionDate.toISOString()}`,
    wanted: 'a key whose deletion date has passed',
    hint: `chancery keys schedule-deletion ${ref.id} has AWS delete it, and takes over its date`,
  })
}

/** Undefined for one that is gone, and for one that is not ours to end: of that nothing but Sign and its public key is asked. */
async function seen(connection: Connection, ref: KeyRef, deadline: Deadline): Promise<Description | undefined> {
  const { arn, unowned } = pinnedOf(ref, connection.region)
  return unowned ? undefined : describeIfAny(connection, arn, deadline)
}

function unless(harmless: (error: Failed) => boolean): (error: unknown) => undefined {
  return (error) => {
    if (error instanceof Failed && harmless(error)) return undefined
    throw error
  }
}

function keptBy({ arn, replicas }: Description, how: string): Refused {
  const end = (region: string) =>
    `aws kms schedule-key-deletion --region ${region} --key-id ${keyIdOf(arn)} --pending-window-in-days 7`
  return new Refused('key-state', `The AWS KMS key ${arn} ${how}`, {
    got: replicas.length === 0 ? 'replicas' : `replicas in ${replicas.join(', ')}`,
    wanted: 'no replica',
    hint: [...replicas.map(end), 'then ask again once AWS has deleted each of them'].join('; '),
  })
}

/** AWS destroys the key by itself on that date. https://docs.aws.amazon.com/kms/latest/APIReference/API_ScheduleKeyDeletion.html */
export async function scheduleDeletion(
  connection: Connection,
  ref: KeyRef,
  days: number,
  deadline: Deadline,
): Promise<Date> {
  if (!Number.isInteger(days) || days < 7 || days > 30) {
    throw new Refused('invalid-request', 'A deletion is scheduled 7 to 30 days ahead', { got: String(days) })
  }
  const { arn: KeyId } = pinnedOf(ref, connection.region)
  const earlier = await describeKey(connection, KeyId, deadline)
  if (isPendingDeletion(earlier)) return earlier.deletionDate ?? notBefore(connection, earlier.window ?? days)
  const target = { operation: 'ScheduleKeyDeletion', key: KeyId }
  const input = { KeyId, PendingWindowInDays: days }
  const answer = await connection.call(target, (kms, http) => kms.scheduleKeyDeletion(input, http), deadline)
  // A replica may have come in between.
  if (answer.KeyState === 'PendingReplicaDeletion') return notBefore(connection, days)
  if (answer.DeletionDate === undefined)
    throw new Failed('backend-failed', 'AWS KMS did not say when it deletes the key')
  return answer.DeletionDate
}

/** Of a key that waits for its replicas: the window has yet to begin. */
function notBefore({ clock }: Connection, days: number): Date {
  return new Date(clock.now() + days * 86_400_000)
}

/** AWS leaves the key disabled. */
export async function cancelDeletion(connection: Connection, ref: KeyRef, deadline: Deadline): Promise<void> {
  const { arn: KeyId } = pinnedOf(ref, connection.region)
  if (!isPendingDeletion(await describeKey(connection, KeyId, deadline))) return
  const target = { operation: 'CancelKeyDeletion', key: KeyId }
  await connection.call(target, (kms, http) => kms.cancelKeyDeletion({ KeyId }, http), deadline)
  await reached(connection, KeyId, 'Disabled', deadline)
}

async function reached(connection: Connection, arn: string, wanted: string, deadline: Deadline): Promise<void> {
  await eventually(connection, deadline, async (on) => {
    const { state } = await describeKey(on, arn, deadline)
    if (state !== wanted) throw new Refused('key-state', `The key ${arn} is still ${state} in AWS KMS`, { wanted })
  })
}
